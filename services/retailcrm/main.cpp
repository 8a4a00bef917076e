#include "app/process.hpp"
#include "retail_crm.hpp"
#include "routes.hpp"
#include "settings.hpp"

int main(int argc, char** argv) {
    using namespace trunkline;
    connector::Settings settings;
    return app::run(
        argc,
        argv,
        retailcrm::identity().service,
        settings.common,
        [&](config::Loader& loader) { connector::declare(loader, settings); },
        [&](app::Process& process) {
            return connector::serve(
                process,
                settings,
                retailcrm::identity(),
                [](const connector::Parts& parts) {
                    return std::make_unique<retailcrm::RetailCrm>(parts);
                },
                [](httpd::Router& router, connector::Connector&, const connector::Parts& parts) {
                    retailcrm::add_routes(router, parts);
                }
            );
        }
    );
}
