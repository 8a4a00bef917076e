#include <boost/asio/this_coro.hpp>
#include <set>

#include "pg_fixture.hpp"

using namespace trunkline;
using namespace trunkline::pg::test;
using pg::Params;
using pg::Pool;
using pg::Query;
using pg::Session;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::PrivatePostgres;

namespace {

using Work = std::function<asio::awaitable<base::Result<int>>(Session&)>;

void check_unavailable(const base::Error& error, std::string_view native) {
    INFO(base::describe(error));
    CHECK(error.code == base::Errc::unavailable);
    CHECK(error.native == native);
}

asio::awaitable<void> until_ready(Pool& pool) {
    const bool ready = co_await eventually_true([&pool] { return pool.is_ready(); });
    REQUIRE(ready);
}

asio::awaitable<void> until_away(Pool& pool) {
    const bool away = co_await eventually_true([&pool] {
        return !pool.is_ready() && !pool.last_error().empty();
    });
    REQUIRE(away);
}

asio::awaitable<void> killed_in_query(Pool& pool, PrivatePostgres& server) {
    const auto executor = co_await asio::this_coro::executor;
    Outcome outcome;
    net::TaskGroup tasks(executor, "test");
    tasks.spawn("sleeper", execute_into(outcome, pool, "SELECT pg_sleep(63)"));
    const bool active = co_await eventually_active(pool, "pg_sleep(63)");
    REQUIRE(active);
    server.kill();
    co_await tasks.join();
    REQUIRE(outcome.has_value());
    REQUIRE_FALSE(outcome->has_value());
    check_unavailable(outcome->error(), pg::commit_unknown);

    co_await until_away(pool);
    const auto refused = co_await pool.acquire(net::deadline_in(seconds(30)));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == base::Errc::unavailable);

    server.start();
    co_await until_ready(pool);
    const auto one = co_await number_of(pool, "SELECT 1");
    CHECK(one == 1);
}

asio::awaitable<void> pipeline_into(
    std::optional<base::Result<std::vector<pg::Rows>>>& outcome, Pool& pool
) {
    std::vector<Query> queries(5, Query{.sql = "INSERT INTO k VALUES (1)", .params = {}});
    queries[2].sql = "SELECT pg_sleep(64)";
    outcome = co_await pool.pipeline(std::move(queries), net::deadline_in(seconds(40)));
}

asio::awaitable<void> killed_in_pipeline(Pool& pool, PrivatePostgres& server) {
    co_await must(pool, "CREATE TABLE k (i int)");
    const auto executor = co_await asio::this_coro::executor;
    std::optional<base::Result<std::vector<pg::Rows>>> outcome;
    net::TaskGroup tasks(executor, "test");
    tasks.spawn("pipeline", pipeline_into(outcome, pool));
    const bool active = co_await eventually_active(pool, "pg_sleep(64)");
    REQUIRE(active);
    server.kill();
    co_await tasks.join();
    REQUIRE(outcome.has_value());
    REQUIRE_FALSE(outcome->has_value());
    check_unavailable(outcome->error(), pg::commit_unknown);
    server.start();
    co_await until_ready(pool);
    const auto rows = co_await number_of(pool, "SELECT count(*) FROM k");
    CHECK(rows == 0);
}

asio::awaitable<void> stopped_in_pipeline(Pool& pool, PrivatePostgres& server) {
    co_await must(pool, "CREATE TABLE k (i int)");
    const auto executor = co_await asio::this_coro::executor;
    std::optional<base::Result<std::vector<pg::Rows>>> outcome;
    net::TaskGroup tasks(executor, "test");
    tasks.spawn("pipeline", pipeline_into(outcome, pool));
    const bool active = co_await eventually_active(pool, "pg_sleep(64)");
    REQUIRE(active);
    server.stop();
    co_await tasks.join();
    REQUIRE(outcome.has_value());
    REQUIRE_FALSE(outcome->has_value());
    check_unavailable(outcome->error(), "57P01");
}

