#include <boost/asio/this_coro.hpp>

#include "pg/group_commit.hpp"
#include "pg_fixture.hpp"

using namespace trunkline;
using namespace trunkline::pg::test;
using pg::Params;
using pg::Pool;
using pg::Query;

namespace {

// What a caller may hand in: good ones, and three kinds that PostgreSQL or we refuse.
struct Item {
    int number = 0;
    std::string text;
};
using Group = pg::GroupCommit<Item, std::int64_t>;

constexpr const char* insert_sql =
    "INSERT INTO g (number, text) VALUES ($1, $2::text) RETURNING number";
constexpr const char* table_sql =
    "CREATE TABLE g (number bigint PRIMARY KEY, text text CHECK (text <> 'forbidden'))";

asio::awaitable<base::Result<std::vector<std::int64_t>>> write(
    Pool& pool, std::span<const Item> items
) {
    std::vector<Query> queries;
    for (const auto& item : items) {
        queries.push_back({.sql = insert_sql, .params = Params::of(item.number, item.text)});
    }
    const auto results = co_await pool.pipeline(std::move(queries));
    if (!results) {
        co_return std::unexpected(results.error());
    }
    std::vector<std::int64_t> numbers;
    for (const auto& rows : *results) {
        numbers.push_back(rows.front().integer(0));
    }
    co_return numbers;
}

enum class Kind { good, forbidden, nul, broken_utf8 };

Kind kind_of(int number) {
    if (number % 331 == 7) {
        return Kind::forbidden;
    }
    if (number % 457 == 11) {
        return Kind::nul;
    }
    return number % 701 == 13 ? Kind::broken_utf8 : Kind::good;
}

Item item_of(int number, Kind kind) {
    switch (kind) {
        case Kind::forbidden:
            return {number, "forbidden"};
        case Kind::nul:
            return {number, std::string("a\0b", 3)};
        case Kind::broken_utf8:
            return {number, "\xc3\x28"};
        case Kind::good:
            return {number, "text of " + std::to_string(number)};
    }
    return {};
}

struct Score {
    int next = 0;
    int good = 0;
    int refused = 0;
    int wrong = 0;
    bool poison = true;
};

asio::awaitable<void> submit_some(Group& group, Score& score, int total) {
    while (score.next < total) {
        const int number = score.next++;
        const auto kind = score.poison ? kind_of(number) : Kind::good;
        const auto outcome = co_await group.submit(item_of(number, kind));
        const bool is_good = kind == Kind::good;
        if (outcome.has_value() != is_good || (outcome && *outcome != number) ||
            (!outcome && outcome.error().code != base::Errc::invalid_input)) {
            ++score.wrong;
        }
        ++(is_good ? score.good : score.refused);
    }
}

asio::awaitable<void> submit_from_64(Pool& pool, Group& group, Score& score, int total) {
    const auto executor = co_await asio::this_coro::executor;
    net::TaskGroup callers(executor, "test");
    for (int caller = 0; caller < 64; ++caller) {
        callers.spawn("caller", submit_some(group, score, total));
    }
    co_await callers.join();
    (void)co_await group.drain(net::deadline_in(std::chrono::seconds(10)));
    const auto rows = co_await number_of(pool, "SELECT count(*) FROM g");
    CHECK(rows == score.good);
}

asio::awaitable<void> poisoned(Pool& pool, std::size_t writers) {
    co_await must(pool, table_sql);
    const auto executor = co_await asio::this_coro::executor;
    Group group(
        executor,
        {.max_queue = 1000, .max_batch = 64, .writers = writers},
        [&pool](std::span<const Item> items) { return write(pool, items); }
    );
    Score score;
    co_await submit_from_64(pool, group, score, 10000);
    CHECK(score.wrong == 0);
    CHECK(score.good + score.refused == 10000);
    CHECK(score.refused > 50);
    CHECK(group.stats().written == static_cast<std::uint64_t>(score.good));
    CHECK(group.stats().writes < 5000);
}

asio::awaitable<void> insert_singly(Pool& pool, Score& score, int total) {
    while (score.next < total) {
        const int number = score.next++;
        const auto params = Params::of(number, "text of " + std::to_string(number));
        co_await must(pool, insert_sql, params);
    }
}

double rate(int items, std::chrono::steady_clock::time_point start) {
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    return items / took.count();
}

asio::awaitable<void> measure(Pool& pool) {
    constexpr int total = 20000;
    co_await must(pool, table_sql);
    const auto executor = co_await asio::this_coro::executor;
    Score singly;
    auto start = std::chrono::steady_clock::now();
    net::TaskGroup callers(executor, "test");
    for (int caller = 0; caller < 64; ++caller) {
        callers.spawn("caller", insert_singly(pool, singly, total / 10));
    }
    co_await callers.join();
    const auto single_rate = rate(total / 10, start);
    co_await must(pool, "TRUNCATE g");
    Group group(
        executor,
        {.max_queue = 1000, .max_batch = 64, .writers = 2},
        [&pool](std::span<const Item> items) { return write(pool, items); }
    );
    Score score;
    score.poison = false;
    start = std::chrono::steady_clock::now();
    co_await submit_from_64(pool, group, score, total);
    const auto group_rate = rate(total, start);
    WARN(
        "64 callers, 4 connections, fsync on: one commit each "
        << static_cast<int>(single_rate) << "/s, group commit " << static_cast<int>(group_rate)
        << "/s in " << group.stats().writes << " writes"
    );
}

}  // namespace

TEST_CASE(
    "Ten thousand items of 64 callers, some poisoned: each caller hears its own outcome", "[pg]"
) {
    with_scratch([](Pool& pool) { return poisoned(pool, 1); });
}

TEST_CASE("The same with three writers at once", "[pg]") {
    with_scratch([](Pool& pool) { return poisoned(pool, 3); });
}

TEST_CASE("How much group commit brings", "[.benchmark]") {
    testing::PostgresOptions options;
    options.fsync = true;
    const testing::PrivatePostgres server(options);
    with_pool(settings_for(server.url()), measure);
}
