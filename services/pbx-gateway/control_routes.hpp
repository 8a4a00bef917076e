#pragma once

#include <memory>

#include "app/process.hpp"
#include "app/settings.hpp"
#include "exchanges.hpp"
#include "httpd/router.hpp"
#include "pg/pool.hpp"
#include "tenants/directory.hpp"

namespace trunkline::pbx_gateway {

/// Call control, queues, health and the audit over HTTP (docs/control.md): what the routes under
/// /pbx/{id} stand on. Outlives them; all that it is made with outlives it.
class Control {
public:
    Control(
        app::Process& process,
        const app::CommonSettings& settings,
        Exchanges& exchanges,
        tenants::Directory& directory,
        pg::Pool& pool
    );
    ~Control();

    /// Keeps the audit within its age.
    void start();
    asio::awaitable<void> stop();

    void add_routes(httpd::Router& router);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace trunkline::pbx_gateway
