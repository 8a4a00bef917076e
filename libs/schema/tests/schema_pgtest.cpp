#include <boost/asio/this_coro.hpp>
#include <functional>

#include "pg/migrate.hpp"
#include "pg/pool.hpp"
#include "schema/schema.hpp"
#include "testing/catch.hpp"
#include "testing/postgres.hpp"
#include "testing/run.hpp"

using namespace trunkline;

namespace {

pg::Settings settings_of(const testing::ScratchDatabase& database) {
    pg::Settings settings;
    settings.url = database.url();
    return settings;
}

/// In a database of its own that has all tables.
void with_schema(const std::function<asio::awaitable<void>(pg::Pool&)>& body) {
    testing::ScratchDatabase database;
    testing::run([&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        pg::Pool pool(executor, settings_of(database));
        co_await pool.open();
        const auto migrated = co_await pg::migrate(pool, schema::migrations());
        REQUIRE(migrated);
        co_await body(pool);
        co_await pool.close();
    }());
}

asio::awaitable<std::int64_t> number_of(pg::Pool& pool, std::string sql) {
    const auto rows = co_await pool.execute(std::move(sql));
    REQUIRE(rows);
    co_return rows->front().integer(0);
}

}  // namespace

TEST_CASE("the migrations are numbered from one without gaps", "[schema]") {
    int expected = 1;
    for (const auto& migration : schema::migrations()) {
        CHECK(migration.number == expected++);
        CHECK_FALSE(migration.sql.empty());
    }
    CHECK(expected > 1);
}

TEST_CASE("an empty database gets the schema once, however often it is asked", "[schema][pg]") {
    testing::ScratchDatabase database;
    testing::run([&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        pg::Pool pool(executor, settings_of(database));
        co_await pool.open();
        const auto first = co_await pg::migrate(pool, schema::migrations());
        REQUIRE(first);
        CHECK(*first == static_cast<int>(schema::migrations().size()));
        const auto second = co_await pg::migrate(pool, schema::migrations());
        REQUIRE(second);
        CHECK(*second == 0);
        co_await pool.close();
    }());
}

TEST_CASE("the two hand-written inserts of INTERFACES section 3 are enough", "[schema][pg]") {
    with_schema([](pg::Pool& pool) -> asio::awaitable<void> {
        const auto enterprise = co_await pool.execute(
            "INSERT INTO enterprises(number,name,name2,bot_token,integrations_config) "
            "VALUES ('0367','june','375293332255','1:a','{}')"
        );
        REQUIRE(enterprise);
        const auto user = co_await pool.execute(
            "INSERT INTO telegram_users(tg_id,bot_token,enterprise_number) VALUES (5,'1:a','0367')"
        );
        REQUIRE(user);
    });
}

TEST_CASE("partitions are made ahead, once, by several at once", "[schema][pg]") {
    with_schema([](pg::Pool& pool) -> asio::awaitable<void> {
        const auto made =
            co_await pool.execute("SELECT ensure_call_event_partitions('2031-12-15T00:00:00Z', 1)");
        REQUIRE(made);
        CHECK(made->front().integer(0) == 4);  // Two months of two tables.
        const auto again =
            co_await pool.execute("SELECT ensure_call_event_partitions('2031-12-15T00:00:00Z', 1)");
        REQUIRE(again);
        CHECK(again->front().integer(0) == 0);
        const auto next_year =
            co_await pool.execute("SELECT to_regclass('call_events_203201') IS NOT NULL");
        REQUIRE(next_year);
        CHECK(next_year->front().boolean(0));
    });
}

TEST_CASE("old partitions are dropped, and what lies outside of all of them too", "[schema][pg]") {
    with_schema([](pg::Pool& pool) -> asio::awaitable<void> {
        // Before its partition exists an event lies in the default one; then it moves.
        const auto added = co_await pool.execute(
            "INSERT INTO call_events (enterprise_number, event_timestamp, event_id, event_type, "
            "raw_data) SELECT '1', t, gen_random_uuid(), 'dial', '{}' FROM unnest(ARRAY["
            "'2019-03-10', '2020-05-01', '2020-06-15']::timestamptz[]) t"
        );
        REQUIRE(added);
        const auto made = co_await number_of(
            pool, "SELECT ensure_call_event_partitions('2020-05-20T00:00:00Z', 1)"
        );
        CHECK(made == 4);
        const auto by_default =
            co_await number_of(pool, "SELECT count(*) FROM call_events_default");
        CHECK(by_default == 1);
        const auto in_june = co_await number_of(pool, "SELECT count(*) FROM call_events_202006");
        CHECK(in_june == 1);
        const auto dropped =
            co_await number_of(pool, "SELECT drop_call_event_partitions('2020-06-02T00:00:00Z')");
        CHECK(dropped == 2);
        const auto left = co_await number_of(pool, "SELECT count(*) FROM call_events");
        CHECK(left == 1);
    });
}

TEST_CASE("the keys of repeats lie in partitions by the day and go with them", "[schema][pg]") {
    with_schema([](pg::Pool& pool) -> asio::awaitable<void> {
        const auto now_has_its_own = co_await number_of(
            pool,
            "SELECT (to_regclass('event_keys_by_minute_' || to_char(now() AT TIME ZONE 'UTC', "
            "'YYYYMMDD')) IS NOT NULL)::integer"
        );
        CHECK(now_has_its_own == 1);
        const auto added = co_await pool.execute(
            "INSERT INTO event_keys_by_minute SELECT floor(extract(epoch FROM t) / 60), "
            "gen_random_uuid(), '1', gen_random_uuid(), t FROM "
            "unnest(ARRAY['2019-03-10T00:00:00Z', "
            "'2020-02-28T23:59:59Z', '2020-02-29T00:00:00Z', '2020-03-01T12:00:00Z']"
            "::timestamptz[]) t"
        );
        REQUIRE(added);
        const auto made = co_await number_of(
            pool, "SELECT ensure_event_key_partitions('2020-02-28T22:00:00Z', 2)"
        );
        CHECK(made == 3);
        const auto again = co_await number_of(
            pool, "SELECT ensure_event_key_partitions('2020-02-28T22:00:00Z', 2)"
        );
        CHECK(again == 0);
        for (const auto* table : {"default", "20200228", "20200229", "20200301"}) {
            INFO(table);
            const auto rows = co_await number_of(
                pool, std::string("SELECT count(*) FROM event_keys_by_minute_") + table
            );
            CHECK(rows == 1);
        }
        const auto dropped =
            co_await number_of(pool, "SELECT drop_event_key_partitions('2020-02-29T23:00:00Z')");
        CHECK(dropped == 1);
        const auto left = co_await number_of(pool, "SELECT count(*) FROM event_keys_by_minute");
        CHECK(left == 2);
    });
}
