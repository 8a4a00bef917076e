#include "app/process.hpp"
#include "serve.hpp"
#include "settings.hpp"

int main(int argc, char** argv) {
    using namespace trunkline;
    sandbox::Settings settings;
    return app::run(
        argc,
        argv,
        sandbox::service_info(),
        settings.common,
        [](config::Loader&) {},
        [&](app::Process& process) { return sandbox::serve(process, settings); }
    );
}
