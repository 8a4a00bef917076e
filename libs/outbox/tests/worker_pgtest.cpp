#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <functional>
#include <map>
#include <memory>

#include "net/sleep.hpp"
#include "outbox/worker.hpp"
#include "pg/migrate.hpp"
#include "schema/schema.hpp"
#include "store.hpp"
#include "testing/catch.hpp"
#include "testing/postgres.hpp"
#include "testing/run.hpp"

using namespace trunkline;
using namespace std::chrono_literals;

namespace {

outbox::Message message_of(std::string key, std::string target, int number) {
    outbox::Message message;
    message.enterprise_number = "0367";
    message.target = std::move(target);
    message.order_key = std::move(key);
    message.kind = "test";
    message.payload = "{\"n\":" + std::to_string(number) + "}";
    return message;
}

/// A pool on a migrated database, and a worker whose deliveries are recorded.
struct Bench {
    Bench(asio::any_io_executor executor, const std::string& url)
        : settings(settings_of(url)),
          pool(executor, settings),
          listener(executor, settings),
          executor_(executor) {}

    static pg::Settings settings_of(const std::string& url) {
        pg::Settings out;
        out.url = url;
        return out;
    }

    std::unique_ptr<outbox::Worker> worker(
        outbox::Worker::Deliver deliver, outbox::WorkerSettings how = {}
    ) {
        how.queue = "test";
        how.poll = 50ms;
        return std::make_unique<outbox::Worker>(
            executor_, pool, listener, registry, how, std::move(deliver)
        );
    }

    asio::awaitable<void> open() {
        co_await pool.open();
        const auto migrated = co_await pg::migrate(pool, schema::migrations());
        REQUIRE(migrated);
    }
    asio::awaitable<void> put(std::vector<outbox::Message> messages) {
        auto query = outbox::insert_query("test", messages);
        const auto done = co_await pool.execute(query.sql, query.params);
        REQUIRE(done);
    }
    asio::awaitable<std::int64_t> count(std::string table) {
        const auto rows = co_await pool.execute("SELECT count(*) FROM " + table);
        REQUIRE(rows);
        co_return rows->front().integer(0);
    }
    asio::awaitable<void> until(std::function<bool()> condition) {
        const auto limit = net::deadline_in(20s);
        while (!condition() && net::time_left(limit) > 0s) {
            co_await net::sleep_for(5ms);
        }
        REQUIRE(condition());
    }
    asio::awaitable<void> until_empty() {
        const auto limit = net::deadline_in(20s);
        for (;;) {
            const auto left = co_await count("outbox");
            if (left == 0) {
                co_return;
            }
            REQUIRE(net::time_left(limit) > 0s);
            co_await net::sleep_for(5ms);
        }
    }
    asio::awaitable<void> close() {
        co_await listener.stop();
        co_await pool.close();
    }

    pg::Settings settings;
    pg::Pool pool;
    pg::Listener listener;
    metrics::Registry registry;
    asio::any_io_executor executor_;
};

}  // namespace

TEST_CASE("messages of one key are delivered one after another and in order", "[outbox][pg]") {
    testing::ScratchDatabase database;
    testing::run([&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        Bench bench(executor, database.url());
        co_await bench.open();
        std::map<std::string, std::vector<std::string>> seen;
        std::map<std::string, int> under_way;
        bool overlapped = false;
        auto worker =
            bench.worker([&](const outbox::Item& item) -> asio::awaitable<outbox::Verdict> {
                const auto key = item.message.order_key;
                overlapped = overlapped || ++under_way[key] > 1;
                co_await net::sleep_for(2ms);
                --under_way[key];
                seen[key].push_back(item.message.payload);
                co_return outbox::Verdict::done();
            });
        bench.listener.start();
        worker->start();
        for (int n = 0; n < 10; ++n) {
            std::vector<outbox::Message> messages{
                message_of("a", "t", n), message_of("b", "t", n), message_of("c", "t", n)
            };
            co_await bench.put(std::move(messages));
        }
        co_await bench.until_empty();
        CHECK_FALSE(overlapped);
        for (const auto* key : {"a", "b", "c"}) {
            REQUIRE(seen[key].size() == 10);
            CHECK(std::ranges::is_sorted(seen[key]));
        }
        co_await worker->drain(net::deadline_in(5s));
        co_await bench.close();
    }());
}

