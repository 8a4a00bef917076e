#include <boost/asio/this_coro.hpp>
#include <functional>

#include "base/ids.hpp"
#include "crypto/digest.hpp"
#include "crypto/encoding.hpp"
#include "event_store.hpp"
#include "net/task_group.hpp"
#include "pg/migrate.hpp"
#include "schema/schema.hpp"
#include "testing/catch.hpp"
#include "testing/postgres.hpp"
#include "testing/run.hpp"

using namespace trunkline;
using namespace std::chrono_literals;

namespace {

ingest::NewEvent event_of(const std::string& body, base::WallTime received) {
    auto event = std::make_shared<ingest::PendingEvent>();
    event->enterprise_number = "0367";
    event->event_id = base::make_uuid();
    event->received_at = received;
    event->event_type = "dial";
    event->raw_data = body;
    return {
        .event = std::move(event),
        .unique_id = "1.1",
        .raw_bytes = "",
        .digest = crypto::sha256(body)
    };
}

asio::awaitable<void> with_store(
    std::string url, std::function<asio::awaitable<void>(pg::Pool&, ingest::EventStore&)> body
) {
    const auto executor = co_await asio::this_coro::executor;
    pg::Settings settings;
    settings.url = std::move(url);
    pg::Pool pool(executor, settings);
    co_await pool.open();
    const auto migrated = co_await pg::migrate(pool, schema::migrations());
    REQUIRE(migrated);
    ingest::RecentDigests recent;
    ingest::EventStore store(executor, pool, recent, [](const std::vector<ingest::EventPointer>&) {
    });
    co_await body(pool, store);
    co_await store.drain(net::deadline_in(5s));
    co_await pool.close();
}

asio::awaitable<std::int64_t> count(pg::Pool& pool, std::string table) {
    const auto rows = co_await pool.execute("SELECT count(*) FROM " + table);
    REQUIRE(rows);
    co_return rows->front().integer(0);
}

}  // namespace

TEST_CASE("an event, its key and its place in the queue are one commit", "[ingest][pg]") {
    testing::ScratchDatabase database;
    testing::run(with_store(
        database.url(),
        [](pg::Pool& pool, ingest::EventStore& store) -> asio::awaitable<void> {
            auto event = event_of(R"({"a":1})", base::system_clock().now());
            const auto id = event.event->event_id;
            const auto stored = co_await store.add(std::move(event));
            REQUIRE(stored);
            CHECK(stored->event_id == id);
            CHECK_FALSE(stored->duplicate);
            for (const auto* table : {"call_events", "waiting_events"}) {
                const auto rows = co_await count(pool, table);
                CHECK(rows == 1);
            }
        }
    ));
}

TEST_CASE("the same event is a repeat within five seconds and an event after", "[ingest][pg]") {
    testing::ScratchDatabase database;
    testing::run(with_store(
        database.url(),
        [](pg::Pool& pool, ingest::EventStore& store) -> asio::awaitable<void> {
            const auto now = base::system_clock().now();
            auto first = event_of("{}", now);
            const auto first_id = first.event->event_id;
            const auto stored = co_await store.add(std::move(first));
            REQUIRE(stored);
            auto second = event_of("{}", now + 4s);
            const auto repeat = co_await store.add(std::move(second));
            REQUIRE(repeat);
            CHECK(repeat->duplicate);
            CHECK(repeat->event_id == first_id);
            auto third = event_of("{}", now + 6s);
            const auto later = co_await store.add(std::move(third));
            REQUIRE(later);
            CHECK_FALSE(later->duplicate);
            auto late = event_of("{}", now + 60s);
            late.event->recovered = true;
            late.event->caught_up = true;
            const auto recovered = co_await store.add(std::move(late));
            REQUIRE(recovered);
            CHECK(recovered->duplicate);
            const auto rows = co_await count(pool, "call_events");
            CHECK(rows == 2);
        }
    ));
}

