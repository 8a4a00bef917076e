#include <boost/asio/this_coro.hpp>
#include <functional>

#include "base/ids.hpp"
#include "correlation_store.hpp"
#include "pg/migrate.hpp"
#include "schema/schema.hpp"
#include "testing/catch.hpp"
#include "testing/postgres.hpp"
#include "testing/run.hpp"

using namespace trunkline;
using namespace std::chrono_literals;
using ingest::CorrelationStore;
using ingest::EventPointer;

namespace {

const std::vector<std::string> both{"e1", "e2"};

/// A commit's events, one of each enterprise, and the row that they wait in.
struct Batch {
    pg::Pool& pool;
    base::WallTime received_at = base::system_clock().now();
    std::vector<EventPointer> events;

    asio::awaitable<void> store() {
        const auto id = base::make_uuid();
        std::vector<std::string> times;
        std::vector<std::string> ids;
        for (const auto& enterprise : both) {
            auto event = std::make_shared<ingest::PendingEvent>();
            event->enterprise_number = enterprise;
            event->event_id = base::make_uuid();
            event->received_at = received_at;
            event->batch_id = id;
            times.push_back(base::format_iso8601(event->received_at));
            ids.push_back(event->event_id);
            events.push_back(event);
        }
        const auto stored = co_await pool.execute(
            "INSERT INTO pending_batches VALUES ($1::uuid, $2, $3::text[], $4::timestamptz[], "
            "$5::uuid[])",
            pg::Params::of(id, received_at, both, times, ids)
        );
        REQUIRE(stored);
    }
};

void with_batch(const std::function<asio::awaitable<void>(CorrelationStore&, Batch&)>& body) {
    testing::ScratchDatabase database;
    testing::run([&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        pg::Settings settings;
        settings.url = database.url();
        pg::Pool pool(executor, settings);
        co_await pool.open();
        const auto migrated = co_await pg::migrate(pool, schema::migrations());
        REQUIRE(migrated);
        CorrelationStore store(pool);
        Batch batch{.pool = pool, .events = {}};
        co_await batch.store();
        co_await body(store, batch);
        co_await pool.close();
    }());
}

/// In a transaction of its own: how many were still waiting.
asio::awaitable<base::Result<std::size_t>> take(
    CorrelationStore& store, std::vector<EventPointer> events, bool commits = true
) {
    std::function<asio::awaitable<base::Result<std::size_t>>(pg::Session&)> body =
        [&events, commits](pg::Session& session) -> asio::awaitable<base::Result<std::size_t>> {
        const auto taken = co_await CorrelationStore::take(session, both, events);
        REQUIRE(taken);
        if (!commits) {
            co_return base::fail(base::Errc::canceled, "died");
        }
        co_return taken->events.size();
    };
    co_return co_await store.pool().transaction<std::size_t>(std::move(body));
}

/// The enterprises of what waits in a table, in their order.
asio::awaitable<std::string> waiting(CorrelationStore& store, std::string table) {
    const auto rows = co_await store.pool().execute(
        "SELECT coalesce(string_agg(enterprise_number, ' ' ORDER BY enterprise_number), '') FROM " +
        table
    );
    REQUIRE(rows);
    co_return std::string(rows->front().text(0));
}

}  // namespace

TEST_CASE("a batch is taken as a whole, once", "[ingest][pg]") {
    with_batch([](CorrelationStore& store, Batch& batch) -> asio::awaitable<void> {
        const auto before = co_await waiting(store, "waiting_events");
        CHECK(before == "e1 e2");
        const auto died = co_await take(store, batch.events, false);
        CHECK_FALSE(died);
        const auto taken = co_await take(store, batch.events);
        CHECK(taken == 2U);
        const auto again = co_await take(store, batch.events);
        CHECK(again == 0U);
        const auto left = co_await waiting(store, "waiting_events");
        CHECK(left.empty());
    });
}

TEST_CASE("what is not taken of a batch waits by itself", "[ingest][pg]") {
    with_batch([](CorrelationStore& store, Batch& batch) -> asio::awaitable<void> {
        const auto taken = co_await take(store, {batch.events.front()});
        CHECK(taken == 1U);
        const auto left = co_await waiting(store, "pending_events");
        CHECK(left == "e2");
        const auto rest = co_await take(store, {batch.events.back()});
        CHECK(rest == 1U);
        const auto nothing = co_await waiting(store, "waiting_events");
        CHECK(nothing.empty());
    });
}

TEST_CASE("a batch that was broken up is taken event by event", "[ingest][pg]") {
    with_batch([](CorrelationStore& store, Batch& batch) -> asio::awaitable<void> {
        const auto too_young = co_await store.break_up(batch.received_at - 1ms, 10);
        CHECK(too_young == 0U);
        co_await batch.store();
        const auto first = co_await store.break_up(batch.received_at, 1);
        CHECK(first == 1U);
        const auto second = co_await store.break_up(batch.received_at, 10);
        CHECK(second == 1U);
        const auto singly = co_await waiting(store, "pending_events");
        CHECK(singly == "e1 e1 e2 e2");
        const auto taken = co_await take(store, batch.events);
        CHECK(taken == 4U);
        const auto left = co_await waiting(store, "waiting_events");
        CHECK(left.empty());
    });
}

TEST_CASE("a batch that somebody works on is left to him", "[ingest][pg]") {
    with_batch([](CorrelationStore& store, Batch& batch) -> asio::awaitable<void> {
        std::function<asio::awaitable<base::Result<std::size_t>>(pg::Session&)> body =
            [&](pg::Session& session) -> asio::awaitable<base::Result<std::size_t>> {
            const auto taken = co_await CorrelationStore::take(session, both, batch.events);
            REQUIRE(taken);
            co_return co_await store.break_up(batch.received_at, 10);
        };
        const auto broken_up = co_await store.pool().transaction<std::size_t>(std::move(body));
        CHECK(broken_up == 0U);
        const auto left = co_await waiting(store, "waiting_events");
        CHECK(left.empty());
    });
}
