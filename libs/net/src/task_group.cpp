#include "net/task_group.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>
#include <exception>
#include <unordered_set>
#include <utility>

#include "base/log.hpp"
#include "net/event.hpp"

namespace trunkline::net {
namespace {

struct Task {
    std::string name;
    asio::cancellation_signal signal;
    bool asked = false;  ///< Once only: a second emit would break into the cleanup of a task that
                         ///< obeys the first.
};

}  // namespace

struct TaskGroup::State {
    State(asio::any_io_executor executor_in, std::string owner)
        : executor(std::move(executor_in)), logger(std::move(owner)), changed(executor) {}

    void finish(const std::shared_ptr<Task>& task, const std::exception_ptr& error) {
        if (error) {
            report(task->name, error);
        }
        tasks.erase(task);
        changed.notify();
    }

    void report(const std::string& name, const std::exception_ptr& error) const {
        try {
            std::rethrow_exception(error);
        } catch (const boost::system::system_error& failure) {
            if (failure.code() != asio::error::operation_aborted) {
                logger.error("task {} ended: {}", name, failure.what());
            }
        } catch (const std::exception& failure) {
            logger.error("task {} ended: {}", name, failure.what());
        } catch (...) {
            logger.error("task {} ended: an exception of an unknown type", name);
        }
    }

    /// Posted, for two reasons: asio's handler of a co_spawn'ed task hands the signal on by a bare
    /// pointer, which is safe only on the executor's own thread; and whatever ends inside the emit
    /// cannot pull the caller's frame away.
    void ask_to_stop(const std::shared_ptr<Task>& task) {
        asio::post(executor, [weak = std::weak_ptr(task)] {
            // Holds the signal while it is emitted, also if the task ends meanwhile.
            const auto alive = weak.lock();
            if (alive && !alive->asked) {
                alive->asked = true;
                alive->signal.emit(asio::cancellation_type::terminal);
            }
        });
    }

    asio::any_io_executor executor;
    base::Logger logger;
    Event changed;
    std::unordered_set<std::shared_ptr<Task>> tasks;
    bool canceled = false;
};

TaskGroup::TaskGroup(asio::any_io_executor executor, std::string owner)
    : state_(std::make_shared<State>(std::move(executor), std::move(owner))) {}

TaskGroup::~TaskGroup() {
    if (!state_->tasks.empty()) {
        state_->logger.error("{} tasks outlive their group", state_->tasks.size());
        cancel();
    }
}

void TaskGroup::spawn(std::string name, asio::awaitable<void> task) {
    const auto entry = std::make_shared<Task>();
    entry->name = std::move(name);
    state_->tasks.insert(entry);
    asio::co_spawn(
        state_->executor,
        std::move(task),
        asio::bind_cancellation_slot(
            entry->signal.slot(),
            [state = state_, entry](std::exception_ptr error) { state->finish(entry, error); }
        )
    );
    if (state_->canceled) {
        state_->ask_to_stop(entry);
    }
}

void TaskGroup::cancel() {
    state_->canceled = true;
    for (const auto& task : state_->tasks) {
        state_->ask_to_stop(task);
    }
}

asio::awaitable<void> TaskGroup::join() {
    const auto state = state_;
    while (!state->tasks.empty()) {
        co_await state->changed.wait();
    }
}

asio::awaitable<bool> TaskGroup::drain(Deadline deadline) {
    const auto state = state_;
    while (!state->tasks.empty()) {
        const bool in_time = co_await state->changed.wait_until(deadline);
        if (!in_time && !state->tasks.empty()) {
            cancel();
            co_await join();
            co_return false;
        }
    }
    co_return true;
}

std::size_t TaskGroup::size() const { return state_->tasks.size(); }

}  // namespace trunkline::net
