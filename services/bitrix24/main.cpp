#include "app/process.hpp"
#include "bitrix24.hpp"
#include "routes.hpp"
#include "settings.hpp"

int main(int argc, char** argv) {
    using namespace trunkline;
    bitrix24::Settings settings;
    return app::run(
        argc,
        argv,
        bitrix24::identity().service,
        settings.common,
        [&](config::Loader& loader) { bitrix24::declare(loader, settings); },
        [&](app::Process& process) {
            return connector::serve(
                process,
                settings,
                bitrix24::identity(),
                [&settings](const connector::Parts& parts) {
                    return std::make_unique<bitrix24::Bitrix24>(parts, settings);
                },
                [](httpd::Router& router,
                   connector::Connector& connector,
                   const connector::Parts& parts) {
                    bitrix24::add_routes(
                        router, dynamic_cast<bitrix24::Bitrix24&>(connector), parts.directory
                    );
                }
            );
        }
    );
}