asio::awaitable<void> transact_into(
    std::optional<base::Result<int>>& outcome, Pool& pool, std::string second_statement
) {
    const Work work = [&second_statement](Session& session) -> asio::awaitable<base::Result<int>> {
        const auto first = co_await session.execute("INSERT INTO k VALUES (1)");
        if (!first) {
            co_return std::unexpected(first.error());
        }
        const auto second = co_await session.execute(second_statement);
        if (!second) {
            co_return std::unexpected(second.error());
        }
        co_return 1;
    };
    outcome = co_await pool.transaction<int>(work);
}

asio::awaitable<void> killed_in_transaction(Pool& pool, PrivatePostgres& server) {
    co_await must(pool, "CREATE TABLE k (i int)");
    const auto executor = co_await asio::this_coro::executor;
    std::optional<base::Result<int>> outcome;
    net::TaskGroup tasks(executor, "test");
    tasks.spawn("transaction", transact_into(outcome, pool, "SELECT pg_sleep(65)"));
    const bool active = co_await eventually_active(pool, "pg_sleep(65)");
    REQUIRE(active);
    server.kill();
    co_await tasks.join();
    REQUIRE(outcome.has_value());
    REQUIRE_FALSE(outcome->has_value());
    // Lost before COMMIT was said: certainly undone.
    check_unavailable(outcome->error(), "");
    server.start();
    co_await until_ready(pool);
    const auto rows = co_await number_of(pool, "SELECT count(*) FROM k");
    CHECK(rows == 0);
}

asio::awaitable<void> killed_in_commit(Pool& pool, PrivatePostgres& server) {
    // A deferred trigger runs inside COMMIT, so this one takes long enough to be hit.
    co_await must(pool, "CREATE TABLE k (i int)");
    co_await must(
        pool,
        "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(66); "
        "RETURN NULL; END $$"
    );
    co_await must(
        pool,
        "CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON k DEFERRABLE INITIALLY DEFERRED FOR EACH "
        "ROW EXECUTE "
        "FUNCTION slow()"
    );
    const auto executor = co_await asio::this_coro::executor;
    std::optional<base::Result<int>> outcome;
    net::TaskGroup tasks(executor, "test");
    tasks.spawn("transaction", transact_into(outcome, pool, "SELECT 1"));
    const bool active = co_await eventually_active(pool, "COMMIT");
    REQUIRE(active);
    server.kill();
    co_await tasks.join();
    REQUIRE(outcome.has_value());
    REQUIRE_FALSE(outcome->has_value());
    check_unavailable(outcome->error(), pg::commit_unknown);
}

asio::awaitable<void> stopped_while_idle(Pool& pool, PrivatePostgres& server) {
    co_await until_ready(pool);
    for (int round = 0; round < 2; ++round) {
        server.stop();
        co_await until_away(pool);
        const auto refused = co_await pool.execute("SELECT 1");
        CHECK_FALSE(refused);
        server.start();
        co_await until_ready(pool);
        const auto one = co_await number_of(pool, "SELECT 1");
        CHECK(one == 1);
        CHECK(pool.last_error().empty());
    }
}

asio::awaitable<void> silent_server(Pool& pool, PrivatePostgres& server) {
    co_await until_ready(pool);
    server.pause();
    const auto silent = co_await pool.execute("SELECT 1", {}, net::deadline_in(milliseconds(300)));
    REQUIRE_FALSE(silent);
    CHECK(silent.error().code == base::Errc::timeout);
    // The kernel still takes connections, but nobody greets: only the connect timeout finds out.
    const auto unheard = co_await pool.execute("SELECT 1");
    REQUIRE_FALSE(unheard);
    CHECK(unheard.error().code == base::Errc::unavailable);
    co_await until_away(pool);
    server.resume();
    co_await until_ready(pool);
    const auto one = co_await number_of(pool, "SELECT 1");
    CHECK(one == 1);
}

struct Ledger {
    bool stop = false;
    int next = 0;
    std::set<std::int64_t> acknowledged;
    int failures = 0;
};

