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

}  // namespace

asio::awaitable<void> serve(app::Process& process, const Settings& settings) {
    const auto& executor = process.executor();
    const auto secrets = secret_box(settings.common.secrets_key);
    const auto postgres = app::postgres_settings(service_info(), settings.common);
    pg::Pool pool(executor, postgres);
    pg::Listener listener(executor, postgres);
    tenants::Directory directory(executor, pool, listener);
    ExchangeStore store(pool);
    const Exchange::Parts parts{.executor = executor, .secrets = secrets ? &*secrets : nullptr};
    auto lock_settings = postgres;
    lock_settings.pool_size = 1;
    Exchanges exchanges(parts, {.postgres = lock_settings}, store, listener);

    process.watch(pool);
    co_await pool.open();
    listener.start();
    directory.start();
    exchanges.start();
    const ControlParts control{exchanges, directory, pool};
    co_await process.serve_until_stopped(routes(control));

    co_await exchanges.stop();
    co_await directory.stop();
    co_await listener.stop();
    co_await pool.close();
}

}  // namespace trunkline::pbx_gateway
