#include <algorithm>
#include <array>
#include <boost/asio/this_coro.hpp>
#include <functional>
#include <numeric>

#include "base/ids.hpp"
#include "correlator.hpp"
#include "crypto/digest.hpp"
#include "event_store.hpp"
#include "net/sleep.hpp"
#include "net/task_group.hpp"
#include "pg/migrate.hpp"
#include "schema/schema.hpp"
#include "testing/catch.hpp"
#include "testing/postgres.hpp"
#include "testing/run.hpp"

using namespace trunkline;
using namespace std::chrono_literals;

namespace {

/// One replica's part behind the answer.
struct Replica {
    /// What its correlator hears of what it stores: nothing, as if it died, or as the service does.
    enum class Tells : std::uint8_t { nothing, what_is_wanted };

    Replica(
        const asio::any_io_executor& executor,
        const pg::Settings& settings,
        Tells tells = Tells::what_is_wanted,
        std::size_t max_waiting = 50
    )
        : pool(executor, settings),
          listener(executor, settings),
          directory(executor, pool, listener),
          store(pool),
          correlator(
              executor, store, listener, directory, registry, correlator_settings(max_waiting)
          ),
          events(executor, pool, recent, [this, tells](std::vector<ingest::EventPointer> stored) {
              if (tells == Tells::nothing) {
                  return;
              }
              if (correlator.reads_back()) {
                  correlator.stored_unseen();
              } else {
                  correlator.stored(std::move(stored));
              }
          }) {}

    static ingest::CorrelatorSettings correlator_settings(std::size_t max_waiting) {
        ingest::CorrelatorSettings out;
        out.default_timezone = "Europe/Minsk";
        out.batch = 8;
        out.max_waiting = max_waiting;
        out.orphaned = 200ms;
        return out;
    }

    asio::awaitable<void> open() {
        co_await pool.open();
        listener.start();
        directory.start();
    }

    /// Only the storing half, as a replica that dies right after its answer.
    asio::awaitable<void> add(std::string enterprise, std::string type, std::string body) {
        auto event = std::make_shared<ingest::PendingEvent>();
        event->enterprise_number = std::move(enterprise);
        event->event_id = base::make_uuid();
        event->received_at = base::system_clock().now();
        event->event_type = std::move(type);
        event->raw_data = body;
        ingest::NewEvent row{
            .event = event,
            .unique_id = "",
            .raw_bytes = "",
            .digest = crypto::sha256(event->enterprise_number + event->event_type + body)
        };
        const auto stored = co_await events.add(std::move(row));
        REQUIRE(stored);
    }

    asio::awaitable<void> missed_call(std::string enterprise, int number) {
        const auto id = R"("UniqueId":"1700000000.)" + std::to_string(number) + R"(","Phone":")" +
                        std::to_string(375290000000 + number) + R"(")";
        co_await add(enterprise, "start", "{" + id + "}");
        co_await add(enterprise, "dial", "{" + id + R"(,"Extensions":["151"]})");
        co_await add(enterprise, "hangup", "{" + id + R"(,"CallStatus":"0"})");
    }

    asio::awaitable<std::int64_t> number(std::string sql) {
        const auto rows = co_await pool.execute(std::move(sql));
        REQUIRE(rows);
        co_return rows->front().integer(0);
    }

    asio::awaitable<void> until_calls(std::int64_t wanted) {
        const auto limit = net::deadline_in(20s);
        std::int64_t calls = 0;
        while (calls < wanted && net::time_left(limit) > 0s) {
            calls = co_await number("SELECT count(*) FROM calls");
            co_await net::sleep_for(5ms);
        }
        CHECK(calls == wanted);
    }

    asio::awaitable<void> until_worked_in() {
        const auto limit = net::deadline_in(20s);
        for (;;) {
            const auto left = co_await number("SELECT count(*) FROM waiting_events");
            if (left == 0) {
                co_return;
            }
            REQUIRE(net::time_left(limit) > 0s);
            co_await net::sleep_for(5ms);
        }
    }

    asio::awaitable<void> close() {
        co_await events.drain(net::deadline_in(5s));
        co_await correlator.drain(net::deadline_in(5s));
        co_await directory.stop();
        co_await listener.stop();
        co_await pool.close();
    }

    metrics::Registry registry;
    pg::Pool pool;
    pg::Listener listener;
    tenants::Directory directory;
    ingest::CorrelationStore store;
    ingest::Correlator correlator;
    ingest::RecentDigests recent;
    ingest::EventStore events;
};

