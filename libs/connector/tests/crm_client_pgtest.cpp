#include <vector>

#include "base/log.hpp"
#include "connector/crm_client.hpp"
#include "net/task_group.hpp"
#include "testing/catch.hpp"
#include "testing/neighbour.hpp"
#include "workshop.hpp"

using namespace trunkline;
using namespace trunkline::connector;
using namespace trunkline::connector::workshop;
using namespace std::chrono_literals;
using testing::Fault;
using Kind = Verdict::Kind;

namespace {

/// Much more than a test needs.
constexpr Limits wide{.per_second = 1000, .burst = 1000, .parallel = 8};

Order order_to(const testing::HttpNeighbour& crm, const std::string& account = "one") {
    Order order;
    order.request.method = "POST";
    order.request.url = crm.url("/calls");
    order.request.timeout = 2s;
    order.shown = "POST /calls {}";
    order.account = account;
    order.limits = wide;
    order.judge = judge;
    return order;
}

Subject subject() {
    Subject subject;
    subject.enterprise = "0367";
    subject.event_type = "hangup";
    subject.unique_id = "1759230684.16";
    subject.attempt = 3;
    return subject;
}

CrmClient client_over(Bench& bench, httpc::BreakerSettings circuit = CrmClient::usual_circuit()) {
    return {bench.executor, bench.http, bench.pool, bench.registry, "testcrm", "test", circuit};
}

testing::NeighbourResponse wait_please(unsigned status, const std::string& seconds) {
    return {.status = status, .headers = {{"Retry-After", seconds}}, .body = "later"};
}

asio::awaitable<void> send_one(CrmClient& client, Order order, std::vector<Reply>& replies) {
    auto reply = co_await client.send(std::move(order));
    replies.push_back(std::move(reply));
}

}  // namespace

TEST_CASE("only what may be repeated is tried again after an unknown outcome", "[connector][pg]") {
    with_bench([](Bench& bench) -> asio::awaitable<void> {
        testing::HttpNeighbour crm;
        crm.answer("POST", "/calls", {.status = 200, .headers = {}, .body = "ok"});
        auto client = client_over(bench);
        crm.fail_next(Fault::answer_status(500));
        const auto once = co_await client.send(order_to(crm));
        CHECK(once.verdict.kind == Kind::failed);
        CHECK(once.is_unknown);
        CHECK(crm.requests().size() == 1);

        crm.forget_requests();
        crm.fail_next(Fault::answer_status(500));
        crm.fail_next(Fault::lose_answer());
        auto order = order_to(crm);
        order.repeatable = true;
        const auto repeated = co_await client.send(order);
        CHECK(repeated.verdict.kind == Kind::accepted);
        CHECK_FALSE(repeated.is_unknown);
        CHECK(crm.requests().size() == 3);
    });
}

TEST_CASE("what surely had no effect is tried again in any case", "[connector][pg]") {
    with_bench([](Bench& bench) -> asio::awaitable<void> {
        testing::HttpNeighbour crm;
        crm.answer("POST", "/calls", {.status = 200, .headers = {}, .body = "ok"});
        auto client = client_over(bench);
        crm.fail_next(Fault::answer_status(503), 2);
        const auto reply = co_await client.send(order_to(crm));
        CHECK(reply.verdict.kind == Kind::accepted);
        CHECK(crm.requests().size() == 3);

        testing::HttpNeighbour away;
        away.refuse();
        const auto unreached = co_await client.send(order_to(away));
        CHECK(unreached.verdict.kind == Kind::failed);
        CHECK_FALSE(unreached.is_unknown);
    });
}

TEST_CASE("an unknown outcome stays unknown until an acceptance settles it", "[connector][pg]") {
    with_bench([](Bench& bench) -> asio::awaitable<void> {
        testing::HttpNeighbour crm;
        crm.answer("POST", "/calls", {.status = 422, .headers = {}, .body = "no"});
        auto client = client_over(bench);
        crm.fail_next(Fault::answer_status(500));
        auto order = order_to(crm);
        order.repeatable = true;
        const auto refused = co_await client.send(order);
        CHECK(refused.verdict.kind == Kind::refused);
        CHECK(refused.verdict.mend == "mend it");
        CHECK(refused.is_unknown);

        const auto surely = co_await client.send(order);
        CHECK(surely.verdict.kind == Kind::refused);
        CHECK_FALSE(surely.is_unknown);
    });
}