TEST_CASE("raw bytes of a body that was no UTF-8 are kept", "[ingest][pg]") {
    testing::ScratchDatabase database;
    testing::run(with_store(
        database.url(),
        [](pg::Pool& pool, ingest::EventStore& store) -> asio::awaitable<void> {
            auto event = event_of("{}", base::system_clock().now());
            event.raw_bytes = "\xC2\xE5";
            const auto stored = co_await store.add(std::move(event));
            REQUIRE(stored);
            const auto rows =
                co_await pool.execute("SELECT encode(raw_bytes, 'hex') FROM call_events");
            REQUIRE(rows);
            CHECK(rows->front().text(0) == "c2e5");
        }
    ));
}

TEST_CASE("a poisoned event spoils nobody else's", "[ingest][pg]") {
    testing::ScratchDatabase database;
    testing::run(with_store(
        database.url(),
        [](pg::Pool& pool, ingest::EventStore& store) -> asio::awaitable<void> {
            auto poisoned = event_of("not json", base::system_clock().now());
            const auto refused = co_await store.add(std::move(poisoned));
            REQUIRE_FALSE(refused);
            CHECK(refused.error().code == base::Errc::invalid_input);
            auto good = event_of("{}", base::system_clock().now());
            const auto stored = co_await store.add(std::move(good));
            REQUIRE(stored);
            const auto rows = co_await count(pool, "call_events");
            CHECK(rows == 1);
        }
    ));
}

TEST_CASE("what is stored is told at once, repeats left out", "[ingest][pg]") {
    testing::ScratchDatabase database;
    testing::run([&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        pg::Settings settings;
        settings.url = database.url();
        pg::Pool pool(executor, settings);
        co_await pool.open();
        const auto migrated = co_await pg::migrate(pool, schema::migrations());
        REQUIRE(migrated);
        std::vector<std::string> told;
        ingest::RecentDigests recent;
        ingest::EventStore
            store(executor, pool, recent, [&told](const std::vector<ingest::EventPointer>& events) {
                for (const auto& event : events) {
                    told.push_back(event->raw_data);
                }
            });
        for (const auto* body : {R"({"a":1})", R"({"a":1})", R"({"a":2})"}) {
            const auto stored = co_await store.add(event_of(body, base::system_clock().now()));
            REQUIRE(stored);
        }
        CHECK(told == std::vector<std::string>{R"({"a":1})", R"({"a":2})"});
        co_await store.drain(net::deadline_in(5s));
        co_await pool.close();
    }());
}

TEST_CASE("what only waited in the journal is a repeat within five seconds alone", "[ingest][pg]") {
    testing::ScratchDatabase database;
    testing::run(with_store(
        database.url(),
        [](pg::Pool&, ingest::EventStore& store) -> asio::awaitable<void> {
            const auto now = base::system_clock().now();
            const auto replayed = [&](std::chrono::seconds after) {
                auto event = event_of("{}", now + after);
                event.event->recovered = true;
                return event;
            };
            const auto first = co_await store.add(event_of("{}", now));
            REQUIRE(first);
            const auto soon = co_await store.add(replayed(4s));
            REQUIRE(soon);
            CHECK(soon->duplicate);
            auto later = replayed(60s);
            const auto stored = co_await store.add(later);
            REQUIRE(stored);
            CHECK_FALSE(stored->duplicate);
            const auto again = co_await store.add(later);
            REQUIRE(again);
            CHECK(again->duplicate);
            CHECK(again->event_id == stored->event_id);
        }
    ));
}

TEST_CASE("the same body a minute later is an event of its own in one commit too", "[ingest][pg]") {
    testing::ScratchDatabase database;
    testing::run(with_store(
        database.url(),
        [](pg::Pool& pool, ingest::EventStore& store) -> asio::awaitable<void> {
            const auto now = base::system_clock().now();
            net::TaskGroup tasks(co_await asio::this_coro::executor, "test");
            std::vector<bool> duplicates(4);
            const auto add = [&](std::size_t index,
                                 std::chrono::seconds after) -> asio::awaitable<void> {
                const auto stored = co_await store.add(event_of("{}", now + after));
                REQUIRE(stored);
                duplicates[index] = stored->duplicate;
            };
            // The first is being written while the others gather for one commit.
            tasks.spawn("first", add(0, 0s));
            tasks.spawn("minute", add(1, 60s));
            tasks.spawn("repeat", add(2, 62s));
            tasks.spawn("hour", add(3, 3600s));
            co_await tasks.join();
            CHECK(duplicates == std::vector<bool>{false, false, true, false});
            const auto rows = co_await count(pool, "call_events");
            CHECK(rows == 3);
        }
    ));
}

