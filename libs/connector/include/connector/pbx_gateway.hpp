#pragma once

#include <string>

#include "base/error.hpp"
#include "httpc/client.hpp"
#include "net/asio.hpp"
#include "pg/pool.hpp"

namespace trunkline::connector {

/// Asks pbx-gateway (8030) to place calls that somebody clicked on in a CRM
/// (proto/openapi/pbx-gateway.json). One executor.
class PbxGateway {
public:
    /// An empty address: this installation has no pbx-gateway.
    PbxGateway(pg::Pool& pool, httpc::Client& http, std::string url, std::string internal_token);

    struct Order {
        std::string enterprise;
        std::string extension;     ///< Rings first.
        std::string phone;         ///< Is called then, `+375...`.
        std::string line;          ///< Our number to call from; may be empty.
        std::string requested_by;  ///< Who asked, for the gateway's audit: `retailcrm:27`.
        /// Known to the CRM already: the call's id there, so that a repeat places no second call.
        std::string request_id;
    };
    /// The channel or id that the gateway answered with. not_found: the enterprise has no exchange
    /// here; unavailable: the gateway is away or its exchange is not connected; invalid_input,
    /// forbidden: refused, with the reason.
    asio::awaitable<base::Result<std::string>> place(Order order, net::Deadline deadline);

private:
    asio::awaitable<base::Result<std::string>> exchange_of(
        std::string enterprise, net::Deadline deadline
    );

    pg::Pool& pool_;
    httpc::Client& http_;
    std::string url_;
    std::string internal_token_;
};

}  // namespace trunkline::connector