TEST_CASE("what the CRM says of waiting is obeyed, briefly here", "[connector][pg]") {
    with_bench([](Bench& bench) -> asio::awaitable<void> {
        testing::HttpNeighbour crm;
        crm.answer("POST", "/calls", wait_please(429, "60"));
        auto client = client_over(bench);
        const auto far = co_await client.send(order_to(crm));
        CHECK(far.verdict.kind == Kind::busy);
        CHECK(far.verdict.retry_after == 60s);
        CHECK(crm.requests().size() == 1);
        // Nothing else of the account goes out meanwhile, and nobody waits for it in vain.
        auto next = order_to(crm);
        next.limit = 200ms;
        const auto held = co_await client.send(next);
        CHECK(held.verdict.kind == Kind::busy);
        CHECK_FALSE(held.is_unknown);
        CHECK(crm.requests().size() == 1);

        crm.forget_requests();
        std::size_t asked = 0;
        crm.handle("POST", "/calls", [&asked](const testing::NeighbourRequest&) {
            return ++asked == 1
                       ? wait_please(503, "1")
                       : testing::NeighbourResponse{.status = 200, .headers = {}, .body = ""};
        });
        const auto near = co_await client.send(order_to(crm, "two"));
        CHECK(near.verdict.kind == Kind::accepted);
        const auto requests = crm.requests();
        REQUIRE(requests.size() == 2);
        CHECK(requests[1].time - requests[0].time >= 1s);
    });
}

TEST_CASE("an account's budget is kept, and no other waits for it", "[connector][pg]") {
    with_bench([](Bench& bench) -> asio::awaitable<void> {
        testing::HttpNeighbour crm;
        crm.answer("POST", "/calls", {.status = 200, .headers = {}, .body = "ok"});
        auto client = client_over(bench);
        net::TaskGroup tasks(bench.executor, "steps");
        std::vector<Reply> replies;
        for (int step = 0; step < 4; ++step) {
            auto order = order_to(crm);
            order.limits = {.per_second = 4, .burst = 1, .parallel = 4};
            tasks.spawn("step", send_one(client, std::move(order), replies));
        }
        const auto other = co_await client.send(order_to(crm, "two"));
        CHECK(other.verdict.kind == Kind::accepted);
        CHECK(replies.size() < 4);
        co_await tasks.join();
        CHECK(replies.size() == 4);
        const auto requests = crm.requests();
        REQUIRE(requests.size() == 5);
        // Of the five, four are the account's: three pauses of 250 ms.
        CHECK(requests.back().time - requests.front().time >= 700ms);
    });
}

TEST_CASE("an account that fails again and again is left alone for a while", "[connector][pg]") {
    with_bench([](Bench& bench) -> asio::awaitable<void> {
        testing::HttpNeighbour crm;
        crm.answer("POST", "/calls", {.status = 200, .headers = {}, .body = "ok"});
        auto client =
            client_over(bench, {.failures = 3, .open_for = 300ms, .count_server_errors = true});
        crm.fail_next(Fault::answer_status(500), 3);
        for (int step = 0; step < 3; ++step) {
            const auto failed = co_await client.send(order_to(crm));
            CHECK(failed.verdict.kind == Kind::failed);
        }
        auto impatient = order_to(crm);
        impatient.limit = 50ms;
        const auto stopped = co_await client.send(impatient);
        CHECK(stopped.verdict.kind == Kind::busy);
        CHECK_THAT(stopped.verdict.detail, ContainsSubstring("left alone"));
        CHECK_FALSE(stopped.is_unknown);
        CHECK(crm.requests().size() == 3);
        const auto other = co_await client.send(order_to(crm, "two"));
        CHECK(other.verdict.kind == Kind::accepted);
        // A patient one gets through as soon as it closes.
        const auto later = co_await client.send(order_to(crm));
        CHECK(later.verdict.kind == Kind::accepted);
    });
}

TEST_CASE("each try is a row and a number, without secrets", "[connector][pg]") {
    with_bench([](Bench& bench) -> asio::awaitable<void> {
        base::add_log_secret("a-key-of-the-tenant");
        testing::HttpNeighbour crm;
        crm.answer(
            "POST", "/calls", {.status = 200, .headers = {}, .body = "you are a-key-of-the-tenant"}
        );
        auto client = client_over(bench);
        crm.fail_next(Fault::answer_status(500));
        crm.fail_next(Fault::lose_answer());
        auto order = order_to(crm);
        order.repeatable = true;
        order.shown = "POST /calls by a-key-of-the-tenant";
        const auto reply = co_await client.send(order, subject());
        CHECK(reply.verdict.kind == Kind::accepted);
        CHECK(
            bench.sql("SELECT string_agg(status || ' ' || coalesce(http_status::text, '-'), ', ' "
                      "ORDER BY id) FROM integration_logs WHERE enterprise_number = '0367' AND "
                      "integration = 'test' AND event_type = 'hangup' AND attempt = 3"
            ) == "retry 500, retry -, done 200"
        );
        CHECK(
            bench.sql("SELECT count(*) FROM integration_logs WHERE request || response LIKE "
                      "'%of-the-tenant%'") == "0"
        );
        order.judge = [](const httpc::Response& response) {
            return Verdict::refused(response.body);
        };
        const auto refused = co_await client.send(order, subject());
        CHECK(refused.verdict.detail == "you are ***");
        const auto figures = bench.registry.render();
        CHECK_THAT(
            figures,
            ContainsSubstring(R"(crm_requests_total{crm="testcrm",result="failed"} 2)") &&
                ContainsSubstring(R"(crm_requests_total{crm="testcrm",result="accepted"} 1)")
        );
    });
}