TEST_CASE("a retried message holds back its successors but no other key", "[outbox][pg]") {
    testing::ScratchDatabase database;
    testing::run([&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        Bench bench(executor, database.url());
        co_await bench.open();
        std::vector<std::string> order;
        int failures = 0;
        auto worker =
            bench.worker([&](const outbox::Item& item) -> asio::awaitable<outbox::Verdict> {
                const auto name = item.message.order_key + item.message.payload;
                if (item.message.order_key == "sick" && failures < 3) {
                    ++failures;
                    co_return outbox::Verdict::retry("not yet", 100ms);
                }
                order.push_back(name);
                co_return outbox::Verdict::done();
            });
        bench.listener.start();
        worker->start();
        std::vector<outbox::Message> messages{
            message_of("sick", "t", 1),
            message_of("sick", "t", 2),
            message_of("well", "t", 1),
            message_of("well", "t", 2)
        };
        co_await bench.put(std::move(messages));
        co_await bench.until_empty();
        const std::vector<std::string> expected{
            R"(well{"n": 1})", R"(well{"n": 2})", R"(sick{"n": 1})", R"(sick{"n": 2})"
        };
        CHECK(order == expected);
        CHECK(failures == 3);
        co_await worker->drain(net::deadline_in(5s));
        co_await bench.close();
    }());
}

TEST_CASE("a message that has to wait has made no attempt", "[outbox][pg]") {
    testing::ScratchDatabase database;
    testing::run([&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        Bench bench(executor, database.url());
        co_await bench.open();
        std::vector<std::string> seen;
        int looks = 0;
        auto worker =
            bench.worker([&](const outbox::Item& item) -> asio::awaitable<outbox::Verdict> {
                const auto attempt = std::to_string(item.attempt);
                if (item.message.payload == R"({"n": 1})" && ++looks <= 3) {
                    co_return outbox::Verdict::wait("too early", 10ms);
                }
                seen.push_back(item.message.payload + attempt);
                co_return looks == 4 ? outbox::Verdict::retry("no", 10ms) : outbox::Verdict::done();
            });
        bench.listener.start();
        worker->start();
        std::vector<outbox::Message> messages{message_of("a", "t", 1), message_of("a", "t", 2)};
        co_await bench.put(std::move(messages));
        co_await bench.until_empty();
        CHECK(seen == std::vector<std::string>{R"({"n": 1}1)", R"({"n": 1}2)", R"({"n": 2}1)"});
        CHECK(
            bench.registry.render().find("outbox_retries_total{queue=\"test\"} 1") !=
            std::string::npos
        );
        co_await worker->drain(net::deadline_in(5s));
        co_await bench.close();
    }());
}

TEST_CASE(
    "a dead message goes to dead_letters with its reason and lets its successor pass",
    "[outbox][pg]"
) {
    testing::ScratchDatabase database;
    testing::run([&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        Bench bench(executor, database.url());
        co_await bench.open();
        std::vector<std::string> delivered;
        auto worker =
            bench.worker([&](const outbox::Item& item) -> asio::awaitable<outbox::Verdict> {
                if (item.message.payload == R"({"n": 1})") {
                    co_return outbox::Verdict::dead("the CRM says no");
                }
                delivered.push_back(item.message.payload);
                co_return outbox::Verdict::done();
            });
        bench.listener.start();
        worker->start();
        std::vector<outbox::Message> messages{message_of("a", "t", 1), message_of("a", "t", 2)};
        co_await bench.put(std::move(messages));
        co_await bench.until_empty();
        CHECK(delivered == std::vector<std::string>{R"({"n": 2})"});
        const auto dead = co_await bench.pool.execute(
            "SELECT reason, attempts, payload::text AS p FROM dead_letters"
        );
        REQUIRE(dead);
        REQUIRE(dead->size() == 1);
        CHECK(dead->front().text("reason") == "the CRM says no");
        CHECK(dead->front().integer("attempts") == 1);
        co_await worker->drain(net::deadline_in(5s));
        co_await bench.close();
    }());
}

