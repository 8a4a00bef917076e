#include "spool.hpp"

#include <boost/asio/this_coro.hpp>

#include "deliverer.hpp"
#include "net/task_group.hpp"
#include "testing/catch.hpp"
#include "testing/neighbour.hpp"
#include "testing/process.hpp"
#include "testing/run.hpp"
#include "testing/temp_folder.hpp"

using namespace trunkline;
using namespace trunkline::pbx_gateway;
using namespace std::chrono_literals;

namespace {

journal::Settings folder_of(const testing::TempFolder& folder) {
    journal::Settings out;
    out.folder = folder.path() / "spool";
    return out;
}

std::vector<pbx::WebhookEvent> starts(std::initializer_list<const char*> ids) {
    std::vector<pbx::WebhookEvent> out;
    for (const auto* id : ids) {
        pbx::WebhookEvent event;
        event.body = std::string(R"({"Token":"1","UniqueId":")") + id +
                     R"(","Phone":"375296254070","CallType":0,"Trunk":"1"})";
        event.at = base::system_clock().now();
        out.push_back(std::move(event));
    }
    return out;
}

asio::awaitable<std::vector<std::uint64_t>> numbers_left(Spool& spool) {
    const auto items = co_await spool.next();
    REQUIRE(items);
    std::vector<std::uint64_t> out;
    for (const auto& item : *items) {
        out.push_back(item.event.seq);
    }
    co_return out;
}

}  // namespace

TEST_CASE("numbers and open calls go on after a restart without a checkpoint", "[pbx-gateway]") {
    testing::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        const testing::TempFolder folder;
        std::string id;
        {
            Spool spool(executor, folder_of(folder));
            const auto opened = co_await spool.open();
            REQUIRE(opened);
            CHECK(spool.is_fresh());
            spool.replace({}, 1000);
            const auto kept = co_await spool.checkpoint();
            REQUIRE(kept);
            id = spool.id();
            auto first = starts({"1.1", "1.2"});
            const auto added = co_await spool.add(std::move(first));
            REQUIRE(added);
            Recording recording{
                .unique_id = "1.1", .call = "1.1", .file = "a.wav", .since = base::WallTime()
            };
            const auto noted = co_await spool.add(std::move(recording));
            REQUIRE(noted);
            co_await spool.close();  // As after a kill -9: nothing more was written.
        }
        Spool spool(executor, folder_of(folder));
        const auto opened = co_await spool.open();
        REQUIRE(opened);
        CHECK_FALSE(spool.is_fresh());
        CHECK(spool.id() == id);
        CHECK(spool.next_seq() == 1002);
        CHECK(spool.waiting() == 2);
        CHECK(spool.calls().contains("1.2"));
        REQUIRE(spool.recordings().size() == 1);
        CHECK(spool.recordings().front().file == "a.wav");
        const auto left = co_await numbers_left(spool);
        CHECK(left == std::vector<std::uint64_t>{1000, 1001});
        co_await spool.close();
    }());
}

TEST_CASE("what was done with does not come back after a checkpoint", "[pbx-gateway]") {
    testing::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        const testing::TempFolder folder;
        {
            Spool spool(executor, folder_of(folder));
            const auto opened = co_await spool.open();
            REQUIRE(opened);
            spool.replace({}, 1);
            auto first = starts({"1.1"});
            auto second = starts({"1.2", "1.3"});
            const auto one = co_await spool.add(std::move(first));
            const auto two = co_await spool.add(std::move(second));
            REQUIRE(one);
            REQUIRE(two);
            const auto items = co_await spool.next();
            REQUIRE(items);
            REQUIRE(items->size() == 3);
            CHECK((*items)[0].is_last);
            CHECK_FALSE((*items)[1].is_last);
            CHECK_FALSE((*items)[0].again);
            spool.done((*items)[0].sequence, 1);
            CHECK(spool.waiting() == 2);
            const auto kept = co_await spool.checkpoint();
            REQUIRE(kept);
            co_await spool.close();
        }
        Spool spool(executor, folder_of(folder));
        const auto opened = co_await spool.open();
        REQUIRE(opened);
        CHECK(spool.next_seq() == 4);
        CHECK(spool.calls().size() == 3);
        const auto items = co_await spool.next();
        REQUIRE(items);
        REQUIRE(items->size() == 2);
        CHECK(items->front().event.seq == 2);
        CHECK(items->front().again);
        co_await spool.close();
    }());
}

TEST_CASE("a full spool loses events and leaves their numbers out", "[pbx-gateway]") {
    testing::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        const testing::TempFolder folder;
        auto settings = folder_of(folder);
        settings.max_bytes = 2'000;
        Spool spool(executor, settings);
        const auto opened = co_await spool.open();
        REQUIRE(opened);
        spool.replace({}, 1);
        bool lost = false;
        for (int i = 0; i < 30 && !lost; ++i) {
            auto one = starts({"1.1"});
            const auto added = co_await spool.add(std::move(one));
            lost = !added;
        }
        CHECK(lost);
        CHECK(spool.next_seq() == spool.waiting() + 2);
        co_await spool.close();
    }());
}

TEST_CASE("a refused event holds up nobody, a lost answer is repeated as late", "[pbx-gateway]") {
    testing::HttpNeighbour ingest;
    ingest.answer("POST", "/start", testing::NeighbourResponse::json("{}"));
    ingest.answer(
        "POST",
        "/events",
        testing::NeighbourResponse::json(R"({"line":1,"status":200})"
                                         "\n")
    );
    ingest.fail_next(testing::Fault::answer_status(422), 1, "/start");
    ingest.fail_next(testing::Fault::lose_answer(), 1, "/start");
    testing::run([&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        const testing::TempFolder folder;
        metrics::Registry registry;
        httpc::Settings http_settings;
        http_settings.breaker.failures = 0;
        httpc::Client http(executor, http_settings, registry);
        IngestClient client(http, ingest.url(), "");
        Figures figures(registry, "0367", "minsk");
        Spool spool(executor, folder_of(folder));
        const auto opened = co_await spool.open();
        REQUIRE(opened);
        spool.replace({}, 1);
        auto events = starts({"1.1", "1.2", "1.3"});
        const auto added = co_await spool.add(std::move(events));
        REQUIRE(added);
        IngestClient::Sender sender;
        sender.pbx = "minsk";
        sender.enterprise = "0367";
        Deliverer deliverer(spool, client, sender, figures);
        net::TaskGroup tasks(executor, "test");
        tasks.spawn("deliver", deliverer.run());
        const auto deadline = net::deadline_in(10s);
        while (spool.waiting() > 0 && net::time_left(deadline) > 0s) {
            co_await spool.wait(net::deadline_in(20ms));
        }
        CHECK(spool.waiting() == 0);
        CHECK(figures.refused.value() == 1);
        CHECK(figures.told.value() == 2);
        tasks.cancel();
        co_await tasks.join();
        co_await http.close();
        co_await spool.close();
    }());
    const auto late = ingest.requests("POST", "/events");
    REQUIRE(late.size() == 1);
    CHECK(late[0].body.find("\"seq\":2") != std::string::npos);
    const auto live = ingest.requests("POST", "/start");
    REQUIRE(live.size() == 3);
    CHECK(live[2].header("X-Event-Seq") == "3");
    CHECK(live[2].header("X-PBX-Id") == "minsk");
    CHECK_FALSE(live[2].header("X-Event-Time").empty());
}
