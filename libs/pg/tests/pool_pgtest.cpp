#include <boost/asio/this_coro.hpp>
#include <stdexcept>

#include "pg_fixture.hpp"
#include "testing/process.hpp"

using namespace trunkline;
using namespace trunkline::pg::test;
using pg::Params;
using pg::Pool;
using pg::Session;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

asio::awaitable<int> pid_of_next(Pool& pool) {
    const auto session = co_await pool.acquire();
    REQUIRE(session);
    co_return session->backend_pid();
}

asio::awaitable<void> reuse(Pool& pool) {
    const auto first = co_await pid_of_next(pool);
    const auto second = co_await pid_of_next(pool);
    CHECK(first == second);
    {
        auto dirty = co_await pool.acquire();
        REQUIRE(dirty);
        const auto begun = co_await dirty->begin();
        REQUIRE(begun);
        CHECK(dirty->in_transaction());
    }
    const auto third = co_await pid_of_next(pool);
    CHECK(third != first);
    {
        auto set = co_await pool.acquire();
        REQUIRE(set);
        set->discard();
    }
    const auto fourth = co_await pid_of_next(pool);
    CHECK(fourth != third);
}

asio::awaitable<void> statement_timeout(Pool& pool) {
    const auto before = co_await pid_of_next(pool);
    const auto late =
        co_await pool.execute("SELECT pg_sleep(60)", {}, net::deadline_in(seconds(50)));
    REQUIRE_FALSE(late);
    CHECK(late.error().code == base::Errc::timeout);
    CHECK(late.error().native == "57014");
    const auto after = co_await pid_of_next(pool);
    CHECK(after != before);
}

asio::awaitable<bool> nobody_sleeps(Pool& pool) {
    const auto count = co_await number_of(
        pool,
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> "
        "pg_backend_pid() AND "
        "query LIKE '%pg_sleep%'"
    );
    co_return count == 0;
}

asio::awaitable<void> own_deadline(Pool& pool) {
    auto session = co_await pool.acquire();
    REQUIRE(session);
    const auto late =
        co_await session->execute("SELECT pg_sleep(60)", {}, net::deadline_in(milliseconds(300)));
    REQUIRE_FALSE(late);
    CHECK(late.error().code == base::Errc::timeout);
    CHECK(late.error().native == pg::commit_unknown);
    const auto look = [&pool]() { return nobody_sleeps(pool); };
    const bool ended = co_await eventually(look);
    CHECK(ended);
}

asio::awaitable<void> cancelled_query(Pool& pool) {
    const auto executor = co_await asio::this_coro::executor;
    Outcome outcome;
    net::TaskGroup tasks(executor, "test");
    tasks.spawn("sleeper", execute_into(outcome, pool, "SELECT pg_sleep(60)"));
    const bool active = co_await eventually_active(pool, "pg_sleep(60)");
    CHECK(active);
    tasks.cancel();
    co_await tasks.join();
    CHECK_FALSE(outcome.has_value());
    CHECK(pool.stats().open == 1);
    const auto look = [&pool]() { return nobody_sleeps(pool); };
    const bool ended = co_await eventually(look);
    CHECK(ended);
}

struct Load {
    int done = 0;
    std::size_t most_open = 0;
};

asio::awaitable<void> work(Pool& pool, Load& load) {
    for (int count = 0; count < 20; ++count) {
        const auto rows = co_await pool.execute("SELECT pg_sleep(0.001)");
        REQUIRE(rows);
        load.most_open = std::max(load.most_open, pool.stats().open);
        ++load.done;
    }
}

asio::awaitable<void> many_callers(Pool& pool) {
    const auto executor = co_await asio::this_coro::executor;
    Load load;
    net::TaskGroup tasks(executor, "test");
    for (int count = 0; count < 50; ++count) {
        tasks.spawn("caller", work(pool, load));
    }
    co_await tasks.join();
    CHECK(load.done == 1000);
    CHECK(load.most_open == 4);
    CHECK(pool.stats().connects == 4);
}

asio::awaitable<void> acquire_into(std::optional<base::Result<Session>>& outcome, Pool& pool) {
    outcome = co_await pool.acquire(net::deadline_in(seconds(30)));
}

