#include <boost/asio/this_coro.hpp>
#include <stdexcept>

#include "pg_fixture.hpp"

using namespace trunkline;
using namespace trunkline::pg::test;
using pg::Params;
using pg::Pool;
using pg::Session;

namespace {

using Work = std::function<asio::awaitable<base::Result<int>>(Session&)>;

asio::awaitable<base::Result<int>> insert(Session& session, int number) {
    const auto params = Params::of(number);
    const auto done = co_await session.execute("INSERT INTO t VALUES ($1)", params);
    if (!done) {
        co_return std::unexpected(done.error());
    }
    co_return number;
}

asio::awaitable<std::int64_t> count(Pool& pool) {
    return number_of(pool, "SELECT count(*) FROM t");
}

asio::awaitable<void> commits(Pool& pool) {
    co_await must(pool, "CREATE TABLE t (i int PRIMARY KEY)");
    const Work work = [](Session& session) { return insert(session, 7); };
    const auto done = co_await pool.transaction<int>(work);
    REQUIRE(done);
    CHECK(*done == 7);
    const auto rows = co_await count(pool);
    CHECK(rows == 1);
    CHECK(pool.stats().connects == 1);
}

asio::awaitable<void> rolls_back(Pool& pool) {
    co_await must(pool, "CREATE TABLE t (i int PRIMARY KEY)");
    const Work refuses = [](Session& session) -> asio::awaitable<base::Result<int>> {
        const auto done = co_await insert(session, 1);
        REQUIRE(done);
        co_return base::fail(base::Errc::not_found, "changed my mind");
    };
    const auto refused = co_await pool.transaction<int>(refuses);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == base::Errc::not_found);

    const Work throws = [](Session& session) -> asio::awaitable<base::Result<int>> {
        const auto done = co_await insert(session, 1);
        REQUIRE(done);
        throw std::runtime_error("surprise");
    };
    bool thrown = false;
    try {
        (void)co_await pool.transaction<int>(throws);
    } catch (const std::runtime_error&) {
        thrown = true;
    }
    CHECK(thrown);
    const auto rows = co_await count(pool);
    CHECK(rows == 0);
}

asio::awaitable<void> hidden_failure(Pool& pool) {
    co_await must(pool, "CREATE TABLE t (i int PRIMARY KEY)");
    const Work careless = [](Session& session) -> asio::awaitable<base::Result<int>> {
        const auto done = co_await insert(session, 1);
        REQUIRE(done);
        const auto again = co_await insert(session, 1);
        CHECK_FALSE(again);
        co_return 1;
    };
    const auto refused = co_await pool.transaction<int>(careless);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == base::Errc::internal);
    const auto rows = co_await count(pool);
    CHECK(rows == 0);
    CHECK(pool.stats().connects == 1);
}

asio::awaitable<void> repeats(Pool& pool) {
    co_await must(pool, "CREATE TABLE t (i int PRIMARY KEY)");
    int runs = 0;
    int failures = 1;
    const Work work = [&runs, &failures](Session& session) -> asio::awaitable<base::Result<int>> {
        ++runs;
        const auto done = co_await insert(session, failures * 10 + runs);
        REQUIRE(done);
        if (runs <= failures) {
            const auto failed =
                co_await session.execute("DO $$ BEGIN RAISE SQLSTATE '40001'; END $$");
            REQUIRE_FALSE(failed);
            co_return std::unexpected(failed.error());
        }
        co_return runs;
    };
    const auto second_time = co_await pool.transaction<int>(work);
    REQUIRE(second_time);
    CHECK(*second_time == 2);

    runs = 0;
    failures = 100;
    const auto never = co_await pool.transaction<int>(work);
    REQUIRE_FALSE(never);
    CHECK(never.error().code == base::Errc::unavailable);
    CHECK(never.error().native == "40001");
    CHECK(runs == 2);
    const auto rows = co_await count(pool);
    CHECK(rows == 1);
}

asio::awaitable<void> outdated_plan(Pool& pool) {
    co_await must(pool, "CREATE TABLE t (i int)");
    int runs = 0;
    const Work work = [&runs](Session& session) -> asio::awaitable<base::Result<int>> {
        ++runs;
        const auto rows = co_await session.execute("SELECT * FROM t");
        if (!rows) {
            co_return std::unexpected(rows.error());
        }
        co_return static_cast<int>(rows->columns().size());
    };
    const auto before = co_await pool.transaction<int>(work);
    REQUIRE(before);
    co_await must(pool, "ALTER TABLE t ADD COLUMN j int");
    const auto after = co_await pool.transaction<int>(work);
    REQUIRE(after);
    CHECK(*after == 2);
    CHECK(runs == 3);
}

asio::awaitable<void> transact_forever(Pool& pool) {
    const Work work = [](Session& session) -> asio::awaitable<base::Result<int>> {
        const auto done = co_await insert(session, 1);
        REQUIRE(done);
        const auto slept = co_await session.execute("SELECT pg_sleep(62)");
        co_return slept ? 1 : 2;
    };
    (void)co_await pool.transaction<int>(work);
}

asio::awaitable<void> cancelled(Pool& pool) {
    co_await must(pool, "CREATE TABLE t (i int)");
    const auto executor = co_await asio::this_coro::executor;
    net::TaskGroup tasks(executor, "test");
    tasks.spawn("transaction", transact_forever(pool));
    const bool active = co_await eventually_active(pool, "pg_sleep(62)");
    CHECK(active);
    tasks.cancel();
    co_await tasks.join();
    const auto rows = co_await count(pool);
    CHECK(rows == 0);
}

}  // namespace

TEST_CASE("A transaction commits what its body did", "[pg]") { with_scratch(commits); }
TEST_CASE("A transaction whose body fails or throws leaves nothing", "[pg]") {
    with_scratch(rolls_back);
}
TEST_CASE("A failed statement that the body overlooked is not taken for a commit", "[pg]") {
    with_scratch(hidden_failure);
}
TEST_CASE("A serialization failure is repeated once", "[pg]") { with_scratch(repeats); }
TEST_CASE("A schema change between two transactions is repeated over", "[pg]") {
    const testing::ScratchDatabase database;
    auto settings = settings_for(database.url());
    settings.pool_size = 1;
    with_pool(settings, outdated_plan);
}
TEST_CASE("A cancelled transaction leaves nothing", "[pg]") {
    const testing::ScratchDatabase database;
    auto settings = settings_for(database.url());
    with_pool(settings, cancelled);
}
