#pragma once

#include <vector>

#include "base/error.hpp"
#include "exchange_row.hpp"
#include "net/asio.hpp"
#include "pg/pool.hpp"

namespace trunkline::pbx_gateway {

/// The tables pbx_servers (read) and pbx_followed.
class ExchangeStore {
public:
    explicit ExchangeStore(pg::Pool& pool) : pool_(pool) {}

    /// The enabled ones that this service can follow, by id.
    asio::awaitable<base::Result<std::vector<ExchangeRow>>> enabled();

private:
    pg::Pool& pool_;
};

}  // namespace trunkline::pbx_gateway
