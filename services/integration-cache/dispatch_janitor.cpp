#include "dispatch_janitor.hpp"

#include <chrono>
#include <utility>

#include "net/sleep.hpp"

namespace trunkline::integration_cache {
namespace {

using namespace std::chrono_literals;

constexpr auto pause_when_done = 10min;
constexpr auto pause_between_batches = 1s;
constexpr std::int64_t batch = 5000;

}  // namespace

DispatchJanitor::DispatchJanitor(asio::any_io_executor executor, DispatchStore& store)
    : store_(store), tasks_(std::move(executor), "dispatch janitor") {}

void DispatchJanitor::start() { tasks_.spawn("forget", run()); }

asio::awaitable<void> DispatchJanitor::stop() {
    tasks_.cancel();
    co_await tasks_.join();
}

asio::awaitable<void> DispatchJanitor::run() {
    for (;;) {
        // Not at the start, when there is more urgent work.
        co_await net::sleep_for(pause_when_done);
        for (bool is_more = true; is_more;) {
            const auto gone = co_await store_.forget_old(batch);
            if (!gone) {
                logger_.warning("cannot forget: {}", base::describe(gone.error()));
            }
            is_more = gone && *gone;
            co_await net::sleep_for(pause_between_batches);
        }
    }
}

}  // namespace trunkline::integration_cache
