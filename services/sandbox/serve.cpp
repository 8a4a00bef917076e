#include "serve.hpp"

#include "routes.hpp"
#include "state.hpp"
#include "webhooks.hpp"

namespace trunkline::sandbox {

asio::awaitable<void> serve(app::Process& process, const Settings& settings) {
    State state(process.executor(), base::system_clock());
    httpc::Client client(process.executor(), httpc::Settings{}, process.metrics());
    state.http = &client;
    Webhooks webhooks(process.executor(), state, client);
    webhooks.start();
    co_await process.serve_until_stopped(routes(state, settings.common.pages_folder));
    co_await webhooks.stop();
    co_await client.close();
}

}  // namespace trunkline::sandbox
