#include <boost/asio/this_coro.hpp>

#include "outbox/message.hpp"
#include "outbox/replay.hpp"
#include "pg/migrate.hpp"
#include "schema/schema.hpp"
#include "store.hpp"
#include "testing/catch.hpp"
#include "testing/postgres.hpp"
#include "testing/run.hpp"

using namespace trunkline;
using namespace std::chrono_literals;

namespace {

outbox::Message message_of(std::string payload) {
    outbox::Message message;
    message.enterprise_number = "0367";
    message.target = "retailcrm";
    message.order_key = "call";
    message.kind = "test";
    message.payload = std::move(payload);
    return message;
}

asio::awaitable<outbox::Item> claim_one(outbox::Store& store) {
    auto items = co_await store.claim(
        {.limit = 10, .per_target = 10, .except = {}, .only = {}, .only_enterprise = {}},
        outbox::Lanes(10, 10, 10),
        60s
    );
    REQUIRE(items);
    REQUIRE(items->size() == 1);
    co_return items->front();
}

}  // namespace

TEST_CASE(
    "a letter that is replayed comes before its successors and may die again", "[outbox][pg]"
) {
    testing::ScratchDatabase database;
    testing::run([&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        pg::Settings settings;
        settings.url = database.url();
        pg::Pool pool(executor, settings);
        co_await pool.open();
        const auto migrated = co_await pg::migrate(pool, schema::migrations());
        REQUIRE(migrated);
        std::vector<outbox::Message> messages{message_of("{\"n\":1}"), message_of("{\"n\":2}")};
        auto query = outbox::insert_query("crm", messages);
        const auto put = co_await pool.execute(query.sql, query.params);
        REQUIRE(put);

        outbox::Store store(pool, "crm");
        const auto first = co_await claim_one(store);
        const auto buried = co_await store.bury(first, "first death");
        REQUIRE(buried);
        const auto replayed = co_await outbox::replay(pool, first.id);
        REQUIRE(replayed);
        CHECK(*replayed == outbox::Replay::queued);
        const auto twice = co_await outbox::replay(pool, first.id);
        REQUIRE(twice);
        CHECK(*twice == outbox::Replay::pending);

        const auto again = co_await claim_one(store);
        CHECK(again.id == first.id);
        CHECK(again.attempt == 1);
        const auto second_death = co_await store.bury(again, "second death");
        REQUIRE(second_death);
        const auto rows = co_await pool.execute(
            "SELECT count(*) AS n, min(reason) AS reason, bool_and(died_at > replayed_at) AS dead "
            "FROM dead_letters"
        );
        REQUIRE(rows);
        CHECK(rows->front().integer("n") == 1);
        CHECK(rows->front().text("reason") == "second death");
        CHECK(rows->front().boolean("dead"));
        co_await pool.close();
    }());
}