constexpr auto add_enterprises =
    "INSERT INTO enterprises (number, name, name2, bot_token) SELECT 'e' || i, 'n' || i, 't' || i, "
    "'1:a' FROM generate_series(1, 20) i";

void with_database(
    const std::function<asio::awaitable<void>(asio::any_io_executor, pg::Settings)>& body
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
        const auto added = co_await pool.execute(add_enterprises);
        REQUIRE(added);
        co_await body(executor, settings);
        co_await pool.close();
    }());
}

}  // namespace

TEST_CASE("events of many enterprises become their calls", "[ingest][pg]") {
    with_database(
        [](asio::any_io_executor executor, pg::Settings settings) -> asio::awaitable<void> {
            Replica replica(executor, settings);
            co_await replica.open();
            replica.correlator.start();
            for (int i = 1; i <= 20; ++i) {
                co_await replica.missed_call("e" + std::to_string(i), i);
                co_await replica.missed_call("e" + std::to_string(i), i);  // Repeats.
            }
            co_await replica.until_worked_in();
            const auto calls = co_await replica.number("SELECT count(*) FROM calls");
            CHECK(calls == 20);
            const auto tenants = co_await replica.number(
                "SELECT count(DISTINCT enterprise_number) FROM calls WHERE call_status = 0 AND "
                "extension = '151'"
            );
            CHECK(tenants == 20);
            const auto links = co_await replica.number(
                "SELECT count(*) FROM call_event_links JOIN calls c ON c.uuid = call_uuid AND "
                "c.enterprise_number = call_event_links.enterprise_number"
            );
            CHECK(links == 60);
            const auto missed =
                co_await replica.number("SELECT sum(inbound_missed) FROM customers");
            CHECK(missed == 20);
            const auto cards =
                co_await replica.number("SELECT count(*) FROM outbox WHERE queue = 'telegram'");
            CHECK(cards == 60);
            const auto due = co_await replica.number(
                "SELECT count(*) FROM outbox WHERE queue = 'telegram' AND next_attempt_at < "
                "'infinity'"
            );
            CHECK(due == 20);
            co_await replica.close();
        }
    );
}

TEST_CASE("what a dead replica had stored another one works in", "[ingest][pg]") {
    with_database(
        [](asio::any_io_executor executor, pg::Settings settings) -> asio::awaitable<void> {
            Replica alive(executor, settings);
            co_await alive.open();
            alive.correlator.start();
            co_await alive.missed_call("e1", 1);
            co_await alive.until_worked_in();
            Replica dying(executor, settings, Replica::Tells::nothing);
            co_await dying.open();
            co_await dying.missed_call("e1", 2);
            co_await dying.missed_call("e2", 3);
            co_await alive.until_worked_in();
            const auto calls = co_await alive.number("SELECT count(*) FROM calls");
            CHECK(calls == 3);
            co_await dying.close();
            co_await alive.close();
        }
    );
}

TEST_CASE("more events than memory may hold are read back in order", "[ingest][pg]") {
    with_database(
        [](asio::any_io_executor executor, pg::Settings settings) -> asio::awaitable<void> {
            Replica replica(executor, settings);
            co_await replica.open();
            for (int i = 1; i <= 40; ++i) {
                co_await replica.missed_call("e" + std::to_string(i % 3 + 1), i);
            }
            replica.correlator.start();
            co_await replica.until_worked_in();
            const auto calls =
                co_await replica.number("SELECT count(*) FROM calls WHERE extension = '151'");
            CHECK(calls == 40);
            co_await replica.close();
        }
    );
}

