#include <limits>

#include "pg_fixture.hpp"

using namespace trunkline;
using namespace trunkline::pg::test;
using pg::Params;
using pg::Pool;
using pg::Query;

namespace {

asio::awaitable<pg::Session> session_of(Pool& pool) {
    auto session = co_await pool.acquire();
    REQUIRE(session);
    co_return std::move(*session);
}

pg::Array array_of(pg::Array::Type type, auto... fill) {
    pg::Array array(type);
    (fill(array), ...);
    return array;
}

asio::awaitable<void> array_round_trip(Pool& pool) {
    using Type = pg::Array::Type;
    using pg::Array;
    const base::WallTime early{std::chrono::microseconds(-1)};
    const base::WallTime late{std::chrono::microseconds(1759328625123456)};
    const auto null = [](Array& array) { array.add_null(); };
    const auto params = Params::of(
        array_of(
            Type::boolean, [](Array& a) { a.add_boolean(true); }, null
        ),
        array_of(Type::bytea, [](Array& a) { a.add_octets(std::string("\0\xff", 2)); }),
        array_of(
            Type::bigint,
            null,
            [](Array& a) { a.add_bigint(std::numeric_limits<std::int64_t>::min()); }
        ),
        array_of(Type::integer, [](Array& a) { a.add_integer(-7); }),
        array_of(
            Type::text, [](Array& a) { a.add_octets(""); }, [](Array& a) { a.add_octets("Ж\""); }
        ),
        array_of(
            Type::timestamptz,
            [&](Array& a) { a.add_time(early); },
            [&](Array& a) { a.add_time(late); }
        ),
        array_of(Type::uuid, [](Array& a) { a.add_uuid("00112233-4455-6677-8899-aabbccddeeff"); }),
        array_of(Type::jsonb, [](Array& a) { a.add_json(R"({"k": [1, null]})"); }),
        Array(Type::text)
    );
    const auto rows = co_await pool.execute(
        "SELECT $1::boolean[]::text, $2::bytea[]::text, $3::bigint[]::text, $4::integer[]::text, "
        "$5::text[], $6::timestamptz[]::text, $7::uuid[]::text, $8::jsonb[]::text, $9::text[]",
        params
    );
    REQUIRE(rows);
    const auto row = rows->front();
    CHECK(row.text(0) == "{t,NULL}");
    CHECK(row.text(1) == R"({"\\x00ff"})");
    CHECK(row.text(2) == "{NULL,-9223372036854775808}");
    CHECK(row.text(3) == "{-7}");
    CHECK(row.text_array(4) == std::vector<std::string>{"", "Ж\""});
    CHECK(row.text(5) == R"({"1969-12-31 23:59:59.999999+00","2025-10-01 14:23:45.123456+00"})");
    CHECK(row.text(6) == "{00112233-4455-6677-8899-aabbccddeeff}");
    CHECK(row.text(7) == R"({"{\"k\": [1, null]}"})");
    CHECK(row.text_array(8).empty());
}

asio::awaitable<void> refused_elements(Pool& pool) {
    using Type = pg::Array::Type;
    using pg::Array;
    const auto refuse = [&](std::string type, Array array) -> asio::awaitable<base::Errc> {
        const auto rows = co_await pool.execute("SELECT $1::" + type + "[]", Params::of(array));
        REQUIRE_FALSE(rows);
        co_return rows.error().code;
    };
    const auto text = co_await refuse("text", array_of(Type::text, [](Array& a) {
                                          a.add_octets(std::string("a\0b", 3));
                                      }));
    CHECK(text == base::Errc::invalid_input);
    const auto json =
        co_await refuse("jsonb", array_of(Type::jsonb, [](Array& a) { a.add_json("{"); }));
    CHECK(json == base::Errc::invalid_input);
    const auto uuid =
        co_await refuse("uuid", array_of(Type::uuid, [](Array& a) { a.add_uuid("none"); }));
    CHECK(uuid == base::Errc::invalid_input);
}

asio::awaitable<void> round_trip(Pool& pool) {
    const base::WallTime time{std::chrono::microseconds(1759328625123456)};
    const std::vector<std::string> texts = {"a", "", "NULL", "q\"b\\,{}", "Ж"};
    const auto params = Params::of(
        std::numeric_limits<std::int64_t>::min(),
        "Ünï'cødé\\",
        true,
        time,
        texts,
        0.1,
        nullptr,
        pg::Json{R"({"k": [1, null]})"},
        pg::Bytes{std::string("\0\x01\xff", 3)}
    );
    const auto rows = co_await pool.execute(
        "SELECT $1::bigint AS i, $2::text AS t, $3::bool AS b, $4::timestamptz AS at, $5::text[] "
        "AS a, $6::float8 AS f, "
        "$7::text AS n, $8::jsonb AS j, $9::bytea AS o",
        params
    );
    REQUIRE(rows);
    REQUIRE(rows->size() == 1);
    const auto row = rows->front();
    CHECK(row.integer("i") == std::numeric_limits<std::int64_t>::min());
    CHECK(row.text("t") == "Ünï'cødé\\");
    CHECK(row.boolean("b"));
    CHECK(row.time("at") == time);
    CHECK(row.text_array("a") == texts);
    CHECK(row.number("f") == 0.1);
    CHECK(row.is_null("n"));
    CHECK_FALSE(row.optional_text("n").has_value());
    CHECK(row.text("j") == R"({"k": [1, null]})");
    CHECK(row.bytes("o") == std::string("\0\x01\xff", 3));
    CHECK(row.integer(0) == row.integer("i"));
    CHECK(rows->columns().size() == 9);
    CHECK_THROWS_AS(row.text("missing"), std::out_of_range);
    CHECK_THROWS_AS(row.text(9), std::out_of_range);
    CHECK_THROWS_AS(row.text("n"), std::runtime_error);
    CHECK_THROWS_AS(row.integer("t"), std::runtime_error);
    CHECK_THROWS_AS((*rows)[1], std::out_of_range);
}

asio::awaitable<void> counts_and_rows(Pool& pool) {
    co_await must(pool, "CREATE TABLE n (i int)");
    const auto inserted = co_await pool.execute("INSERT INTO n SELECT generate_series(1, 5)");
    REQUIRE(inserted);
    CHECK(inserted->affected() == 5);
    CHECK(inserted->tag() == "INSERT 0 5");
    CHECK(inserted->empty());
    const auto rows = co_await pool.execute("SELECT i FROM n ORDER BY i");
    REQUIRE(rows);
    std::int64_t sum = 0;
    for (const auto row : *rows) {
        sum += row.integer("i");
    }
    CHECK(sum == 15);
    const auto none = co_await pool.execute("");
    REQUIRE(none);
    CHECK(none->empty());
    CHECK(pg::Rows().empty());
}

struct ErrorCase {
    const char* sql;
    base::Errc code;
    const char* native;
};

asio::awaitable<void> errors(Pool& pool) {
    co_await must(pool, "CREATE TABLE u (i int PRIMARY KEY, p int CHECK (p > 0))");
    co_await must(pool, "INSERT INTO u VALUES (1, 1)");
    const ErrorCase cases[] = {
        {"INSERT INTO u VALUES (1, 1)", base::Errc::conflict, "23505"},
        {"INSERT INTO u VALUES (2, -1)", base::Errc::invalid_input, "23514"},
        {"SELECT 1 / 0", base::Errc::invalid_input, "22012"},
        {"SELECT 'x'::int", base::Errc::invalid_input, "22P02"},
        {"SELEKT", base::Errc::internal, "42601"},
        {"SELECT * FROM nowhere", base::Errc::internal, "42P01"},
        {"SELECT 1; SELECT 2", base::Errc::internal, "42601"},
    };
    for (const auto& one : cases) {
        INFO(one.sql);
        const auto failed = co_await pool.execute(one.sql);
        REQUIRE_FALSE(failed);
        CHECK(failed.error().code == one.code);
        CHECK(failed.error().native == one.native);
    }
    // None of these cost a connection.
    CHECK(pool.stats().connects == 1);
}

asio::awaitable<void> nul_octet(Pool& pool) {
    auto session = co_await session_of(pool);
    const auto params = Params::of(std::string("a\0b", 3));
    const auto refused = co_await session.execute("SELECT $1::text", params);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == base::Errc::invalid_input);
    const auto utf8 = co_await session.execute("SELECT $1::text", Params::of("\xff"));
    REQUIRE_FALSE(utf8);
    CHECK(utf8.error().code == base::Errc::invalid_input);
    const auto fine = co_await session.execute("SELECT 1");
    CHECK(fine);
}

