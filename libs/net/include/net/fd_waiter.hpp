#pragma once

#include <memory>

#include "net/asio.hpp"

namespace trunkline::net {

/// Waits on a descriptor that a C library owns. It works on a duplicate: the library may close or
/// replace its own at any time (libpq does while connecting), then assign() again. The duplicate
/// shares the open file, so the descriptor becomes non-blocking for the library too. Not
/// thread-safe.
class FdWaiter {
public:
    explicit FdWaiter(asio::any_io_executor executor);
    ~FdWaiter();
    FdWaiter(FdWaiter&&) noexcept;
    FdWaiter& operator=(FdWaiter&&) noexcept;

    /// Closes what it had and takes a duplicate. Throws std::system_error if the descriptor cannot
    /// be duplicated.
    void assign(int descriptor);
    /// A wait that goes on returns `closed`; so does one whose FdWaiter is destroyed or assigned
    /// anew.
    void close();

    enum class Ready { read, write, timeout, closed };

    /// Waits until reading would not block, or writing too if `also_write`; an end of file and an
    /// error count as readable, for the library finds out which by reading. Several may not wait at
    /// once. `closed`: close() was called, before or meanwhile. Throws operation_aborted on cancel.
    asio::awaitable<Ready> wait(bool also_write, Deadline deadline);

private:
    struct State;
    std::shared_ptr<State>
        state_;  ///< Shared with the wait that goes on, which may outlive us by a moment.
};

}  // namespace trunkline::net