TEST_CASE("two workers share a queue and deliver nothing twice", "[outbox][pg]") {
    testing::ScratchDatabase database;
    testing::run([&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        Bench one(executor, database.url());
        Bench two(executor, database.url());
        co_await one.open();
        co_await two.pool.open();
        std::map<std::string, int> seen;
        const auto deliver = [&](const outbox::Item& item) -> asio::awaitable<outbox::Verdict> {
            ++seen[item.message.order_key + item.message.payload];
            co_await net::sleep_for(1ms);
            co_return outbox::Verdict::done();
        };
        auto first = one.worker(deliver);
        auto second = two.worker(deliver);
        one.listener.start();
        two.listener.start();
        first->start();
        second->start();
        for (int key = 0; key < 20; ++key) {
            std::vector<outbox::Message> messages;
            for (int n = 0; n < 5; ++n) {
                messages.push_back(message_of("k" + std::to_string(key), "t", n));
            }
            co_await one.put(std::move(messages));
        }
        co_await one.until_empty();
        CHECK(seen.size() == 100);
        CHECK(std::ranges::all_of(seen, [](const auto& entry) { return entry.second == 1; }));
        co_await first->drain(net::deadline_in(5s));
        co_await second->drain(net::deadline_in(5s));
        co_await one.close();
        co_await two.close();
    }());
}

TEST_CASE("what a dead worker had claimed comes round again after the lease", "[outbox][pg]") {
    testing::ScratchDatabase database;
    testing::run([&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        Bench bench(executor, database.url());
        co_await bench.open();
        std::vector<outbox::Message> messages{message_of("a", "t", 1)};
        co_await bench.put(std::move(messages));
        // As if a worker had claimed it and died: a lease that ends soon, one attempt on record.
        const auto claimed = co_await bench.pool.execute(
            "UPDATE outbox SET attempts = 1, next_attempt_at = now() + interval '300 milliseconds'"
        );
        REQUIRE(claimed);
        unsigned attempt = 0;
        auto worker =
            bench.worker([&](const outbox::Item& item) -> asio::awaitable<outbox::Verdict> {
                attempt = item.attempt;
                co_return outbox::Verdict::done();
            });
        bench.listener.start();
        worker->start();
        co_await bench.until_empty();
        CHECK(attempt == 2);
        co_await worker->drain(net::deadline_in(5s));
        co_await bench.close();
    }());
}

TEST_CASE("a slow target of one enterprise takes only its share of the slots", "[outbox][pg]") {
    testing::ScratchDatabase database;
    testing::run([&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        Bench bench(executor, database.url());
        co_await bench.open();
        bool release = false;
        int healthy = 0;
        outbox::WorkerSettings how;
        how.concurrency = 40;
        how.per_lane = 4;
        auto worker = bench.worker(
            [&](const outbox::Item& item) -> asio::awaitable<outbox::Verdict> {
                while (item.message.target == "stuck" && !release) {
                    co_await net::sleep_for(5ms);
                }
                healthy += item.message.target == "healthy" ? 1 : 0;
                co_return outbox::Verdict::done();
            },
            how
        );
        bench.listener.start();
        worker->start();
        std::vector<outbox::Message> messages;
        for (int n = 0; n < 60; ++n) {
            messages.push_back(message_of("s" + std::to_string(n), "stuck", n));
        }
        for (int n = 0; n < 30; ++n) {
            messages.push_back(message_of("h" + std::to_string(n), "healthy", n));
        }
        co_await bench.put(std::move(messages));
        co_await bench.until([&] { return healthy == 30; });
        release = true;
        co_await bench.until_empty();
        co_await worker->drain(net::deadline_in(5s));
        co_await bench.close();
    }());
}

