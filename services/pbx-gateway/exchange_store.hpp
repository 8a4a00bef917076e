#pragma once

#include <cstdint>
#include <optional>
#include <string>
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

    /// What the gateway that followed an exchange last had told of it.
    struct Followed {
        std::string spool;  ///< Whose: Spool::id().
        std::uint64_t next_seq = 0;
        std::string open_calls;  ///< JSON of OpenCalls.
    };
    asio::awaitable<base::Result<std::optional<Followed>>> followed(std::string id);
    asio::awaitable<base::Result<>> keep_followed(std::string id, Followed followed);

private:
    pg::Pool& pool_;
};

}  // namespace trunkline::pbx_gateway
