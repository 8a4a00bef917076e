#include "connector/service.hpp"

#include <stdexcept>
#include <utility>

#include "handlers.hpp"
#include "pg/listener.hpp"
#include "steps.hpp"

namespace trunkline::connector {
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

void declare(config::Loader& loader, Settings& settings) {
    loader.add(
        "ALLOWED_UPSTREAM_HOSTS",
        settings.allowed_upstream_hosts,
        "host[:port] that tenants may name though it is private"
    );
    loader.add(
        "ALLOW_LOOPBACK_UPSTREAMS",
        settings.allow_loopback_upstreams,
        "let tenants name plain http on 127.0.0.1 (demo, tests)"
    );
    loader.add(
        "PBX_GATEWAY_URL",
        settings.pbx_gateway_url,
        "pbx-gateway, which places the calls clicked on in the CRM; empty: there is none"
    );
}

httpd::RouteOptions hook_options() {
    return {
        .body_limit = 64UL * 1024,
        .access = httpd::Access::open,
        .deadline = std::chrono::milliseconds(10'000),
        .secret_path = true
    };
}

asio::awaitable<void> serve(
    app::Process& process,
    const Settings& settings,
    const Identity& identity,
    Factory make,
    AddRoutes add_routes
) {
    const auto& executor = process.executor();
    const auto& name = identity.service.name;
    const auto secrets = secret_box(settings.common.secrets_key);
    const auto postgres = app::postgres_settings(identity.service, settings.common);
    pg::Pool pool(executor, postgres);
    pg::Listener listener(executor, postgres);
    tenants::Directory directory(executor, pool, listener);
    httpc::Client http(executor, client_settings(settings), process.metrics());
    CrmClient crm(executor, http, pool, process.metrics(), name, identity.key);
    Effects effects(pool, process.metrics(), identity.key, name);
    CallNotes notes(pool, identity.key);
    PbxGateway pbx(pool, http, settings.pbx_gateway_url, settings.common.internal_token);
    const Parts parts{
        .process = process,
        .settings = settings,
        .pool = pool,
        .directory = directory,
        .http = http,
        .crm = crm,
        .effects = effects,
        .notes = notes,
        .pbx = pbx,
        .secrets = secrets ? &*secrets : nullptr
    };
    const auto connector = make(parts);
    Steps steps(*connector, name);
    httpd::Router router;
    add_internal_routes(router, name, directory, *connector, steps);
    if (add_routes) {
        add_routes(router, *connector, parts);
    }

    process.watch(pool);
    co_await pool.open();
    listener.start();
    directory.start();
    co_await process.serve_until_stopped(std::move(router));

    co_await directory.stop();
    co_await listener.stop();
    co_await http.close();
    co_await pool.close();
}

}  // namespace trunkline::connector