asio::awaitable<base::Result<>> write_one(Pool& pool, int number) {
    const auto params = Params::of(number);
    if (number % 3 == 0) {
        const auto done = co_await pool.execute("INSERT INTO k VALUES ($1)", params);
        co_return done ? base::Result<>() : std::unexpected(done.error());
    }
    if (number % 3 == 1) {
        std::vector<Query> queries(1);
        queries.front().sql = "INSERT INTO k VALUES ($1)";
        queries.front().params = params;
        const auto done = co_await pool.pipeline(std::move(queries));
        co_return done ? base::Result<>() : std::unexpected(done.error());
    }
    const Work work = [&params](Session& session) -> asio::awaitable<base::Result<int>> {
        const auto done = co_await session.execute("INSERT INTO k VALUES ($1)", params);
        if (!done) {
            co_return std::unexpected(done.error());
        }
        co_return 1;
    };
    const auto done = co_await pool.transaction<int>(work);
    co_return done ? base::Result<>() : std::unexpected(done.error());
}

asio::awaitable<void> keep_writing(Pool& pool, Ledger& ledger) {
    while (!ledger.stop) {
        const int number = ledger.next++;
        const auto done = co_await write_one(pool, number);
        if (done) {
            ledger.acknowledged.insert(number);
            continue;
        }
        ++ledger.failures;
        const auto code = done.error().code;
        CHECK((code == base::Errc::unavailable || code == base::Errc::timeout));
        co_await net::sleep_for(milliseconds(5));
    }
}

asio::awaitable<void> killed_under_load(Pool& pool, PrivatePostgres& server) {
    co_await must(pool, "CREATE TABLE k (i bigint)");
    const auto executor = co_await asio::this_coro::executor;
    Ledger ledger;
    net::TaskGroup tasks(executor, "test");
    for (int writer = 0; writer < 16; ++writer) {
        tasks.spawn("writer", keep_writing(pool, ledger));
    }
    for (int round = 0; round < 3; ++round) {
        const auto before = ledger.acknowledged.size();
        const bool writing =
            co_await eventually_true([&] { return ledger.acknowledged.size() > before + 50; });
        REQUIRE(writing);
        round == 1 ? server.stop() : server.kill();
        co_await until_away(pool);
        server.start();
    }
    const auto before = ledger.acknowledged.size();
    const bool writing =
        co_await eventually_true([&] { return ledger.acknowledged.size() > before + 50; });
    REQUIRE(writing);
    ledger.stop = true;
    co_await tasks.join();
    CHECK(ledger.failures > 0);
    const auto rows = co_await pool.execute("SELECT i FROM k");
    REQUIRE(rows);
    for (const auto row : *rows) {
        ledger.acknowledged.erase(row.integer(0));
    }
    // Whatever was acknowledged is there.
    CHECK(ledger.acknowledged.empty());
}

using Scene = asio::awaitable<void> (*)(Pool&, PrivatePostgres&);

void play(Scene scene, pg::Settings settings, PrivatePostgres& server) {
    with_pool(std::move(settings), [&server, scene](Pool& pool) { return scene(pool, server); });
}

void play(Scene scene) {
    PrivatePostgres server;
    play(scene, settings_for(server.url()), server);
}

}  // namespace

TEST_CASE("A server killed in a query fails it, and the pool comes back by itself", "[pg]") {
    play(killed_in_query);
}
TEST_CASE("A server killed in a pipeline fails all of it", "[pg]") { play(killed_in_pipeline); }
TEST_CASE("A server stopped in a pipeline says that nothing was done", "[pg]") {
    play(stopped_in_pipeline);
}
TEST_CASE("A server killed in a transaction leaves nothing of it", "[pg]") {
    play(killed_in_transaction);
}
TEST_CASE("A server killed in COMMIT leaves the outcome unknown, and that is said", "[pg]") {
    play(killed_in_commit);
}
TEST_CASE("An idle pool notices that its server goes and comes", "[pg]") {
    play(stopped_while_idle);
}
TEST_CASE("What was acknowledged under load is there after kills and a stop", "[pg]") {
    play(killed_under_load);
}

TEST_CASE("A silent server is found out by deadlines", "[pg]") {
    PrivatePostgres server;
    auto settings = settings_for(server.url());
    settings.connect_timeout = milliseconds(300);
    play(silent_server, settings, server);
}
