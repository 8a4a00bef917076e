#include "net/fd_waiter.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <cerrno>
#include <system_error>
#include <utility>

namespace trunkline::net {
namespace {

using ErrorCode = boost::system::error_code;

/// One wait. The timer is both its deadline and its bell: whatever happens first cancels it.
/// Handlers that come late find only this, never the waiter.
struct Round {
    Round(const asio::any_io_executor& executor, Deadline deadline) : bell(executor, deadline) {}

    void ring(bool& cause) {
        cause = true;
        bell.cancel();
    }

    asio::steady_timer bell;
    bool readable = false;
    bool writable = false;
    bool closed = false;
};

}  // namespace

struct FdWaiter::State {
    explicit State(const asio::any_io_executor& executor) : descriptor(executor) {}

    void watch(const std::shared_ptr<Round>& entered, bool also_write) {
        using Descriptor = asio::posix::stream_descriptor;
        descriptor.async_wait(Descriptor::wait_read, [entered](const ErrorCode& error) {
            if (error != asio::error::operation_aborted) {
                entered->ring(entered->readable);
            }
        });
        if (also_write) {
            descriptor.async_wait(Descriptor::wait_write, [entered](const ErrorCode& error) {
                if (error != asio::error::operation_aborted) {
                    entered->ring(entered->writable);
                }
            });
        }
    }

    void leave(const std::shared_ptr<Round>& left) {
        if (round == left) {
            round.reset();
            ErrorCode ignored;
            descriptor.cancel(ignored);
        }
    }

    void close() {
        if (round) {
            round->ring(round->closed);
            round.reset();
        }
        ErrorCode ignored;
        descriptor.close(ignored);
    }

    asio::posix::stream_descriptor descriptor;
    std::shared_ptr<Round> round;
};

FdWaiter::FdWaiter(asio::any_io_executor executor) : state_(std::make_shared<State>(executor)) {}

FdWaiter::~FdWaiter() {
    if (state_) {
        state_->close();
    }
}

FdWaiter::FdWaiter(FdWaiter&&) noexcept = default;

FdWaiter& FdWaiter::operator=(FdWaiter&& other) noexcept {
    std::swap(state_, other.state_);
    return *this;
}

void FdWaiter::assign(int descriptor) {
    state_->close();
    const int duplicate = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
    if (duplicate < 0) {
        throw std::system_error(errno, std::generic_category(), "cannot duplicate a descriptor");
    }
    ErrorCode error;
    state_->descriptor.assign(duplicate, error);
    if (error) {
        ::close(duplicate);
        throw std::system_error(
            error.value(), std::generic_category(), "cannot watch a descriptor"
        );
    }
}

void FdWaiter::close() { state_->close(); }

asio::awaitable<FdWaiter::Ready> FdWaiter::wait(bool also_write, Deadline deadline) {
    const auto state = state_;
    if (!state->descriptor.is_open()) {
        co_return Ready::closed;
    }
    const auto round = std::make_shared<Round>(state->descriptor.get_executor(), deadline);
    state->round = round;
    struct Leave {
        State& state;
        const std::shared_ptr<Round>& round;
        ~Leave() { state.leave(round); }
    } const leave{*state, round};
    state->watch(round, also_write);
    auto [error] = co_await round->bell.async_wait(asio::as_tuple(asio::use_awaitable));
    if (round->closed) {
        co_return Ready::closed;
    }
    if (round->readable) {
        co_return Ready::read;
    }
    if (round->writable) {
        co_return Ready::write;
    }
    if (error) {
        throw boost::system::system_error(error);
    }
    co_return Ready::timeout;
}

}  // namespace trunkline::net
