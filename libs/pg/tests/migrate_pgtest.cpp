#include <sys/wait.h>
#include <unistd.h>

#include "pg/migrate.hpp"
#include "pg_fixture.hpp"

using namespace trunkline;
using namespace trunkline::pg::test;
using pg::Migration;
using pg::Params;
using pg::Pool;

namespace {

std::vector<Migration> good() {
    return {
        {1, "0001_table", "CREATE TABLE m (i int PRIMARY KEY); INSERT INTO m VALUES (1);"},
        {2,
         "0002_function",
         "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN; RETURN 1; END; $$;"},
        {3,
         "0003_more",
         "-- a comment\nINSERT INTO m VALUES (2); ALTER TABLE m ADD COLUMN j text DEFAULT ';';"},
    };
}

asio::awaitable<void> once_and_twice(Pool& pool) {
    auto migrations = good();
    migrations[1].sql =
        "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN 1; END; $$;";
    const auto first = co_await pg::migrate(pool, migrations);
    REQUIRE(first);
    CHECK(*first == 3);
    const auto second = co_await pg::migrate(pool, migrations);
    REQUIRE(second);
    CHECK(*second == 0);
    const auto remembered = co_await number_of(
        pool,
        "SELECT count(*) FROM schema_migrations WHERE length(checksum) = 64 AND applied_at <= now()"
    );
    CHECK(remembered == 3);

    // An older release does not mind what a newer one has done.
    const auto older = co_await pg::migrate(pool, std::span(migrations).first(2));
    REQUIRE(older);
    CHECK(*older == 0);

    migrations[1].sql += " ";
    const auto changed = co_await pg::migrate(pool, migrations);
    REQUIRE_FALSE(changed);
    CHECK(changed.error().code == base::Errc::invalid_input);
    CHECK_THAT(changed.error().detail, ContainsSubstring("migration 2 (0002_function)"));
}

asio::awaitable<void> broken(Pool& pool) {
    // The second one's function body is wrong.
    const auto migrations = good();
    const auto failed = co_await pg::migrate(pool, migrations);
    REQUIRE_FALSE(failed);
    CHECK_THAT(failed.error().detail, ContainsSubstring("migration 2 (0002_function): "));
    CHECK(failed.error().native == "42601");
    const auto remembered = co_await number_of(pool, "SELECT count(*) FROM schema_migrations");
    CHECK(remembered == 1);
    const auto rows = co_await number_of(pool, "SELECT count(*) FROM m");
    CHECK(rows == 1);
}

asio::awaitable<void> half_way(Pool& pool) {
    const std::vector<Migration> migrations = {{1, "one", "CREATE TABLE h (i int); SELECT 1 / 0;"}};
    const auto failed = co_await pg::migrate(pool, migrations);
    REQUIRE_FALSE(failed);
    const auto tables =
        co_await number_of(pool, "SELECT count(*) FROM pg_class WHERE relname = 'h'");
    CHECK(tables == 0);
}

asio::awaitable<void> own_commit(Pool& pool) {
    const std::vector<Migration> migrations = {{1, "one", "CREATE TABLE h (i int); COMMIT;"}};
    const auto refused = co_await pg::migrate(pool, migrations);
    REQUIRE_FALSE(refused);
    CHECK_THAT(
        refused.error().detail, ContainsSubstring("migration 1 (one): it ends the transaction")
    );
}

asio::awaitable<void> locked_out(Pool& pool) {
    auto holder = co_await pool.acquire();
    REQUIRE(holder);
    holder->discard();
    const auto params = Params::of(std::int64_t{0x7472756e6b6c696e});
    const auto locked = co_await holder->execute("SELECT pg_advisory_lock($1)", params);
    REQUIRE(locked);
    const auto migrations = good();
    pg::MigrationLimits limits;
    limits.lock_wait = std::chrono::milliseconds(1);
    const auto late = co_await pg::migrate(pool, migrations, limits);
    REQUIRE_FALSE(late);
    CHECK(late.error().code == base::Errc::timeout);
}

std::vector<Migration> many() {
    std::vector<Migration> migrations;
    for (int number = 1; number <= 30; ++number) {
        const auto name = std::to_string(number);
        migrations.push_back(
            {number,
             "m" + name,
             "CREATE TABLE t" + name + " (i int); INSERT INTO log VALUES (" + name + ");"}
        );
    }
    migrations.front().sql = "CREATE TABLE log (i int); " + migrations.front().sql;
    return migrations;
}

// In a process of its own; the exit code is the number of migrations it applied, or 255.
pid_t migrate_in_child(const std::string& url) {
    const pid_t child = ::fork();
    if (child != 0) {
        return child;
    }
    int code = 255;
    try {
        with_pool(settings_for(url), [&code](Pool& pool) -> asio::awaitable<void> {
            const auto migrations = many();
            const auto count = co_await pg::migrate(pool, migrations);
            if (count) {
                code = *count;
            }
        });
    } catch (const std::exception&) {
        code = 255;
    }
    ::_exit(code);
}

int exit_code_of(pid_t child) {
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

}  // namespace

TEST_CASE("Migrations are applied once, in order, and may not change afterwards", "[pg]") {
    with_scratch(once_and_twice);
}
TEST_CASE("A migration that fails is named and those before it stay", "[pg]") {
    with_scratch(broken);
}
TEST_CASE("A migration that fails half-way leaves nothing", "[pg]") { with_scratch(half_way); }
TEST_CASE("A migration may not end its own transaction", "[pg]") { with_scratch(own_commit); }
TEST_CASE("Waiting for another process's migrations is bounded", "[pg]") {
    with_scratch(locked_out);
}

TEST_CASE("Processes that migrate at once take turns and each migration runs once", "[pg]") {
    const testing::ScratchDatabase database;
    std::vector<pid_t> children;
    for (int count = 0; count < 4; ++count) {
        children.push_back(migrate_in_child(database.url()));
    }
    int applied = 0;
    for (const auto child : children) {
        const int code = exit_code_of(child);
        CHECK(code <= 30);
        applied += code;
    }
    CHECK(applied == 30);
    CHECK(
        testing::run_sql(database.url(), "SELECT count(*), count(DISTINCT i) FROM log") == "30|30"
    );
    CHECK(testing::run_sql(database.url(), "SELECT count(*) FROM schema_migrations") == "30");
}
