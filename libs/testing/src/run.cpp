#include "testing/run.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <optional>
#include <stdexcept>

namespace trunkline::testing {

void run(asio::awaitable<void> body, std::chrono::seconds limit) {
    asio::io_context io(1);
    std::optional<std::exception_ptr> outcome;
    asio::co_spawn(io, std::move(body), [&outcome](std::exception_ptr error) { outcome = error; });
    io.run_for(limit);
    if (!outcome) {
        throw std::runtime_error("the coroutine under test did not end in time");
    }
    if (*outcome) {
        std::rethrow_exception(*outcome);
    }
    if (!io.stopped()) {
        throw std::runtime_error("the test ended, but something that it started still runs");
    }
}

}  // namespace trunkline::testing
