#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "net/asio.hpp"

namespace trunkline::testing {

/// Lets the coroutine's io_context go on until `condition` holds. Throws std::runtime_error with
/// `what` when it does not within `limit`.
asio::awaitable<void> eventually(
    std::function<bool()> condition,
    std::string what = "a condition",
    std::chrono::milliseconds limit = std::chrono::seconds(20)
);

}  // namespace trunkline::testing