TEST_CASE("an empty queue is looked at again only after the whole pause", "[outbox][pg]") {
    testing::ScratchDatabase database;
    testing::run([&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        Bench bench(executor, database.url());
        co_await bench.open();
        outbox::Store store(bench.pool, "test");
        const auto empty = co_await store.until_due(800ms);
        REQUIRE(empty);
        CHECK(*empty == 800ms);
        auto later = message_of("a", "t", 1);
        later.delay = 400ms;
        std::vector<outbox::Message> messages;
        messages.push_back(std::move(later));
        co_await bench.put(std::move(messages));
        const auto soon = co_await store.until_due(800ms);
        REQUIRE(soon);
        CHECK(*soon <= 400ms);
        co_await bench.close();
    }());
}

TEST_CASE("a delivery that outlasts its lease is renewed and nobody else's", "[outbox][pg]") {
    testing::ScratchDatabase database;
    testing::run([&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        Bench bench(executor, database.url());
        co_await bench.open();
        int deliveries = 0;
        bool release = false;
        outbox::WorkerSettings how;
        how.lease = 300ms;
        const auto deliver = [&](const outbox::Item&) -> asio::awaitable<outbox::Verdict> {
            ++deliveries;
            while (!release) {
                co_await net::sleep_for(5ms);
            }
            co_return outbox::Verdict::done();
        };
        auto first = bench.worker(deliver, how);
        auto second = bench.worker(deliver, how);
        bench.listener.start();
        first->start();
        second->start();
        std::vector<outbox::Message> messages{message_of("a", "t", 1)};
        co_await bench.put(std::move(messages));
        co_await bench.until([&] { return deliveries > 0; });
        // Renewed again and again: its end moves on, whatever the clock says.
        std::string seen;
        for (int renewals = 0; renewals < 4;) {
            const auto rows = co_await bench.pool.execute(
                "SELECT next_attempt_at::text, next_attempt_at > now() AS held FROM outbox"
            );
            REQUIRE(rows);
            REQUIRE(rows->size() == 1);
            const std::string until(rows->front().text(0));
            renewals += until != seen ? 1 : 0;
            seen = until;
            co_await net::sleep_for(5ms);
        }
        CHECK(deliveries == 1);
        release = true;
        co_await bench.until_empty();
        co_await first->drain(net::deadline_in(5s));
        co_await second->drain(net::deadline_in(5s));
        co_await bench.close();
    }());
}

TEST_CASE(
    "what must come by then comes by then, and what is dropped opens no circuit", "[outbox][pg]"
) {
    testing::ScratchDatabase database;
    testing::run([&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        Bench bench(executor, database.url());
        co_await bench.open();
        outbox::WorkerSettings how;
        how.schedule.first = std::chrono::hours(1);
        std::vector<unsigned> attempts;
        auto worker = bench.worker(
            [&](const outbox::Item& item) -> asio::awaitable<outbox::Verdict> {
                attempts.push_back(item.attempt);
                if (item.attempt > 1) {
                    co_return outbox::Verdict::dropped("too late");
                }
                auto verdict = outbox::Verdict::retry("not now", std::chrono::minutes(10));
                verdict.at_most = 50ms;
                co_return verdict;
            },
            how
        );
        bench.listener.start();
        worker->start();
        std::vector<outbox::Message> messages{message_of("a", "t", 1)};
        co_await bench.put(std::move(messages));
        co_await bench.until_empty();
        CHECK(attempts == std::vector<unsigned>{1, 2});
        const auto dead = co_await bench.count("dead_letters");
        CHECK(dead == 0);
        co_await worker->drain(net::deadline_in(5s));
        co_await bench.close();
    }());
}