std::vector<Query> inserts(const std::vector<int>& numbers) {
    std::vector<Query> queries;
    for (const int number : numbers) {
        queries.push_back(
            {.sql = "INSERT INTO p VALUES ($1) RETURNING i", .params = Params::of(number)}
        );
    }
    return queries;
}

asio::awaitable<void> pipelines(Pool& pool) {
    co_await must(pool, "CREATE TABLE p (i int PRIMARY KEY)");
    auto queries = inserts({1, 2, 3});
    const auto results = co_await pool.pipeline(std::move(queries));
    REQUIRE(results);
    REQUIRE(results->size() == 3);
    CHECK((*results)[2].front().integer(0) == 3);

    queries = inserts({4, 1, 5});
    const auto failed = co_await pool.pipeline(std::move(queries));
    REQUIRE_FALSE(failed);
    CHECK(failed.error().code == base::Errc::conflict);
    CHECK_THAT(failed.error().detail, ContainsSubstring("query 2 of 3"));
    const auto count = co_await number_of(pool, "SELECT count(*) FROM p");
    CHECK(count == 3);
    CHECK(pool.stats().connects == 1);

    const auto nothing = co_await pool.pipeline({});
    REQUIRE(nothing);
    CHECK(nothing->empty());
}

asio::awaitable<void> deferred_constraint(Pool& pool) {
    co_await must(pool, "CREATE TABLE d (i int UNIQUE DEFERRABLE INITIALLY DEFERRED)");
    std::vector<Query> queries(2, Query{.sql = "INSERT INTO d VALUES (1)", .params = {}});
    const auto failed = co_await pool.pipeline(std::move(queries));
    REQUIRE_FALSE(failed);
    CHECK(failed.error().code == base::Errc::conflict);
    const auto count = co_await number_of(pool, "SELECT count(*) FROM d");
    CHECK(count == 0);
    CHECK(pool.stats().connects == 1);
}

