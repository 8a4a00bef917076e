#include "app/process.hpp"
#include "serve.hpp"
#include "settings.hpp"

int main(int argc, char** argv) {
    using namespace trunkline;
    call_emulator::Settings settings;
    return app::run(
        argc,
        argv,
        call_emulator::service_info(),
        settings.common,
        [&](config::Loader& loader) { call_emulator::declare(loader, settings); },
        [&](app::Process& process) { return call_emulator::serve(process, settings); }
    );
}
