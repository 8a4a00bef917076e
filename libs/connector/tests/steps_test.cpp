#include "steps.hpp"

#include <functional>
#include <vector>

#include "net/event.hpp"
#include "net/task_group.hpp"
#include "testing/catch.hpp"
#include "testing/eventually.hpp"
#include "testing/run.hpp"

using namespace trunkline;
using namespace trunkline::connector;
using namespace std::chrono_literals;

namespace {

/// Answers each step once it is told to.
class SlowConnector : public Connector {
public:
    explicit SlowConnector(asio::any_io_executor executor) : may_answer(std::move(executor)) {}

    asio::awaitable<Answer> take(const Step& step) override {
        taken.push_back(step.event.enterprise_number + " " + step.external_id);
        while (is_slow) {
            co_await may_answer.wait();
        }
        co_return done("taken");
    }
    asio::awaitable<base::Result<Customer>> find_customer(
        EnterprisePointer, std::string, net::Deadline
    ) override {
        co_return base::fail(base::Errc::internal, "nobody asks for this");
    }
    asio::awaitable<base::Result<std::vector<Manager>>> managers(EnterprisePointer, net::Deadline)
        override {
        co_return base::fail(base::Errc::internal, "nobody asks for this");
    }
    asio::awaitable<base::Result<std::string>> test_connection(EnterprisePointer, net::Deadline)
        override {
        co_return base::fail(base::Errc::internal, "nobody asks for this");
    }

    net::Event may_answer;
    bool is_slow = false;
    std::vector<std::string> taken;
};

Step step_of(const std::string& unique_id, const std::string& enterprise = "0367") {
    Step step;
    step.event.enterprise_number = enterprise;
    step.event.unique_id = unique_id;
    step.event.call.unique_id = unique_id;
    step.event.call.phone = "375296254070";
    step.external_id = unique_id;
    return step;
}

asio::awaitable<void> take_into(Steps& steps, Step step, std::vector<Answer>& answers) {
    auto answer = co_await steps.take(std::move(step));
    answers.push_back(std::move(answer));
}

void with_steps(std::function<asio::awaitable<void>(SlowConnector&, Steps&)> body) {
    const auto run = [&]() -> asio::awaitable<void> {
        SlowConnector crm(co_await asio::this_coro::executor);
        Steps steps(crm, "test");
        co_await body(crm, steps);
    };
    testing::run(run());
}

}  // namespace

TEST_CASE("what is nothing for a CRM does not reach it, and says why", "[connector]") {
    with_steps([](SlowConnector& crm, Steps& steps) -> asio::awaitable<void> {
        auto internal = step_of("1.1");
        internal.event.call.direction = call::Direction::internal;
        const auto of_internal = co_await steps.take(std::move(internal));
        CHECK(of_internal.result == Answer::Result::ignored);
        CHECK(of_internal.detail == "internal call");
        auto hidden = step_of("1.2");
        hidden.event.call.phone.clear();
        const auto of_hidden = co_await steps.take(std::move(hidden));
        CHECK(of_hidden.result == Answer::Result::ignored);
        CHECK_THAT(of_hidden.detail, ContainsSubstring("hidden"));
        CHECK(crm.taken.empty());
    });
}

TEST_CASE("of a call one step is under way at a time, other calls do not wait", "[connector]") {
    with_steps([](SlowConnector& crm, Steps& steps) -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        net::TaskGroup tasks(executor, "gateway");
        std::vector<Answer> answers;
        crm.is_slow = true;
        tasks.spawn("first", take_into(steps, step_of("1.1"), answers));
        tasks.spawn("other call", take_into(steps, step_of("1.2"), answers));
        tasks.spawn("other enterprise", take_into(steps, step_of("1.1", "0368"), answers));
        CHECK(crm.taken == std::vector<std::string>{"0367 1.1", "0367 1.2", "0368 1.1"});

        const auto second = co_await steps.take(step_of("1.1"));
        CHECK(second.result == Answer::Result::retry);
        CHECK_THAT(second.detail, ContainsSubstring("under way"));
        CHECK(second.retry_after == 2s);
        CHECK(crm.taken.size() == 3);

        crm.is_slow = false;
        crm.may_answer.notify();
        co_await tasks.join();
        CHECK(answers.size() == 3);
        const auto third = co_await steps.take(step_of("1.1"));
        CHECK(third.result == Answer::Result::done);
        CHECK(crm.taken.size() == 4);
    });
}