asio::awaitable<void> large_pipeline(Pool& pool) {
    // Far more than socket buffers hold, in both directions at once: whoever only writes or only
    // reads hangs here.
    std::vector<Query> queries;
    const std::string big(100000, 'x');
    for (int count = 0; count < 300; ++count) {
        queries.push_back({.sql = "SELECT $1::text", .params = Params::of(big)});
    }
    const auto results =
        co_await pool.pipeline(std::move(queries), net::deadline_in(std::chrono::seconds(50)));
    REQUIRE(results);
    CHECK(results->back().front().text(0).size() == big.size());
}

asio::awaitable<void> statement_cache(Pool& pool) {
    auto session = co_await session_of(pool);
    for (int number = 0; number < 40; ++number) {
        const auto done = co_await session.execute("SELECT " + std::to_string(number % 13));
        REQUIRE(done);
        CHECK(done->front().integer(0) == number % 13);
    }
    const auto kept = co_await session.execute("SELECT count(*) FROM pg_prepared_statements");
    REQUIRE(kept);
    // Four, and what the last statement itself pushed out and is deallocated with the next.
    CHECK(kept->front().integer(0) <= 5);
}

asio::awaitable<void> changed_schema(Pool& pool) {
    co_await must(pool, "CREATE TABLE s (i int)");
    co_await must(pool, "INSERT INTO s VALUES (1)");
    auto session = co_await session_of(pool);
    const auto before = co_await session.execute("SELECT * FROM s");
    REQUIRE(before);
    co_await must(pool, "ALTER TABLE s ADD COLUMN j int DEFAULT 2");
    const auto after = co_await session.execute("SELECT * FROM s");
    REQUIRE(after);
    CHECK(after->front().integer("j") == 2);

    const auto dropped = co_await session.script("DEALLOCATE ALL");
    REQUIRE(dropped);
    const auto prepared_again = co_await session.execute("SELECT * FROM s");
    CHECK(prepared_again);
}

