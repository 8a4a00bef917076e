#include "serve.hpp"

#include <stdexcept>

#include "routes.hpp"

namespace trunkline::call_emulator {

httpc::Settings client_settings() {
    httpc::Settings settings;
    settings.breaker.failures = 0;
    settings.max_connections_per_host = 64;
    return settings;
}

Witnesses::Settings witness_settings(const Settings& settings, const Targets& targets) {
    return {// In the writing that a run's target has.
            .ingest_url = targets.resolve(std::nullopt).value(),
            .sandbox_url = settings.sandbox_url,
            .admin_token = settings.common.admin_token,
            .internal_token = settings.common.internal_token
    };
}

asio::awaitable<void> serve(app::Process& process, const Settings& settings) {
    const auto& executor = process.executor();
    const auto targets = Targets::make(settings.ingest_url, settings.allowed_targets).value();
    httpc::Client client(executor, client_settings(), process.metrics());
    PatternBook book;
    if (!settings.patterns_folder.empty()) {
        const auto kept = book.keep_in(settings.patterns_folder);
        if (!kept) {
            throw std::runtime_error(kept.error().detail);
        }
    }
    Runner runner(executor, client, process.metrics(), settings.default_timezone);
    Witnesses witnesses(client, witness_settings(settings, targets));
    Loads loads(executor, runner, book, witnesses);
    const Parts parts{
        .runner = runner, .book = book, .loads = loads, .witnesses = witnesses, .targets = targets
    };
    co_await process.serve_until_stopped(routes(parts, settings.common.pages_folder));
    co_await loads.drain(process.drain_deadline());
    co_await runner.drain(process.drain_deadline());
    co_await client.close();
}

}  // namespace trunkline::call_emulator
