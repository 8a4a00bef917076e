#include "app/process.hpp"
#include "serve.hpp"
#include "settings.hpp"

int main(int argc, char** argv) {
    using namespace trunkline;
    pbx_gateway::Settings settings;
    return app::run(
        argc,
        argv,
        pbx_gateway::service_info(),
        settings.common,
        [&](config::Loader& loader) { pbx_gateway::declare(loader, settings); },
        [&](app::Process& process) { return pbx_gateway::serve(process, settings); }
    );
}
