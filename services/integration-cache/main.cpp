#include "app/process.hpp"
#include "serve.hpp"
#include "settings.hpp"

int main(int argc, char** argv) {
    using namespace trunkline;
    integration_cache::Settings settings;
    return app::run(
        argc,
        argv,
        integration_cache::service_info(),
        settings.common,
        [&](config::Loader& loader) { integration_cache::declare(loader, settings); },
        [&](app::Process& process) { return integration_cache::serve(process, settings); }
    );
}
