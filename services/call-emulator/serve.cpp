#include "serve.hpp"

#include "routes.hpp"

namespace trunkline::call_emulator {

httpc::Settings client_settings() {
    httpc::Settings settings;
    settings.breaker.failures = 0;
    return settings;
}

asio::awaitable<void> serve(app::Process& process, const Settings& settings) {
    const auto& executor = process.executor();
    const auto targets = Targets::make(settings.ingest_url, settings.allowed_targets).value();
    httpc::Client client(executor, client_settings(), process.metrics());
    Runner runner(executor, client, process.metrics(), settings.default_timezone);
    co_await process.serve_until_stopped(routes(runner, targets, settings.common.pages_folder));
    co_await runner.drain(process.drain_deadline());
    co_await client.close();
}

}  // namespace trunkline::call_emulator
