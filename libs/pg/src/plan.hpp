#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "pg/settings.hpp"

namespace trunkline::pg {

/// One place where a server may listen. libpq never gets a name to resolve, as it would block doing
/// so.
struct Endpoint {
    std::string host;  ///< A name, a number, a folder of a unix socket, or empty for libpq's
                       ///< default folder.
    std::string
        address;  ///< The number that `host` stands for; empty if not resolved yet or not needed.
    std::string port;  ///< Empty for the default.

    bool operator==(const Endpoint&) const = default;
};

/// Whether the endpoint's host must be resolved before libpq may see it.
bool needs_resolving(const Endpoint& endpoint);

/// How to connect, read from Settings.
struct ConnectPlan {
    std::vector<Endpoint> endpoints;
    /// libpq's keywords and values, all but host, hostaddr and port. Holds the password.
    std::vector<std::pair<std::string, std::string>> options;
    std::string database;
    std::size_t statement_cache = 256;
};

/// invalid_input if the url cannot be read; the error never quotes it.
base::Result<ConnectPlan> make_plan(const Settings& settings);

}  // namespace trunkline::pg
