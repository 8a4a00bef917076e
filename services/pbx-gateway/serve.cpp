#include "serve.hpp"

#include <optional>
#include <stdexcept>

#include "exchanges.hpp"
#include "pg/listener.hpp"
#include "pg/pool.hpp"
#include "routes.hpp"
#include "tenants/directory.hpp"

namespace trunkline::pbx_gateway {
namespace {

std::optional<crypto::SecretBox> secret_box(const std::string& key) {
    if (key.empty()) {
        return std::nullopt;
    }
    auto box = crypto::SecretBox::from_base64_key(key);
    if (!box) {
        throw std::runtime_error("SECRETS_KEY: " + box.error().detail);
    }
    return std::move(*box);
}

/// Each exchange tries again by itself, and none waits for another's connection.
httpc::Settings client_settings() {
    httpc::Settings out;
    out.max_connections_per_host = 64;
    out.breaker.failures = 0;
    return out;
}

}  // namespace

asio::awaitable<void> serve(app::Process& process, const Settings& settings) {
    const auto& executor = process.executor();
    const auto secrets = secret_box(settings.common.secrets_key);
    const auto postgres = app::postgres_settings(service_info(), settings.common);
    pg::Pool pool(executor, postgres);
    pg::Listener listener(executor, postgres);
    tenants::Directory directory(executor, pool, listener);
    ExchangeStore store(pool);
    httpc::Client http(executor, client_settings(), process.metrics());
    IngestClient ingest(http, settings.ingest_url, settings.common.internal_token);
    const Exchange::Parts parts{
        .executor = executor,
        .secrets = secrets ? &*secrets : nullptr,
        .store = store,
        .ingest = ingest,
        .registry = process.metrics(),
        .spools = spool_folder(settings),
        .spool_max_bytes = settings.spool_max_bytes,
        .recordings_path = settings.recordings_path,
        .default_timezone = settings.default_timezone
    };
    auto lock_settings = postgres;
    lock_settings.pool_size = 1;
    Exchanges exchanges(parts, {.postgres = lock_settings}, store, listener);

    process.watch(pool);
    co_await pool.open();
    listener.start();
    directory.start();
    exchanges.start();
    Control control(process, settings.common, exchanges, directory, pool);
    control.start();
    co_await process.serve_until_stopped(routes(control));

    co_await control.stop();
    co_await exchanges.stop();
    co_await directory.stop();
    co_await listener.stop();
    co_await http.close();
    co_await pool.close();
}

}  // namespace trunkline::pbx_gateway