asio::awaitable<void> exhausted(Pool& pool) {
    const auto executor = co_await asio::this_coro::executor;
    auto held = co_await pool.acquire();
    REQUIRE(held);
    const auto late = co_await pool.acquire(net::deadline_in(milliseconds(50)));
    REQUIRE_FALSE(late);
    CHECK(late.error().code == base::Errc::unavailable);
    CHECK(late.error().native == "pool_exhausted");

    std::optional<base::Result<Session>> waiting;
    std::optional<base::Result<Session>> also_waiting;
    net::TaskGroup first(executor, "test");
    net::TaskGroup second(executor, "test");
    first.spawn("waiter", acquire_into(waiting, pool));
    second.spawn("waiter", acquire_into(also_waiting, pool));
    const bool both = co_await eventually_true([&pool] { return pool.stats().waiting == 2; });
    CHECK(both);
    const auto refused = co_await pool.acquire();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().native == "pool_exhausted");

    // One that went away does not swallow the connection.
    first.cancel();
    co_await first.join();
    CHECK(pool.stats().waiting == 1);
    {
        const auto given_back = std::move(*held);
    }
    co_await second.join();
    REQUIRE(also_waiting.has_value());
    CHECK(also_waiting->has_value());
}

asio::awaitable<void> closing(Pool& pool) {
    const auto executor = co_await asio::this_coro::executor;
    auto held = co_await pool.acquire();
    REQUIRE(held);
    std::optional<base::Result<Session>> waiting;
    net::TaskGroup tasks(executor, "test");
    tasks.spawn("waiter", acquire_into(waiting, pool));
    const bool waits = co_await eventually_true([&pool] { return pool.stats().waiting == 1; });
    CHECK(waits);
    co_await pool.close();
    co_await tasks.join();
    REQUIRE(waiting.has_value());
    REQUIRE_FALSE(waiting->has_value());
    CHECK(waiting->error().code == base::Errc::canceled);
    // A session that is still out works to its end.
    const auto rows = co_await held->execute("SELECT 1");
    CHECK(rows);
    const auto refused = co_await pool.acquire();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == base::Errc::canceled);
    CHECK_FALSE(pool.is_ready());
}

asio::awaitable<void> no_server(Pool& pool) {
    const auto first = co_await pool.acquire(net::deadline_in(seconds(30)));
    REQUIRE_FALSE(first);
    CHECK(first.error().code == base::Errc::unavailable);
    CHECK_THAT(first.error().detail, ContainsSubstring("PostgreSQL is away"));
    CHECK_FALSE(pool.is_ready());
    CHECK_FALSE(pool.last_error().empty());
    CHECK_THAT(pool.last_error(), !ContainsSubstring("s3cret"));
    // From now on nobody waits, not even until the next try.
    const auto failures = pool.stats().connect_failures;
    const auto second = co_await pool.acquire(net::deadline_in(seconds(30)));
    REQUIRE_FALSE(second);
    CHECK(pool.stats().connect_failures == failures);
}

asio::awaitable<void> terminated_idle(Pool& pool) {
    const auto victim = co_await pid_of_next(pool);
    {
        // Another connection, so that the victim is idle when it dies.
        auto one = co_await pool.acquire();
        auto other = co_await pool.acquire();
        REQUIRE(one);
        REQUIRE(other);
        auto& killer = one->backend_pid() == victim ? *other : *one;
        auto idle = one->backend_pid() == victim ? std::move(*one) : std::move(*other);
        {
            const auto given_back = std::move(idle);
        }
        const auto params = Params::of(victim);
        const auto killed =
            co_await killer.execute("SELECT pg_terminate_backend($1, 10000)", params);
        REQUIRE(killed);
        CHECK(killed->front().boolean(0));
    }
    for (int count = 0; count < 4; ++count) {
        const auto one = co_await number_of(pool, "SELECT 1");
        CHECK(one == 1);
    }
}

