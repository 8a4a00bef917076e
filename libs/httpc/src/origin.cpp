#include "origin.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <chrono>
#include <utility>

namespace trunkline::httpc {

/// One place in the line. It leaves the line by itself, and passes on a slot that came too late for
/// it.
struct Origin::Waiter {
    explicit Waiter(std::shared_ptr<Origin> origin_in)
        : origin(std::move(origin_in)), bell(origin->executor_, net::Deadline::max()) {
        place = origin->waiters_.insert(origin->waiters_.end(), this);
    }
    ~Waiter() {
        if (!granted) {
            origin->waiters_.erase(place);
        } else if (!taken) {
            origin->release();
        }
    }
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;

    std::shared_ptr<Origin> origin;
    asio::steady_timer bell;
    std::list<Waiter*>::iterator place;
    bool granted = false;
    bool taken = false;
};

Origin::Origin(
    std::string name,
    const asio::any_io_executor& executor,
    std::size_t max_connections,
    BreakerSettings breaker,
    metrics::Gauge& open_circuits
)
    : name_(std::move(name)),
      executor_(executor),
      max_connections_(std::max<std::size_t>(1, max_connections)),
      breaker_(breaker),
      open_circuits_(open_circuits),
      last_used_(std::chrono::steady_clock::now()) {}

Origin::~Origin() {
    if (is_counted_) {
        open_circuits_.add(-1);
    }
}

bool Origin::note_circuit() {
    const bool is_open = breaker_.state() != Breaker::State::closed;
    if (is_open == is_counted_) {
        return false;
    }
    is_counted_ = is_open;
    open_circuits_.add(is_open ? 1 : -1);
    return true;
}

asio::awaitable<Origin::Slot> Origin::acquire() {
    const auto self = shared_from_this();
    if (in_use_ < max_connections_) {
        ++in_use_;
        co_return Slot(self);
    }
    Waiter waiter(self);
    auto [error] = co_await waiter.bell.async_wait(asio::as_tuple(asio::use_awaitable));
    if (!waiter.granted) {
        throw boost::system::system_error(error);
    }
    waiter.taken = true;
    co_return Slot(self);
}

void Origin::release() {
    last_used_ = std::chrono::steady_clock::now();
    if (waiters_.empty()) {
        --in_use_;
        return;
    }
    // The slot changes hands without becoming free, so that no newcomer overtakes the line.
    Waiter* const next = waiters_.front();
    waiters_.pop_front();
    next->granted = true;
    next->bell.cancel();
}

std::unique_ptr<Connection> Origin::take_idle(std::chrono::milliseconds idle_timeout) {
    close_idle_since_before(std::chrono::steady_clock::now() - idle_timeout);
    while (!idle_.empty()) {
        auto connection = std::move(idle_.back());
        idle_.pop_back();
        if (connection->is_quiet()) {
            return connection;
        }
    }
    return nullptr;
}

void Origin::keep(std::unique_ptr<Connection> connection) {
    connection->idle_since = std::chrono::steady_clock::now();
    idle_.push_back(std::move(connection));
}

void Origin::close_idle_since_before(base::SteadyTime moment) {
    while (!idle_.empty() && idle_.front()->idle_since <= moment) {
        idle_.pop_front();
    }
}

bool Origin::is_forgettable(base::SteadyTime moment, base::SteadyTime now) const {
    return idle_.empty() && in_use_ == 0 && last_used_ <= moment && !breaker_.refuses(now);
}

}  // namespace trunkline::httpc
