#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "app/process.hpp"
#include "app/settings.hpp"
#include "connector/call_notes.hpp"
#include "connector/connector.hpp"
#include "connector/crm_client.hpp"
#include "connector/effects.hpp"
#include "connector/pbx_gateway.hpp"
#include "crypto/secret_box.hpp"
#include "httpd/router.hpp"
#include "tenants/directory.hpp"

namespace trunkline::connector {

/// What every connector can be told; a connector's own settings derive from it.
struct Settings {
    app::CommonSettings common;
    std::vector<std::string> allowed_upstream_hosts;
    bool allow_loopback_upstreams = false;
    std::string pbx_gateway_url = "http://127.0.0.1:8030";
};
void declare(config::Loader& loader, Settings& settings);

/// What tells one connector's service from another's.
struct Identity {
    app::ServiceInfo service;  ///< service.name is the one in paths: `moysklad`.
    std::string key;           ///< In integrations_config: `ms`.
};

/// What a connector is built of; all of it outlives the connector.
struct Parts {
    app::Process& process;
    const Settings& settings;
    pg::Pool& pool;
    tenants::Directory& directory;
    httpc::Client& http;
    CrmClient& crm;
    Effects& effects;
    CallNotes& notes;
    PbxGateway& pbx;
    const crypto::SecretBox* secrets;  ///< Null without SECRETS_KEY.
};
using Factory = std::function<std::unique_ptr<Connector>(const Parts&)>;
/// Routes of the connector's own, such as the hooks that its CRM calls.
using AddRoutes = std::function<void(httpd::Router&, Connector&, const Parts&)>;

/// The service from start to stop: /internal/{name}/... over the connector that `make` builds.
asio::awaitable<void> serve(
    app::Process& process,
    const Settings& settings,
    const Identity& identity,
    Factory make,
    AddRoutes add_routes = {}
);

/// Options for a route that a CRM calls from outside under a secret key: open, small bodies, the
/// path is kept out of the access log.
httpd::RouteOptions hook_options();

}  // namespace trunkline::connector
