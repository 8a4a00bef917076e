#pragma once

#include <cstddef>
#include <optional>

#include "net/asio.hpp"
#include "net/backoff.hpp"

namespace trunkline::pg {

/// When to try to connect again: at once after a loss, then after growing jittered pauses.
class ReconnectRules {
public:
    explicit ReconnectRules(std::chrono::milliseconds maximum);

    void failed(net::Deadline now) { next_try_ = now + backoff_.next(); }
    void succeeded();
    /// The moment before which no try is due.
    net::Deadline next_try() const { return next_try_; }

private:
    net::Backoff backoff_;
    net::Deadline next_try_{};
};

/// The pool's bookkeeping without connections: who may have one, who waits, who is refused, and
/// when to connect.
class PoolRules {
public:
    PoolRules(std::size_t size, std::size_t max_waiters) : size_(size), max_waiters_(max_waiters) {}

    enum class Answer { take_idle, wait, refuse_full, refuse_down, refuse_closed };
    /// What a caller who wants a connection meets now.
    Answer ask() const;

    enum class Place {
        waiter,  ///< Hand it to the one who waits longest.
        idle,    ///< Keep it.
        closed,  ///< Close it.
    };
    void took_idle();
    void lost_idle() { --idle_; }
    void joined_queue() { ++waiting_; }
    void left_queue() { --waiting_; }
    /// A borrowed connection came back. Place::waiter counts the waiter as served.
    Place came_back(bool reusable);
    /// The connector got one.
    Place connected();
    void connect_failed();
    void close() { closed_ = true; }

    /// Whether the connector should try: somebody waits and there is room, or none is open, for
    /// then nobody knows whether the server is there.
    bool wants_connection() const;
    /// Whether everybody who waits must be told that waiting is in vain.
    bool waiting_is_vain() const;
    /// The last try failed and nothing is open.
    bool is_down() const { return failed_ && open() == 0; }
    bool is_ready() const { return !closed_ && open() > 0; }
    bool is_closed() const { return closed_; }

    std::size_t open() const { return idle_ + busy_; }
    std::size_t idle() const { return idle_; }
    std::size_t waiting() const { return waiting_; }

private:
    Place place_free();

    std::size_t size_;
    std::size_t max_waiters_;
    std::size_t idle_ = 0;
    std::size_t busy_ = 0;
    std::size_t waiting_ = 0;
    bool failed_ = false;
    bool closed_ = false;
};

}  // namespace trunkline::pg
