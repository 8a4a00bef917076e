#include "app/process.hpp"
#include "routes.hpp"
#include "settings.hpp"
#include "uon.hpp"

int main(int argc, char** argv) {
    using namespace trunkline;
    uon::Settings settings;
    return app::run(
        argc,
        argv,
        uon::identity().service,
        settings.common,
        [&](config::Loader& loader) { uon::declare(loader, settings); },
        [&](app::Process& process) {
            return connector::serve(
                process,
                settings,
                uon::identity(),
                [&settings](const connector::Parts& parts) {
                    return std::make_unique<uon::Uon>(parts, settings);
                },
                [&settings](
                    httpd::Router& router,
                    connector::Connector& connector,
                    const connector::Parts& parts
                ) { uon::add_routes(router, {parts, static_cast<uon::Uon&>(connector), settings}); }
            );
        }
    );
}
