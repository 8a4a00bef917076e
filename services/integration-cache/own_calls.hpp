#pragma once

#include <optional>
#include <string>

#include "contract/connector.hpp"
#include "net/asio.hpp"
#include "own_store.hpp"
#include "pg/pool.hpp"

namespace trunkline::integration_cache {

/// The history of calls in the enterprise's own CRM: the one target of the queue `crm` that needs
/// no connector. Any executor's own.
class OwnCalls {
public:
    explicit OwnCalls(pg::Pool& pool) : pool_(pool) {}

    /// Keeps the call as a hangup or an update tells it, once: of two states the one with the
    /// greater revision stays, whatever comes again.
    asio::awaitable<contract::ConnectorAnswer> record(const contract::ConnectorEvent& event);

    struct Filter {
        std::optional<std::string> contact_id;
        std::optional<std::string> company_id;
        std::optional<std::string> phone;  ///< Match key.
        std::optional<std::string> from;   ///< Began at or after, ISO 8601.
        std::optional<std::string> to;     ///< Began before.
        OwnPage page;
    };
    /// `{"items":[...],"next":...}`, the last one first.
    asio::awaitable<base::Result<std::string>> list(std::string enterprise, Filter filter);

private:
    pg::Pool& pool_;
};

}  // namespace trunkline::integration_cache