asio::awaitable<void> scripts(Pool& pool) {
    auto session = co_await session_of(pool);
    const auto last = co_await session.script(
        "CREATE TABLE a (i int); INSERT INTO a VALUES (1), (2); DO $$ BEGIN PERFORM 1; END $$; "
        "SELECT sum(i) AS s FROM a"
    );
    REQUIRE(last);
    CHECK(last->front().integer("s") == 3);
    const auto failed =
        co_await session.script("INSERT INTO a VALUES (3); SELECT 1 / 0; INSERT INTO a VALUES (4)");
    REQUIRE_FALSE(failed);
    CHECK(failed.error().native == "22012");
    const auto count = co_await session.execute("SELECT count(*) FROM a");
    REQUIRE(count);
    CHECK(count->front().integer(0) == 2);
}

asio::awaitable<void> copy(Pool& pool) {
    {
        auto session = co_await session_of(pool);
        const auto refused = co_await session.execute("COPY (SELECT 1) TO STDOUT");
        CHECK_FALSE(refused);
        const auto closed = co_await session.execute("SELECT 1");
        REQUIRE_FALSE(closed);
        CHECK(closed.error().code == base::Errc::unavailable);
    }
    const auto one = co_await number_of(pool, "SELECT 1");
    CHECK(one == 1);
}

asio::awaitable<void> session_settings(Pool& pool) {
    const auto rows = co_await pool.execute(
        "SELECT current_setting('TimeZone') AS zone, current_setting('statement_timeout') AS "
        "timeout, "
        "current_setting('client_encoding') AS encoding, current_setting('application_name') AS "
        "name, "
        "current_setting('idle_in_transaction_session_timeout') AS idle"
    );
    REQUIRE(rows);
    CHECK(rows->front().text("zone") == "UTC");
    CHECK(rows->front().text("timeout") == "12345ms");
    CHECK(rows->front().text("encoding") == "UTF8");
    CHECK(rows->front().text("name") == "pg test");
    CHECK(rows->front().text("idle") == "30s");
}

}  // namespace

TEST_CASE("Values of every kind go to the server and come back the same", "[pg]") {
    with_scratch(round_trip);
}

TEST_CASE("Arrays come back out of the binary format", "[pg]") { with_scratch(array_round_trip); }

TEST_CASE("An element that its type cannot hold is the caller's error", "[pg]") {
    with_scratch(refused_elements);
}

TEST_CASE("Rows are counted and iterated", "[pg]") { with_scratch(counts_and_rows); }
TEST_CASE("Errors carry what a caller may decide about", "[pg]") { with_scratch(errors); }
TEST_CASE("Text that PostgreSQL cannot keep is an invalid input, not cut off", "[pg]") {
    with_scratch(nul_octet);
}
TEST_CASE("A pipeline is one transaction with a result for each query", "[pg]") {
    with_scratch(pipelines);
}
TEST_CASE("A commit that fails at the end of a pipeline is an error", "[pg]") {
    with_scratch(deferred_constraint);
}
TEST_CASE("A pipeline larger than every buffer passes", "[pg]") { with_scratch(large_pipeline); }
TEST_CASE("A schema change does not break prepared statements", "[pg]") {
    with_scratch(changed_schema);
}
TEST_CASE("A script holds several statements and is one transaction", "[pg]") {
    with_scratch(scripts);
}
TEST_CASE("COPY is refused and its connection closed", "[pg]") { with_scratch(copy); }

TEST_CASE("Prepared statements do not pile up on the server", "[pg]") {
    const testing::ScratchDatabase database;
    auto settings = settings_for(database.url());
    settings.statement_cache = 4;
    with_pool(settings, statement_cache);
}

TEST_CASE("A session has the settings that our reading of results relies on", "[pg]") {
    const testing::ScratchDatabase database;
    auto settings = settings_for(database.url());
    settings.statement_timeout = std::chrono::milliseconds(12345);
    settings.application_name = "pg test";
    with_pool(settings, session_settings);
}
