#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "net/asio.hpp"

namespace trunkline::net {

/// Owns the coroutines that somebody starts: nothing is fired and forgotten. One executor, not
/// thread-safe. Must be joined (or have become empty) before it dies; an exception that leaves a
/// task is logged as an error with the task's name and ends that task only.
class TaskGroup {
public:
    TaskGroup(asio::any_io_executor executor, std::string owner);
    ~TaskGroup();
    TaskGroup(const TaskGroup&) = delete;
    TaskGroup& operator=(const TaskGroup&) = delete;

    /// Starts `task`; on the executor's thread it runs up to its first await inside this call.
    /// After cancel() tasks still start but are asked to stop at once.
    void spawn(std::string name, asio::awaitable<void> task);

    /// Asks every task to stop: its current await throws operation_aborted (terminal cancellation),
    /// and if there is none its next one. Takes effect after the present handler; each task is
    /// asked once, so that one which resets its cancellation state in order to clean up is left in
    /// peace.
    void cancel();

    /// Returns when no task runs.
    asio::awaitable<void> join();

    /// join() for at most until `deadline`, then cancel() and join the rest. True: all ended by
    /// themselves. A cancel of the caller passes through and leaves the tasks as they are.
    asio::awaitable<bool> drain(Deadline deadline);

    std::size_t size() const;

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace trunkline::net
