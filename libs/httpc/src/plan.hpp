#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "httpc/client.hpp"
#include "httpc/guard.hpp"
#include "httpc/url.hpp"
#include "net/asio.hpp"

namespace trunkline::httpc {

/// A request that was checked, in the form the tries need.
struct Plan {
    Url url;
    Reach reach = Reach::anywhere;
    std::string bytes;
    bool is_head = false;
    bool is_idempotent = false;
    bool retry_safe = false;
    unsigned max_tries = 1;
    std::size_t max_response_bytes = 0;
    bool accept_gzip = false;
    std::chrono::milliseconds timeout{};
    net::Deadline deadline;
    std::string peer;
};

/// invalid_input for a request that cannot be sent, forbidden for an address that the guard refuses
/// before DNS. The deadline counts from now.
base::Result<Plan> make_plan(
    const Request& request, const AddressGuard& guard, std::string_view user_agent
);

}  // namespace trunkline::httpc
