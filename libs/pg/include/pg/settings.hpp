#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "base/error.hpp"

namespace trunkline::pg {

struct Settings {
    /// `postgresql://user:password@host:port/database?option=value`, or libpq's
    /// `host=/run/postgresql dbname=x`. Several hosts are tried in their order. Never printed, for
    /// it may hold a password.
    /// https://www.postgresql.org/docs/15/libpq-connect.html#LIBPQ-CONNSTRING
    std::string url;
    std::size_t pool_size = 4;
    /// Callers that may wait for a connection at once; the next one is refused.
    std::size_t max_waiters = 1024;
    /// For name resolution and all hosts together.
    std::chrono::milliseconds connect_timeout{5000};
    /// How long acquire() waits for a free connection when the caller names no deadline.
    std::chrono::milliseconds acquire_timeout{5000};
    /// The server ends a longer statement. Our own wait ends a second later, should the server be
    /// silent.
    std::chrono::milliseconds statement_timeout{10000};
    /// The server ends a session that sits idle inside a transaction.
    std::chrono::milliseconds idle_in_transaction_timeout{30000};
    /// How often a pool looks whether its idle connections still live, and a server that is away is
    /// found out.
    std::chrono::milliseconds idle_check{1000};
    /// How often a Listener asks its silent server for a sign of life.
    std::chrono::milliseconds listen_check{15000};
    /// The longest pause between two tries to connect.
    std::chrono::milliseconds reconnect_maximum{5000};
    /// Prepared statements kept per connection; the least recently used one goes first.
    std::size_t statement_cache = 256;
    /// Shown in pg_stat_activity; an application_name in the url counts when this is empty.
    std::string application_name;
};

/// invalid_input if the url cannot be read or a limit is zero. Touches neither network nor files.
base::Result<> check(const Settings& settings);

/// `host:port/database` for logs and status pages: neither user nor password. Empty if the url
/// cannot be read.
std::string describe_server(const Settings& settings);

}  // namespace trunkline::pg
