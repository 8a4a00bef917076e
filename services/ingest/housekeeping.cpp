#include "housekeeping.hpp"

#include <chrono>

#include "base/log.hpp"
#include "net/sleep.hpp"

namespace trunkline::ingest {

Housekeeping::Housekeeping(asio::any_io_executor executor, pg::Pool& pool)
    : pool_(pool), tasks_(std::move(executor), "housekeeping") {}

void Housekeeping::start() { tasks_.spawn("run", run()); }

asio::awaitable<void> Housekeeping::stop() {
    tasks_.cancel();
    co_await tasks_.join();
}

asio::awaitable<void> Housekeeping::run() {
    static const base::Logger logger("housekeeping");
    for (;;) {
        const auto made = co_await pool_.execute("SELECT ensure_call_event_partitions(now(), 2)");
        // A recovered event is a repeat at any time, so keys stay as long as an exchange may catch
        // up.
        const auto swept = co_await pool_.execute(
            "DELETE FROM event_keys WHERE seen_at < now() - interval '8 days'"
        );
        const bool done = made && swept;
        if (!done) {
            logger.debug("put off: {}", base::describe(made ? swept.error() : made.error()));
        }
        co_await net::sleep_for(done ? std::chrono::seconds(3600) : std::chrono::seconds(5));
    }
}

}  // namespace trunkline::ingest
