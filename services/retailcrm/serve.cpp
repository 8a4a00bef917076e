#include "serve.hpp"

#include <optional>
#include <stdexcept>

#include "api.hpp"
#include "effect_store.hpp"
#include "httpc/client.hpp"
#include "pg/listener.hpp"
#include "pg/pool.hpp"
#include "routes.hpp"
#include "steps.hpp"
#include "tenants/directory.hpp"

namespace trunkline::retailcrm {
namespace {

httpc::Settings client_settings(const Settings& settings) {
    httpc::Settings out;
    out.allowed_upstream_hosts = settings.allowed_upstream_hosts;
    out.allow_loopback_upstreams = settings.allow_loopback_upstreams;
    return out;
}

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
    httpc::Client client(executor, client_settings(settings), process.metrics());
    Api api(client);
    EffectStore effects(pool);
    Steps steps(api, effects, process.metrics());
    const Parts parts{directory, steps, api, secrets ? &*secrets : nullptr};

    process.watch(pool);
    co_await pool.open();
    listener.start();
    directory.start();
    co_await process.serve_until_stopped(routes(parts));

    co_await directory.stop();
    co_await listener.stop();
    co_await client.close();
    co_await pool.close();
}

}  // namespace trunkline::retailcrm
