#pragma once

#include <memory>

#include "net/asio.hpp"

namespace trunkline::net {

/// A condition variable for coroutines of one executor: "something changed, look again".
/// Not thread-safe; must outlive its waiters.
class Event {
public:
    explicit Event(asio::any_io_executor executor);
    ~Event();
    Event(const Event&) = delete;
    Event& operator=(const Event&) = delete;

    /// Wakes everybody who waits now, and remembers one signal if nobody does: the next wait
    /// returns at once.
    void notify();

    /// Waits for a notify. False: the deadline came first. Throws operation_aborted on cancel.
    asio::awaitable<bool> wait_until(Deadline deadline);
    asio::awaitable<void> wait();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace trunkline::net
