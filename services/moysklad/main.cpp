#include "app/process.hpp"
#include "moysklad.hpp"
#include "routes.hpp"
#include "settings.hpp"

int main(int argc, char** argv) {
    using namespace trunkline;
    moysklad::Settings settings;
    return app::run(
        argc,
        argv,
        moysklad::identity().service,
        settings.common,
        [&](config::Loader& loader) { moysklad::declare(loader, settings); },
        [&](app::Process& process) {
            return connector::serve(
                process,
                settings,
                moysklad::identity(),
                [&](const connector::Parts& parts) {
                    return std::make_unique<moysklad::Moysklad>(parts, settings);
                },
                [](httpd::Router& router, connector::Connector&, const connector::Parts& parts) {
                    moysklad::add_hooks(router, parts);
                }
            );
        }
    );
}
