#pragma once

#include <chrono>
#include <string>

#include "httpc/client.hpp"

namespace trunkline::telegram {

/// Callers' names from 8020, within a budget: a message does not wait for a slow CRM.
class Names {
public:
    Names(httpc::Client& client, std::string names_url, std::string internal_token, std::chrono::milliseconds budget);

    /// Empty: unknown, or not told in time.
    asio::awaitable<std::string> customer(std::string enterprise, std::string phone);

private:
    httpc::Client& client_;
    std::string url_;
    std::string internal_token_;
    std::chrono::milliseconds budget_;
};

}  // namespace trunkline::telegram