TEST_CASE("a repeat that only the database knows of costs its batch nothing", "[ingest][pg]") {
    testing::ScratchDatabase database;
    testing::run(with_store(
        database.url(),
        [](pg::Pool& pool, ingest::EventStore& before) -> asio::awaitable<void> {
            const auto now = base::system_clock().now();
            const auto first = co_await before.add(event_of(R"({"a":1})", now));
            REQUIRE(first);
            // Another replica, or the same one after a restart.
            const auto executor = co_await asio::this_coro::executor;
            ingest::RecentDigests nothing;
            ingest::EventStore store(
                executor, pool, nothing, [](const std::vector<ingest::EventPointer>&) {}
            );
            net::TaskGroup tasks(executor, "test");
            std::vector<ingest::Stored> outcomes(4);
            const auto add = [&](std::size_t index, std::string body) -> asio::awaitable<void> {
                const auto stored = co_await store.add(event_of(body, now));
                REQUIRE(stored);
                outcomes[index] = *stored;
            };
            tasks.spawn("first", add(0, R"({"a":0})"));
            tasks.spawn("new", add(1, R"({"a":2})"));
            tasks.spawn("repeat", add(2, R"({"a":1})"));
            tasks.spawn("also new", add(3, R"({"a":3})"));
            co_await tasks.join();
            CHECK_FALSE(outcomes[1].duplicate);
            CHECK(outcomes[2].duplicate);
            CHECK(outcomes[2].event_id == first->event_id);
            CHECK_FALSE(outcomes[3].duplicate);
            for (const auto* table : {"call_events", "waiting_events"}) {
                const auto rows = co_await count(pool, table);
                CHECK(rows == 4);
            }
            co_await store.drain(net::deadline_in(5s));
        }
    ));
}

TEST_CASE("an event whose answer was lost comes again before new ones", "[ingest][pg]") {
    testing::ScratchDatabase database;
    testing::run(with_store(
        database.url(),
        [](pg::Pool& pool, ingest::EventStore& first) -> asio::awaitable<void> {
            const auto executor = co_await asio::this_coro::executor;
            const auto now = base::system_clock().now();
            auto lost = event_of(R"({"a":1})", now);
            const auto stored = co_await first.add(lost);
            REQUIRE(stored);
            // After a restart, from the journal, under the name that its waiting batch has.
            ingest::RecentDigests nothing;
            std::vector<ingest::EventPointer> fresh;
            std::vector<base::Error> failures;
            ingest::EventStore
                store(executor, pool, nothing, [&](std::vector<ingest::EventPointer> events) {
                    fresh.insert(fresh.end(), events.begin(), events.end());
                });
            store.on_failure([&](const base::Error& error) { failures.push_back(error); });
            net::TaskGroup tasks(executor, "test");
            const auto add = [&](ingest::NewEvent event) -> asio::awaitable<void> {
                const auto again = co_await store.add(std::move(event));
                CHECK(again);
            };
            tasks.spawn("again", add(std::move(lost)));
            tasks.spawn("new", add(event_of(R"({"a":2})", now)));
            tasks.spawn("newer", add(event_of(R"({"a":3})", now)));
            co_await tasks.join();
            CHECK(failures.empty());
            REQUIRE(fresh.size() == 2);
            for (const auto& event : fresh) {
                const auto rows = co_await pool.execute(
                    "SELECT count(*) FROM pending_batches WHERE id = $1::uuid AND $2::uuid = "
                    "ANY(event_ids)",
                    pg::Params::of(event->batch_id, event->event_id)
                );
                REQUIRE(rows);
                CHECK(rows->front().integer(0) == 1);
            }
            const auto waiting = co_await count(pool, "waiting_events");
            CHECK(waiting == 3);
            co_await store.drain(net::deadline_in(5s));
        }
    ));
}