asio::awaitable<void> terminated_busy(Pool& pool) {
    const auto executor = co_await asio::this_coro::executor;
    Outcome outcome;
    net::TaskGroup tasks(executor, "test");
    tasks.spawn("sleeper", execute_into(outcome, pool, "SELECT pg_sleep(61)"));
    const bool active = co_await eventually_active(pool, "pg_sleep(61)");
    REQUIRE(active);
    co_await must(
        pool,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(61)%' "
        "AND pid <> pg_backend_pid()"
    );
    co_await tasks.join();
    REQUIRE(outcome.has_value());
    REQUIRE_FALSE(outcome->has_value());
    CHECK(outcome->error().code == base::Errc::unavailable);
    // The server said so itself, hence nothing was committed.
    CHECK(outcome->error().native == "57P01");
    CHECK(pool.is_ready());
}

}  // namespace

TEST_CASE("A clean connection is used again and a dirty one is closed", "[pg]") {
    const testing::ScratchDatabase database;
    auto settings = settings_for(database.url());
    settings.pool_size = 1;
    with_pool(settings, reuse);
}

TEST_CASE("A statement that the server cancelled costs its connection", "[pg]") {
    const testing::ScratchDatabase database;
    auto settings = settings_for(database.url());
    settings.pool_size = 1;
    settings.statement_timeout = milliseconds(100);
    with_pool(settings, statement_timeout);
}

TEST_CASE("At the caller's deadline the statement ends here and soon on the server", "[pg]") {
    const testing::ScratchDatabase database;
    auto settings = settings_for(database.url());
    with_pool(settings, own_deadline);
}

TEST_CASE("Cancelling a waiting coroutine closes its connection and no other", "[pg]") {
    const testing::ScratchDatabase database;
    auto settings = settings_for(database.url());
    settings.pool_size = 2;
    with_pool(settings, cancelled_query);
}

TEST_CASE("Many callers share few connections", "[pg]") { with_scratch(many_callers); }

TEST_CASE("Waiting for a connection is bounded in time and number", "[pg]") {
    const testing::ScratchDatabase database;
    auto settings = settings_for(database.url());
    settings.pool_size = 1;
    settings.max_waiters = 2;
    with_pool(settings, exhausted);
}

TEST_CASE("Closing refuses those who wait and lets borrowed sessions finish", "[pg]") {
    const testing::ScratchDatabase database;
    auto settings = settings_for(database.url());
    settings.pool_size = 1;
    with_pool(settings, closing);
}

TEST_CASE("Without a server callers are refused at once and told why", "[pg]") {
    const auto port = std::to_string(testing::free_port());
    auto settings = settings_for("postgresql://me:s3cret@127.0.0.1:" + port + "/x");
    settings.reconnect_maximum = seconds(5);
    with_pool(settings, no_server);
}

TEST_CASE("A database that does not exist is reported like a server that is away", "[pg]") {
    auto settings = settings_for(testing::shared_postgres_url());
    settings.url +=
        settings.url.contains('?') ? "&dbname=no_such_database" : "?dbname=no_such_database";
    settings.reconnect_maximum = seconds(5);
    with_pool(settings, no_server);
}

TEST_CASE("A host that does not resolve is reported", "[pg]") {
    with_pool(settings_for("postgresql://no-such-host.invalid/x"), no_server);
}

TEST_CASE("An idle connection that was terminated is never handed out", "[pg]") {
    const testing::ScratchDatabase database;
    auto settings = settings_for(database.url());
    settings.pool_size = 2;
    // Only the look at the moment of borrowing protects here.
    settings.idle_check = seconds(600);
    with_pool(settings, terminated_idle);
}

TEST_CASE("A busy connection that is terminated fails its statement only", "[pg]") {
    const testing::ScratchDatabase database;
    auto settings = settings_for(database.url());
    with_pool(settings, terminated_busy);
}

TEST_CASE("A wrong url fails the start and a pool that was never opened refuses", "[pg]") {
    const auto body = []() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        Pool pool(executor, settings_for("redis://x"));
        bool thrown = false;
        try {
            co_await pool.open();
        } catch (const std::invalid_argument&) {
            thrown = true;
        }
        CHECK(thrown);
        const auto refused = co_await pool.acquire();
        CHECK_FALSE(refused);
        co_await pool.close();
    };
    testing::run(body());
}
