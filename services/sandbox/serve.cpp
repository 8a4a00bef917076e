#include "serve.hpp"

#include "routes.hpp"
#include "state.hpp"

namespace trunkline::sandbox {

asio::awaitable<void> serve(app::Process& process, const Settings&) {
    State state(base::system_clock());
    co_await process.serve_until_stopped(routes(state));
}

}  // namespace trunkline::sandbox
