#include "app/process.hpp"
#include "serve.hpp"
#include "settings.hpp"

int main(int argc, char** argv) {
    using namespace trunkline;
    retailcrm::Settings settings;
    return app::run(
        argc,
        argv,
        retailcrm::service_info(),
        settings.common,
        [&](config::Loader& loader) { retailcrm::declare(loader, settings); },
        [&](app::Process& process) { return retailcrm::serve(process, settings); }
    );
}
