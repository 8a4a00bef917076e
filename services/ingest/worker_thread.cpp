#include "worker_thread.hpp"

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <csignal>
#include <exception>
#include <future>
#include <mutex>
#include <thread>
#include <utility>

#include "front.hpp"
#include "net/event.hpp"
#include "net/sleep.hpp"
#include "net/task_group.hpp"
#include "routes.hpp"

namespace trunkline::ingest {
namespace {

/// The writer of events, and one for looks and rejected ones.
constexpr int connections = 2;
constexpr auto readiness_every = std::chrono::milliseconds(100);

}  // namespace

struct WorkerThread::State {
    explicit State(Plan plan_in) : plan(std::move(plan_in)), stopped(io.get_executor()) {}

    asio::awaitable<void> serve();
    asio::awaitable<void> serve_or_fail();
    asio::awaitable<void> keep_telling(const Front& front);
    void tell(app::Readiness::Part part);
    void run();

    Plan plan;
    asio::io_context io{1};
    net::Event stopped;
    net::Deadline deadline{};
    std::promise<void> listening;
    std::atomic<bool> ended = false;
    mutable std::mutex mutex;
    app::Readiness::Part part;  ///< Under the mutex.
    std::thread thread;
};

asio::awaitable<void> WorkerThread::State::serve() {
    const auto executor = io.get_executor();
    Front front(
        executor,
        plan.settings,
        plan.number,
        connections,
        plan.rate,
        plan.recent,
        plan.registry,
        [this](std::vector<EventPointer> stored) {
            const auto count = stored.size();
            if (!plan.wants_events()) {
                stored.clear();
            }
            asio::post(
                plan.main,
                [told = plan.on_stored, count, stored = std::move(stored)]() mutable {
                    told(count, std::move(stored));
                }
            );
        }
    );
    co_await front.open();
    front.start();
    net::TaskGroup watch(executor, "worker");
    tell(front.durable().readiness());
    watch.spawn("readiness", keep_telling(front));
    httpd::Router router;
    add_event_routes(router, front, executor);
    router.add_all(plan.shared_routes(), plan.main);
    httpd::Server server(executor, plan.http, std::move(router), plan.registry);
    server.listen();
    listening.set_value();
    co_await stopped.wait();
    co_await server.drain(deadline);
    watch.cancel();
    co_await watch.join();
    co_await front.drain(deadline);
    co_await front.close();
}

/// A failure unwinds serve() while its tasks are still suspended; they must not run again, for they
/// would find its objects gone.
asio::awaitable<void> WorkerThread::State::serve_or_fail() {
    try {
        co_await serve();
    } catch (...) {
        io.stop();
        listening.set_exception(std::current_exception());
    }
}

asio::awaitable<void> WorkerThread::State::keep_telling(const Front& front) {
    for (;;) {
        co_await net::sleep_for(readiness_every);
        tell(front.durable().readiness());
    }
}

void WorkerThread::State::tell(app::Readiness::Part now) {
    const std::lock_guard lock(mutex);
    part = std::move(now);
}

void WorkerThread::State::run() {
    // Signals belong to the main thread.
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
    pthread_setname_np(pthread_self(), ("worker " + std::to_string(plan.number)).c_str());
    asio::co_spawn(io, serve_or_fail(), [](const std::exception_ptr& failure) {
        if (failure) {
            std::rethrow_exception(failure);
        }
    });
    io.run();
    ended = true;
}

WorkerThread::WorkerThread(Plan plan) : state_(std::make_unique<State>(std::move(plan))) {
    auto listening = state_->listening.get_future();
    state_->thread = std::thread([state = state_.get()] { state->run(); });
    try {
        listening.get();
    } catch (...) {
        state_->thread.join();
        // Its suspended tasks refer to what is gone, so they are not destroyed; the process ends.
        (void)state_.release();  // NOLINT(bugprone-unused-return-value)
        throw;
    }
}

WorkerThread::~WorkerThread() {
    if (state_->thread.joinable()) {
        state_->thread.join();
    }
}

void WorkerThread::stop(net::Deadline deadline) {
    asio::post(state_->io, [state = state_.get(), deadline] {
        state->deadline = deadline;
        state->stopped.notify();
    });
}

app::Readiness::Part WorkerThread::readiness() const {
    const std::lock_guard lock(state_->mutex);
    return state_->part;
}

bool WorkerThread::has_ended() const { return state_->ended; }

}  // namespace trunkline::ingest
