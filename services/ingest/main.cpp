#include "app/process.hpp"
#include "serve.hpp"
#include "settings.hpp"

int main(int argc, char** argv) {
    using namespace trunkline;
    ingest::Settings settings;
    return app::run(
        argc,
        argv,
        ingest::service_info(),
        settings.common,
        [&](config::Loader& loader) { ingest::declare(loader, settings); },
        [&](app::Process& process) { return ingest::serve(process, settings); }
    );
}
