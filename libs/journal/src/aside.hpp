#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "net/asio.hpp"

namespace trunkline::journal {

/// Runs `work` on the pool's thread while the caller's goes on. A cancel of the caller ends the
/// wait, not the work, so what `work` refers to must outlive the pool. `work` must not throw.
template <class T>
asio::awaitable<T> run_aside(asio::thread_pool& pool, std::function<T()> work) {
    struct Job {
        explicit Job(const asio::any_io_executor& executor)
            : bell(executor, net::Deadline::max()) {}
        asio::steady_timer bell;
        std::optional<T> outcome;
    };
    auto executor = co_await asio::this_coro::executor;
    const auto job = std::make_shared<Job>(executor);
    // Tracked: run() does not return while the pool may still post to the context.
    auto home = asio::prefer(executor, asio::execution::outstanding_work.tracked);
    asio::post(pool, [job, home = std::move(home), work = std::move(work)]() mutable {
        auto outcome = work();
        asio::post(home, [job = std::move(job), outcome = std::move(outcome)]() mutable {
            job->outcome = std::move(outcome);
            job->bell.cancel();
        });
    });
    auto [error] = co_await job->bell.async_wait(asio::as_tuple(asio::use_awaitable));
    if (!job->outcome) {
        throw boost::system::system_error(error);
    }
    co_return std::move(*job->outcome);  // NOLINT(bugprone-unchecked-optional-access): just asked.
}

}  // namespace trunkline::journal