TEST_CASE("events are handed on again when what waits in the tables is worked in", "[ingest][pg]") {
    with_database(
        [](asio::any_io_executor executor, pg::Settings settings) -> asio::awaitable<void> {
            Replica replica(executor, settings);
            co_await replica.open();
            co_await replica.missed_call("e1", 1);
            CHECK(replica.correlator.reads_back());
            replica.correlator.start();
            const auto limit = net::deadline_in(20s);
            while (replica.correlator.reads_back() && net::time_left(limit) > 0s) {
                co_await net::sleep_for(5ms);
            }
            CHECK_FALSE(replica.correlator.reads_back());
            co_await replica.missed_call("e1", 2);
            // Told too late that nobody wants to see them.
            replica.correlator.stored_unseen();
            co_await replica.until_worked_in();
            const auto calls = co_await replica.number("SELECT count(*) FROM calls");
            CHECK(calls == 2);
            co_await replica.close();
        }
    );
}

TEST_CASE("events that never stop coming are worked in from memory all the same", "[ingest][pg]") {
    with_database(
        [](asio::any_io_executor executor, pg::Settings settings) -> asio::awaitable<void> {
            Replica replica(executor, settings, Replica::Tells::what_is_wanted, 10'000);
            co_await replica.open();
            const auto& reading_back =
                replica.registry.gauge("ingest_correlation_reading_back", "", {});
            const auto& from_memory = replica.registry.gauge("ingest_correlation_waiting", "", {});
            for (int i = 1; i <= 40; ++i) {
                co_await replica.missed_call("e" + std::to_string(i % 20 + 1), i);
            }
            bool is_enough = false;
            constexpr int senders = 4;
            std::array<int, senders> sent{};
            net::TaskGroup tasks(executor, "test");
            const auto send = [&](int sender) -> asio::awaitable<void> {
                while (!is_enough) {
                    const int number = 100 + sent[sender]++ * senders + sender;
                    co_await replica.missed_call("e" + std::to_string(number % 20 + 1), number);
                }
            };
            for (int sender = 0; sender < senders; ++sender) {
                tasks.spawn("sender", send(sender));
            }
            replica.correlator.start();
            const auto limit = net::deadline_in(20s);
            double most_in_memory = 0;
            while ((reading_back.value() != 0 || most_in_memory == 0) && net::time_left(limit) > 0s
            ) {
                co_await net::sleep_for(1ms);
                most_in_memory = std::max(most_in_memory, from_memory.value());
            }
            CHECK(reading_back.value() == 0);
            CHECK(most_in_memory > 0);
            is_enough = true;
            co_await tasks.join();
            co_await replica.until_worked_in();
            const auto calls = co_await replica.number("SELECT count(*) FROM calls");
            CHECK(calls == 40 + std::accumulate(sent.begin(), sent.end(), 0));
            co_await replica.close();
        }
    );
}

TEST_CASE("two replicas share one enterprise and make one call of its events", "[ingest][pg]") {
    with_database(
        [](asio::any_io_executor executor, pg::Settings settings) -> asio::awaitable<void> {
            Replica first(executor, settings);
            Replica second(executor, settings);
            co_await first.open();
            co_await second.open();
            first.correlator.start();
            second.correlator.start();
            for (int i = 1; i <= 30; ++i) {
                const auto id = R"({"UniqueId":"1700000000.)" + std::to_string(i) +
                                R"(","Phone":"+37529000)" + std::to_string(1000 + i) + R"(")";
                co_await first.add("e1", "start", id + "}");
                co_await second.add("e1", "dial", id + R"(,"Extensions":["151"]})");
                co_await first.add("e1", "hangup", id + R"(,"CallStatus":"0"})");
            }
            co_await first.until_worked_in();
            const auto calls =
                co_await first.number("SELECT count(*) FROM calls WHERE extension = '151'");
            CHECK(calls == 30);
            const auto rows = co_await first.number("SELECT count(*) FROM calls");
            CHECK(rows == 30);
            co_await second.close();
            co_await first.close();
        }
    );
}

