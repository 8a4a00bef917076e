#pragma once

#include <optional>
#include <string>

#include "net/asio.hpp"
#include "pg/pool.hpp"

namespace trunkline::integration_cache {

/// What PostgreSQL knows for the caches. Any executor's own.
class CustomerStore {
public:
    explicit CustomerStore(pg::Pool& pool) : pool_(pool) {}

    /// The name in the enterprise's own `customers`, by match key; nothing if there is none.
    asio::awaitable<base::Result<std::optional<std::string>>> name_of(
        std::string enterprise, std::string phone, net::Deadline deadline
    );
    /// What tells this installation from others that share its Redis.
    asio::awaitable<base::Result<std::string>> installation();
    /// Tells every replica to forget an enterprise's customers (channel `names_forgotten`).
    asio::awaitable<base::Result<>> tell_forgotten(std::string enterprise);

private:
    pg::Pool& pool_;
};

}  // namespace trunkline::integration_cache
