#pragma once

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <string>
#include <utility>

#include "connection.hpp"
#include "httpc/breaker.hpp"
#include "httpc/guard.hpp"
#include "metrics/registry.hpp"
#include "net/asio.hpp"

namespace trunkline::httpc {

/// What tells pools apart. The reach is part of it: a connection that the operator's address made
/// to an inner host must never serve a tenant's request.
struct OriginKey {
    std::string scheme;
    std::string host;
    std::uint16_t port = 0;
    Reach reach = Reach::anywhere;

    auto operator<=>(const OriginKey&) const = default;
};

/// The connections to one origin, the line of those who wait for one, and the circuit breaker. One
/// executor.
class Origin : public std::enable_shared_from_this<Origin> {
public:
    /// `name` is for logs. `open_circuits` counts us in while our circuit is not closed.
    Origin(
        std::string name,
        const asio::any_io_executor& executor,
        std::size_t max_connections,
        BreakerSettings breaker,
        metrics::Gauge& open_circuits
    );
    ~Origin();
    Origin(const Origin&) = delete;
    Origin& operator=(const Origin&) = delete;

    /// The right to use one connection; gives it to the next in line when it dies.
    class Slot {
    public:
        explicit Slot(std::shared_ptr<Origin> origin) : origin_(std::move(origin)) {}
        ~Slot() {
            if (origin_) {
                origin_->release();
            }
        }
        Slot(Slot&&) = default;
        Slot& operator=(Slot&&) = delete;

    private:
        std::shared_ptr<Origin> origin_;
    };

    /// First come, first served. Waits without limit: the caller's deadline cancels it.
    asio::awaitable<Slot> acquire();

    /// The kept connection that was used last and is still good; closes those that are not.
    std::unique_ptr<Connection> take_idle(std::chrono::milliseconds idle_timeout);
    void keep(std::unique_ptr<Connection> connection);
    void close_idle() { idle_.clear(); }
    void close_idle_since_before(base::SteadyTime moment);

    /// Whether nobody would miss it: unused since `moment`, no connection, no request, no open
    /// circuit.
    bool is_forgettable(base::SteadyTime moment, base::SteadyTime now) const;

    const std::string& name() const { return name_; }
    Breaker& breaker() { return breaker_; }
    /// After the breaker was told something. True: its circuit has just opened or closed.
    bool note_circuit();

private:
    struct Waiter;
    void release();

    std::string name_;
    asio::any_io_executor executor_;
    std::size_t max_connections_;
    std::size_t in_use_ = 0;
    std::list<Waiter*> waiters_;
    std::deque<std::unique_ptr<Connection>> idle_;  ///< The one used last is at the back.
    Breaker breaker_;
    metrics::Gauge& open_circuits_;
    bool is_counted_ = false;
    base::SteadyTime last_used_{};
};

}  // namespace trunkline::httpc