TEST_CASE("events that cannot be worked in hold up nobody else's", "[ingest][pg]") {
    with_database(
        [](asio::any_io_executor executor, pg::Settings settings) -> asio::awaitable<void> {
            Replica replica(executor, settings);
            co_await replica.open();
            const auto spoilt = co_await replica.pool.execute(
                "ALTER TABLE calls ADD CONSTRAINT spoilt CHECK (enterprise_number <> 'e2')"
            );
            REQUIRE(spoilt);
            replica.correlator.start();
            for (int i = 1; i <= 4; ++i) {
                co_await replica.missed_call("e" + std::to_string(i), i);
            }
            co_await replica.until_calls(3);
            const auto waiting = co_await replica.number(
                "SELECT count(*) FROM waiting_events WHERE enterprise_number = 'e2'"
            );
            CHECK(waiting > 0);
            const auto mended =
                co_await replica.pool.execute("ALTER TABLE calls DROP CONSTRAINT spoilt");
            REQUIRE(mended);
            co_await replica.until_worked_in();
            const auto all = co_await replica.number("SELECT count(*) FROM calls");
            CHECK(all == 4);
            co_await replica.close();
        }
    );
}

TEST_CASE("an event that cannot be read back holds up nobody else's", "[ingest][pg]") {
    with_database(
        [](asio::any_io_executor executor, pg::Settings settings) -> asio::awaitable<void> {
            Replica replica(executor, settings, Replica::Tells::nothing);
            co_await replica.open();
            for (int i = 1; i <= 4; ++i) {
                co_await replica.missed_call("e" + std::to_string(i), i);
            }
            const auto spoilt = co_await replica.pool.execute(
                "UPDATE call_events SET event_time = '0044-03-15 12:00:00+00 BC' "
                "WHERE enterprise_number = 'e2'"
            );
            REQUIRE(spoilt);
            replica.correlator.start();
            co_await replica.until_calls(3);
            const auto mended = co_await replica.pool.execute(
                "UPDATE call_events SET event_time = NULL WHERE enterprise_number = 'e2'"
            );
            REQUIRE(mended);
            co_await replica.until_worked_in();
            const auto all = co_await replica.number("SELECT count(*) FROM calls");
            CHECK(all == 4);
            co_await replica.close();
        }
    );
}

TEST_CASE(
    "an enterprise that another replica works on holds up nobody of its batch", "[ingest][pg]"
) {
    with_database(
        [](asio::any_io_executor executor, pg::Settings settings) -> asio::awaitable<void> {
            Replica replica(executor, settings);
            co_await replica.open();
            replica.correlator.start();
            std::function<asio::awaitable<base::Result<std::int64_t>>(pg::Session&)> body =
                [&](pg::Session& session) -> asio::awaitable<base::Result<std::int64_t>> {
                const auto locked = co_await ingest::CorrelationStore::wait_for_lock(session, "e2");
                REQUIRE(locked);
                net::TaskGroup tasks(executor, "test");
                for (int i = 1; i <= 3; ++i) {
                    tasks.spawn("call", replica.missed_call("e" + std::to_string(i), i));
                }
                co_await tasks.join();
                const auto limit = net::deadline_in(20s);
                std::int64_t calls = 0;
                while (calls < 2 && net::time_left(limit) > 0s) {
                    calls = co_await replica.number("SELECT count(*) FROM calls");
                    co_await net::sleep_for(5ms);
                }
                co_return calls;
            };
            const auto meanwhile = co_await replica.pool.transaction<std::int64_t>(std::move(body));
            CHECK(meanwhile == 2);
            co_await replica.until_worked_in();
            const auto all = co_await replica.number("SELECT count(*) FROM calls");
            CHECK(all == 3);
            co_await replica.close();
        }
    );
}
