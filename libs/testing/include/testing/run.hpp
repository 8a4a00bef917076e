#pragma once

#include <chrono>

#include "net/asio.hpp"

namespace trunkline::testing {

/// Runs one coroutine to its end on an io_context of its own, then lets everything it started end
/// too. Its exception is rethrown here. After `limit` the test fails with std::runtime_error, since
/// a hang must not hang the run.
void run(asio::awaitable<void> body, std::chrono::seconds limit = std::chrono::seconds(30));

}  // namespace trunkline::testing
