#pragma once

#include <string>
#include <utility>

#include "account.hpp"
#include "base/trace.hpp"
#include "httpc/client.hpp"

namespace trunkline::retailcrm {

/// RetailCRM's API v5 over HTTP: a form field with JSON text, the key as header, never in the
/// address.
class Api {
public:
    explicit Api(httpc::Client& client) : client_(client) {}

    /// POST `path` with the one form field `name`.
    asio::awaitable<httpc::Outcome> post(
        Account account,
        std::string path,
        std::string name,
        std::string json,
        base::TraceContext trace
    );
    /// GET /api/v5/telephony/manager: who is responsible, and the customer's name.
    asio::awaitable<httpc::Outcome> manager_of(Account account, std::string phone);

private:
    httpc::Client& client_;
};

}  // namespace trunkline::retailcrm