namespace {

/// 2026-03-10T12:00:00Z, where a minute begins.
constexpr base::WallTime noon =
    std::chrono::sys_days(std::chrono::year(2026) / std::chrono::March / 10) + 12h;

enum class Way : std::uint8_t { live, journal, catch_up };

ingest::NewEvent event_by(
    Way way, const std::string& body, base::WallTime received, std::string unique_id = "1.1"
) {
    auto event = event_of(body, received);
    event.unique_id = std::move(unique_id);
    event.event->recovered = way != Way::live;
    event.event->caught_up = way == Way::catch_up;
    return event;
}

/// Each comes to a replica of its own, which remembers nothing.
asio::awaitable<ingest::Stored> add_to_new_replica(pg::Pool& pool, ingest::NewEvent event) {
    ingest::RecentDigests nothing;
    ingest::EventStore store(
        co_await asio::this_coro::executor,
        pool,
        nothing,
        [](const std::vector<ingest::EventPointer>&) {}
    );
    const auto stored = co_await store.add(std::move(event));
    REQUIRE(stored);
    co_await store.drain(net::deadline_in(5s));
    co_return *stored;
}

asio::awaitable<void> until_locked_out(pg::Session& session, std::int64_t count) {
    for (std::int64_t waiting = 0; waiting < count;) {
        const auto rows = co_await session.execute(
            "SELECT count(*) FROM pg_locks WHERE NOT granted AND database = "
            "(SELECT oid FROM pg_database WHERE datname = current_database())"
        );
        REQUIRE(rows);
        waiting = rows->front().integer(0);
    }
}

struct Arrival {
    Way way;
    std::chrono::milliseconds at;
    int repeats = -1;  ///< The arrival that it repeats; -1: none.
};

void check_arrivals(const std::vector<Arrival>& arrivals, const std::string& unique_id = "1.1") {
    testing::ScratchDatabase database;
    testing::run(with_store(
        database.url(),
        [&](pg::Pool& pool, ingest::EventStore&) -> asio::awaitable<void> {
            std::vector<std::string> ids;
            std::int64_t stored = 0;
            for (const auto& arrival : arrivals) {
                CAPTURE(ids.size());
                auto event = event_by(arrival.way, "{}", noon + arrival.at, unique_id);
                ids.push_back(event.event->event_id);
                const auto outcome = co_await add_to_new_replica(pool, std::move(event));
                const bool is_repeat = arrival.repeats >= 0;
                CHECK(outcome.duplicate == is_repeat);
                const auto expected =
                    is_repeat ? static_cast<std::size_t>(arrival.repeats) : ids.size() - 1;
                CHECK(outcome.event_id == ids[expected]);
                stored += is_repeat ? 0 : 1;
            }
            for (const auto* table : {"call_events", "waiting_events"}) {
                const auto rows = co_await count(pool, table);
                CHECK(rows == stored);
            }
        }
    ));
}

}  // namespace

