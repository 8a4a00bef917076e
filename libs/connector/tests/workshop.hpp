#pragma once

#include <functional>
#include <string>

#include "connector/crm_client.hpp"
#include "httpc/client.hpp"
#include "metrics/registry.hpp"
#include "net/asio.hpp"
#include "pg/pool.hpp"
#include "testing/postgres.hpp"

namespace trunkline::connector::workshop {

/// What the library's parts are built of, over a database of the test's own.
struct Bench {
    asio::any_io_executor executor;
    std::string database_url;
    pg::Pool& pool;
    httpc::Client& http;
    metrics::Registry& registry;

    /// The only field of the only row.
    std::string sql(const std::string& text) const;
};

/// Runs `body` over a migrated database.
void with_bench(std::function<asio::awaitable<void>(Bench&)> body);

/// A judge as connectors have it: 2xx, 404, 429 and 503, other 4xx, the rest.
Verdict judge(const httpc::Response& response);

}  // namespace trunkline::connector::workshop
