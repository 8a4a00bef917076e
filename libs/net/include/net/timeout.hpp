#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <optional>
#include <utility>

#include "net/asio.hpp"

namespace trunkline::net {

/// Runs `operation`, but no longer than until `deadline`: nothing then, after the operation was
/// cancelled and has ended. Exceptions of the operation and cancels from outside pass through. T
/// must be default-constructible. Only for single-threaded executors (parallel groups race
/// elsewhere, boostorg/asio#1348). Include from .cpp files only.
template <class T>
asio::awaitable<std::optional<T>> with_deadline(asio::awaitable<T> operation, Deadline deadline) {
    auto executor = co_await asio::this_coro::executor;
    asio::steady_timer timer(executor, deadline);
    auto race = asio::experimental::make_parallel_group(
        asio::co_spawn(executor, std::move(operation), asio::deferred),
        timer.async_wait(asio::deferred)
    );
    auto [order, error, value, timer_error] =
        co_await race.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
    // A timer that came first with an error was cancelled from outside: no timeout, the operation's
    // end counts.
    if (order[0] == 1 && !timer_error) {
        co_return std::nullopt;
    }
    if (error) {
        std::rethrow_exception(error);
    }
    co_return std::move(value);
}

/// The same for an operation without a value. False: the deadline came first.
inline asio::awaitable<bool> with_deadline(asio::awaitable<void> operation, Deadline deadline) {
    auto executor = co_await asio::this_coro::executor;
    asio::steady_timer timer(executor, deadline);
    auto race = asio::experimental::make_parallel_group(
        asio::co_spawn(executor, std::move(operation), asio::deferred),
        timer.async_wait(asio::deferred)
    );
    auto [order, error, timer_error] =
        co_await race.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
    if (order[0] == 1 && !timer_error) {
        co_return false;
    }
    if (error) {
        std::rethrow_exception(error);
    }
    co_return true;
}

}  // namespace trunkline::net
