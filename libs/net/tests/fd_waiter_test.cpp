#include "net/fd_waiter.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <chrono>
#include <optional>
#include <system_error>
#include <utility>

#include "net/task_group.hpp"
#include "testing/catch.hpp"
#include "testing/run.hpp"

namespace asio = trunkline::asio;
using trunkline::net::deadline_in;
using trunkline::net::FdWaiter;
using trunkline::net::TaskGroup;
using trunkline::testing::run;
using Ready = FdWaiter::Ready;
using namespace std::chrono_literals;

namespace {

class Pipe {
public:
    Pipe() {
        if (pipe2(ends_.data(), O_CLOEXEC | O_NONBLOCK) != 0) {
            throw std::system_error(errno, std::generic_category(), "pipe2");
        }
    }
    ~Pipe() {
        close_reader();
        close_writer();
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;

    int reader() const { return ends_[0]; }
    int writer() const { return ends_[1]; }
    void put() const { REQUIRE(write(ends_[1], "x", 1) == 1); }
    void take() const {
        char byte = 0;
        REQUIRE(read(ends_[0], &byte, 1) == 1);
    }
    void fill() const {
        const std::array<char, 4096> block{};
        while (write(ends_[1], block.data(), block.size()) > 0) {
        }
    }
    void close_reader() { close_end(ends_[0]); }
    void close_writer() { close_end(ends_[1]); }

private:
    static void close_end(int& end) {
        if (end >= 0) {
            close(std::exchange(end, -1));
        }
    }
    std::array<int, 2> ends_{-1, -1};
};

asio::awaitable<void> wait_into(FdWaiter& waiter, bool also_write, std::optional<Ready>& result) {
    result = co_await waiter.wait(also_write, deadline_in(20s));
}

asio::awaitable<void> expect_abort(FdWaiter& waiter, bool& aborted) {
    try {
        co_await waiter.wait(true, deadline_in(20s));
    } catch (const boost::system::system_error& error) {
        aborted = error.code() == asio::error::operation_aborted;
        throw;
    }
}

asio::awaitable<void> readable() {
    auto executor = co_await asio::this_coro::executor;
    const Pipe pipe;
    FdWaiter waiter(executor);
    waiter.assign(pipe.reader());
    for (int round = 0; round < 3; ++round) {
        TaskGroup tasks(executor, "test");
        std::optional<Ready> result;
        tasks.spawn("waiter", wait_into(waiter, false, result));
        co_await asio::post(executor, asio::use_awaitable);
        CHECK_FALSE(result.has_value());
        pipe.put();
        co_await tasks.join();
        CHECK(result == Ready::read);
        const auto again = co_await waiter.wait(false, deadline_in(20s));
        CHECK(again == Ready::read);  // The level counts, not the edge.
        pipe.take();
    }
    const auto empty = co_await waiter.wait(false, deadline_in(0s));
    CHECK(empty == Ready::timeout);
}

asio::awaitable<void> writable() {
    auto executor = co_await asio::this_coro::executor;
    const Pipe pipe;
    FdWaiter waiter(executor);
    waiter.assign(pipe.writer());
    const auto room = co_await waiter.wait(true, deadline_in(20s));
    CHECK(room == Ready::write);
    pipe.fill();
    const auto full = co_await waiter.wait(true, deadline_in(0s));
    CHECK(full == Ready::timeout);
    const auto not_asked = co_await waiter.wait(false, deadline_in(0s));
    CHECK(not_asked == Ready::timeout);
}

asio::awaitable<void> end_of_file() {
    Pipe pipe;
    FdWaiter waiter(co_await asio::this_coro::executor);
    waiter.assign(pipe.reader());
    pipe.close_writer();
    const auto result = co_await waiter.wait(false, deadline_in(20s));
    CHECK(result == Ready::read);
}

asio::awaitable<void> owner_closes_first() {
    Pipe pipe;
    FdWaiter waiter(co_await asio::this_coro::executor);
    waiter.assign(pipe.reader());
    pipe.put();
    pipe.close_reader();  // As libpq does; the duplicate lives on.
    const auto result = co_await waiter.wait(false, deadline_in(20s));
    CHECK(result == Ready::read);
    const Pipe next;
    waiter.assign(next.reader());
    const auto fresh = co_await waiter.wait(false, deadline_in(0s));
    CHECK(fresh == Ready::timeout);
}

asio::awaitable<void> close_meanwhile() {
    auto executor = co_await asio::this_coro::executor;
    const Pipe pipe;
    FdWaiter waiter(executor);
    waiter.assign(pipe.reader());
    TaskGroup tasks(executor, "test");
    std::optional<Ready> result;
    tasks.spawn("waiter", wait_into(waiter, false, result));
    waiter.close();
    waiter.close();
    co_await tasks.join();
    CHECK(result == Ready::closed);
    const auto closed = co_await waiter.wait(false, deadline_in(20s));
    CHECK(closed == Ready::closed);
}

asio::awaitable<void> destroyed_meanwhile() {
    auto executor = co_await asio::this_coro::executor;
    const Pipe pipe;
    std::optional<FdWaiter> waiter(executor);
    waiter->assign(pipe.reader());
    TaskGroup tasks(executor, "test");
    std::optional<Ready> result;
    tasks.spawn("waiter", wait_into(*waiter, true, result));
    waiter.reset();
    co_await tasks.join();
    CHECK(result == Ready::closed);
}

asio::awaitable<void> canceled() {
    auto executor = co_await asio::this_coro::executor;
    const Pipe pipe;
    FdWaiter waiter(executor);
    waiter.assign(pipe.reader());
    TaskGroup tasks(executor, "test");
    bool aborted = false;
    tasks.spawn("waiter", expect_abort(waiter, aborted));
    // A pipe's reading end is never writable on Linux, so only the cancel can end the wait.
    tasks.cancel();
    co_await tasks.join();
    CHECK(aborted);
    pipe.put();
    const auto result = co_await waiter.wait(false, deadline_in(20s));
    CHECK(result == Ready::read);
}

asio::awaitable<void> bad_descriptor() {
    FdWaiter waiter(co_await asio::this_coro::executor);
    CHECK_THROWS_AS(waiter.assign(-1), std::system_error);
    const auto result = co_await waiter.wait(false, deadline_in(20s));
    CHECK(result == Ready::closed);
}

}  // namespace

TEST_CASE("a waiter sees that reading would not block", "[net]") { run(readable()); }

TEST_CASE("a waiter sees that writing would not block, if asked", "[net]") { run(writable()); }

TEST_CASE("an end of file counts as readable", "[net]") { run(end_of_file()); }

TEST_CASE("a waiter survives that the library closes its descriptor", "[net]") {
    run(owner_closes_first());
}

TEST_CASE("closing a waiter ends its wait", "[net]") { run(close_meanwhile()); }

TEST_CASE("destroying a waiter ends its wait", "[net]") { run(destroyed_meanwhile()); }

TEST_CASE("a canceled wait throws and leaves the waiter usable", "[net]") { run(canceled()); }

TEST_CASE("a descriptor that cannot be duplicated is an exception", "[net]") {
    run(bad_descriptor());
}