TEST_CASE("a repeat is found across the border of a minute", "[ingest][pg]") {
    check_arrivals({{Way::live, 58s}, {Way::live, 62s, 0}});
    check_arrivals({{Way::live, 59'999ms}, {Way::live, 64'999ms, 0}});
    check_arrivals({{Way::live, 58s}, {Way::live, 63'001ms}, {Way::live, 64s, 1}});
    check_arrivals({{Way::live, 60s}, {Way::live, 59s, 0}}
    );  // The other replica's clock is behind.
}

TEST_CASE("a repeat leaves nothing that would make a repeat of a later one", "[ingest][pg]") {
    check_arrivals({{Way::live, 59s}, {Way::live, 62s, 0}, {Way::live, 66s}, {Way::live, 68s, 2}});
    check_arrivals({{Way::live, 61s}, {Way::live, 64s, 0}, {Way::live, 67s}});
}

TEST_CASE("what was caught up with is a repeat of what came at any time", "[ingest][pg]") {
    check_arrivals({{Way::live, 0s}, {Way::catch_up, 72h, 0}, {Way::catch_up, 100h, 0}});
    check_arrivals({{Way::catch_up, 0s}, {Way::catch_up, 72h, 0}, {Way::live, 73h}});
    check_arrivals({{Way::live, 10s}, {Way::catch_up, 40s, 0}});
    check_arrivals({{Way::journal, 0s}, {Way::catch_up, 1h, 0}});
}

TEST_CASE("an event without a UniqueId is recognised at any time too", "[ingest][pg]") {
    check_arrivals({{Way::live, 0s}, {Way::catch_up, 72h, 0}, {Way::catch_up, 100h, 0}}, "");
    check_arrivals({{Way::journal, 0s}, {Way::catch_up, 1h, 0}}, "");
    // What comes live again is an event of its own.
    check_arrivals({{Way::live, 0s}, {Way::live, 1h}, {Way::catch_up, 2h, 0}}, "");
    check_arrivals({{Way::live, 1h}, {Way::journal, 0s}, {Way::live, 2h}}, "");
}

TEST_CASE("what was stored before keys had a minute is recognised", "[ingest][pg]") {
    testing::ScratchDatabase database;
    testing::run(with_store(
        database.url(),
        [](pg::Pool& pool, ingest::EventStore&) -> asio::awaitable<void> {
            const auto id = base::make_uuid();
            const auto added = co_await pool.execute(
                "INSERT INTO event_keys (enterprise_number, digest, event_id, seen_at) "
                "VALUES ('0367', $1::uuid, $2::uuid, $3::timestamptz)",
                pg::Params::of(crypto::to_hex(crypto::sha256("{}")).substr(0, 32), id, noon)
            );
            REQUIRE(added);
            const auto soon =
                co_await add_to_new_replica(pool, event_by(Way::journal, "{}", noon + 3s));
            CHECK(soon.event_id == id);
            const auto late =
                co_await add_to_new_replica(pool, event_by(Way::catch_up, "{}", noon + 24h));
            CHECK(late.event_id == id);
            const auto other =
                co_await add_to_new_replica(pool, event_by(Way::journal, "{}", noon + 9s));
            CHECK_FALSE(other.duplicate);
        }
    ));
}

TEST_CASE("what is stored already is a repeat of itself, whoever has its key", "[ingest][pg]") {
    testing::ScratchDatabase database;
    testing::run(with_store(
        database.url(),
        [](pg::Pool& pool, ingest::EventStore&) -> asio::awaitable<void> {
            const auto first = event_by(Way::journal, "{}", noon + 10s);
            const auto second = event_by(Way::journal, "{}", noon + 40s);
            for (const auto& event : {first, second}) {
                const auto stored = co_await add_to_new_replica(pool, event);
                CHECK_FALSE(stored.duplicate);
            }
            // The process died before it told the journal.
            for (const auto& event : {first, second}) {
                const auto again = co_await add_to_new_replica(pool, event);
                CHECK(again.duplicate);
                CHECK(again.event_id == event.event->event_id);
            }
            const auto rows = co_await count(pool, "call_events");
            CHECK(rows == 2);
        }
    ));
}

TEST_CASE("an event is stored while the partition of its day's keys is made", "[ingest][pg]") {
    testing::ScratchDatabase database;
    testing::run(with_store(
        database.url(),
        [](pg::Pool& pool, ingest::EventStore&) -> asio::awaitable<void> {
            auto maker = co_await pool.acquire();
            REQUIRE(maker);
            const auto begun = co_await maker->begin();
            REQUIRE(begun);
            const auto made = co_await maker->execute(
                "SELECT ensure_event_key_partitions('2026-03-10T00:00:00Z', 0)"
            );
            REQUIRE(made);
            net::TaskGroup tasks(co_await asio::this_coro::executor, "test");
            const auto add = [&pool]() -> asio::awaitable<void> {
                const auto stored =
                    co_await add_to_new_replica(pool, event_by(Way::live, "{}", noon));
                CHECK_FALSE(stored.duplicate);
            };
            tasks.spawn("add", add());
            co_await until_locked_out(*maker, 1);
            const auto let_go = co_await maker->commit();
            REQUIRE(let_go);
            co_await tasks.join();
            const auto keys = co_await count(pool, "event_keys_by_minute_20260310");
            CHECK(keys == 2);  // Noon is a minute's first second.
        }
    ));
}

TEST_CASE("what waited in the journal is measured by its own time", "[ingest][pg]") {
    // The exchange had no answer, caught up with another replica, and then the journal was
    // replayed.
    check_arrivals({{Way::catch_up, 600s}, {Way::journal, 0s, 0}});
    // The same body later is an event of its own, though it was stored first.
    check_arrivals({{Way::live, 40s}, {Way::journal, 10s}});
    check_arrivals({{Way::live, 600s}, {Way::journal, 10s}});
    // The later one's key stays where both have the same.
    check_arrivals({{Way::live, 17s}, {Way::journal, 10s}, {Way::live, 19s, 0}});
}

TEST_CASE("two replicas that take the same event at once store one", "[ingest][pg]") {
    struct Arrivals {
        Arrival first, second;
    };
    for (const auto& [first, second] :
         {Arrivals{{Way::live, 10s}, {Way::live, 12s}},
          Arrivals{{Way::live, 58s}, {Way::live, 61s}},
          Arrivals{{Way::catch_up, 10s}, {Way::catch_up, 12s}},
          Arrivals{{Way::catch_up, 0s}, {Way::catch_up, 600s}},
          Arrivals{{Way::journal, 0s}, {Way::catch_up, 600s}},
          Arrivals{{Way::journal, 58s}, {Way::live, 61s}}}) {
        testing::ScratchDatabase database;
        testing::run(with_store(
            database.url(),
            [&](pg::Pool& pool, ingest::EventStore&) -> asio::awaitable<void> {
                // Both wait for the same key, then go on together.
                auto holder = co_await pool.acquire();
                REQUIRE(holder);
                const auto begun = co_await holder->begin();
                REQUIRE(begun);
                const auto locked =
                    co_await holder->execute("LOCK TABLE event_keys_by_minute IN SHARE MODE");
                REQUIRE(locked);
                net::TaskGroup tasks(co_await asio::this_coro::executor, "test");
                int duplicates = 0;
                const auto add = [&](Arrival arrival) -> asio::awaitable<void> {
                    const auto outcome = co_await add_to_new_replica(
                        pool, event_by(arrival.way, "{}", noon + arrival.at)
                    );
                    duplicates += outcome.duplicate ? 1 : 0;
                };
                tasks.spawn("first", add(first));
                tasks.spawn("second", add(second));
                co_await until_locked_out(*holder, 2);
                const auto let_go = co_await holder->commit();
                REQUIRE(let_go);
                co_await tasks.join();
                CHECK(duplicates == 1);
                const auto rows = co_await count(pool, "call_events");
                CHECK(rows == 1);
            }
        ));
    }
}

TEST_CASE("recent digests know what came until its place is taken", "[ingest]") {
    ingest::RecentDigests recent(1);
    CHECK_FALSE(recent.note("0367", crypto::sha256("a")));
    CHECK(recent.note("0367", crypto::sha256("a")));
    CHECK_FALSE(recent.note("0368", crypto::sha256("a")));
    CHECK_FALSE(recent.note("0367", crypto::sha256("a")));
    CHECK_FALSE(recent.note("0367", crypto::sha256("b")));
    CHECK_FALSE(recent.note("0367", crypto::sha256("a")));
}

TEST_CASE("recent digests keep what has a place of its own", "[ingest]") {
    constexpr int few = 100;
    ingest::RecentDigests recent;
    for (int i = 0; i < few; ++i) {
        CHECK_FALSE(recent.note("0367", crypto::sha256(std::to_string(i))));
    }
    int known = 0;
    for (int i = 0; i < few; ++i) {
        known += recent.note("0367", crypto::sha256(std::to_string(i))) ? 1 : 0;
    }
    CHECK(known > few - 5);  // Two may share a place.
}
