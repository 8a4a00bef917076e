#include "app/process.hpp"
#include "serve.hpp"
#include "settings.hpp"

int main(int argc, char** argv) {
    using namespace trunkline;
    telegram::Settings settings;
    return app::run(
        argc,
        argv,
        telegram::service_info(),
        settings.common,
        [&](config::Loader& loader) { telegram::declare(loader, settings); },
        [&](app::Process& process) { return telegram::serve(process, settings); }
    );
}
