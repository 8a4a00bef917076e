#include "testing/eventually.hpp"

#include <stdexcept>

#include "net/sleep.hpp"

namespace trunkline::testing {

asio::awaitable<void> eventually(
    std::function<bool()> condition, std::string what, std::chrono::milliseconds limit
) {
    const auto deadline = net::deadline_in(limit);
    while (!condition()) {
        if (net::time_left(deadline) <= net::Duration::zero()) {
            throw std::runtime_error(
                "waited " + std::to_string(limit.count()) + " ms in vain: " + what
            );
        }
        co_await net::sleep_for(std::chrono::milliseconds(2));
    }
}

}  // namespace trunkline::testing
