#include <boost/asio/this_coro.hpp>
#include <functional>
#include <set>

#include "base/ids.hpp"
#include "correlation_batch.hpp"
#include "correlator.hpp"
#include "crypto/digest.hpp"
#include "event_store.hpp"
#include "ledger_rules.hpp"
#include "ledger_tally.hpp"
#include "net/sleep.hpp"
#include "pg/migrate.hpp"
#include "schema/schema.hpp"
#include "story/ledger.hpp"
#include "testing/catch.hpp"
#include "testing/postgres.hpp"
#include "testing/run.hpp"

using namespace trunkline;
using namespace std::chrono_literals;

namespace {

call::TrackerSettings tracker_settings() {
    call::TrackerSettings settings;
    settings.make_uuid = base::make_uuid;
    return settings;
}

const auto noon = *base::parse_iso8601("2026-01-15T12:30:00Z");

pg::Settings settings_of(const std::string& url) {
    pg::Settings settings;
    settings.url = url;
    return settings;
}

ingest::NewEvent event_of(
    const std::string& enterprise, const std::string& pbx, std::int64_t seq, bool recovered = false
) {
    const auto body = R"({"UniqueId":"","BridgeUniqueid":")" + std::to_string(seq) + R"("})";
    auto event = std::make_shared<ingest::PendingEvent>();
    event->enterprise_number = enterprise;
    event->event_id = base::make_uuid();
    event->received_at = noon + std::chrono::microseconds(seq);
    event->event_type = "bridge_create";
    event->pbx = pbx;
    event->seq = seq;
    event->raw_data = body;
    event->recovered = recovered;
    return {
        .event = std::move(event),
        .unique_id = "",
        .raw_bytes = "",
        .digest = crypto::sha256(pbx + body)
    };
}

/// One process of ingest, as far as the books go.
struct Replica {
    Replica(const asio::any_io_executor& executor, const std::string& url)
        : pool(executor, settings_of(url)),
          listener(executor, settings_of(url)),
          directory(executor, pool, listener),
          store(pool),
          correlator(executor, store, listener, directory, registry, limits()) {}

    static ingest::CorrelatorSettings limits() {
        ingest::CorrelatorSettings out;
        out.default_timezone = "Europe/Minsk";
        out.batch = 7;
        out.orphaned = 50ms;
        return out;
    }
    asio::awaitable<void> start() {
        co_await pool.open();
        listener.start();
        directory.start();
        correlator.start();
    }
    asio::awaitable<void> stop() {
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
};

asio::awaitable<void> with_pool(
    std::string url, std::function<asio::awaitable<void>(pg::Pool&, ingest::EventStore&)> body
) {
    const auto executor = co_await asio::this_coro::executor;
    pg::Pool pool(executor, settings_of(url));
    co_await pool.open();
    const auto migrated = co_await pg::migrate(pool, schema::migrations());
    REQUIRE(migrated);
    const auto added = co_await pool.execute(
        "INSERT INTO enterprises (number, name2) VALUES ('0367', 't1'), ('0368', 't2')"
    );
    REQUIRE(added);
    ingest::RecentDigests recent;
    ingest::EventStore store(executor, pool, recent, [](const auto&) {});
    co_await body(pool, store);
    co_await store.drain(net::deadline_in(5s));
    co_await pool.close();
}

asio::awaitable<void> add(
    ingest::EventStore& store,
    std::string enterprise,
    std::string pbx,
    std::vector<std::int64_t> seqs
) {
    for (const auto seq : seqs) {
        auto event = event_of(enterprise, pbx, seq);
        const auto stored = co_await store.add(std::move(event));
        REQUIRE(stored);
    }
}

asio::awaitable<void> until_worked_in(pg::Pool& pool) {
    for (int i = 0; i < 1000; ++i) {
        const auto rows = co_await pool.execute("SELECT count(*) FROM waiting_events");
        REQUIRE(rows);
        if (rows->front().integer(0) == 0) {
            co_return;
        }
        co_await net::sleep_for(20ms);
    }
    FAIL("events are still pending");
}

asio::awaitable<story::LedgerPage> page_of(
    pg::Pool& pool, std::optional<std::string> enterprise = {}, int limit = 100
) {
    story::LedgerFilter filter;
    filter.enterprise = std::move(enterprise);
    filter.from = noon - 1h;
    filter.to = noon + 1h;
    filter.limit = limit;
    const auto page = co_await story::read_ledger(pool, filter);
    REQUIRE(page);
    co_return *page;
}

/// Works one batch in and then fails, as a process that dies before its commit.
asio::awaitable<void> die_in_a_batch(pg::Pool& pool, std::string enterprise) {
    ingest::CorrelationStore store(pool);
    const auto broken_up = co_await store.break_up(base::system_clock().now() + 1h, 100);
    REQUIRE(broken_up);
    std::function<asio::awaitable<base::Result<int>>(pg::Session&)> body =
        [enterprise](pg::Session& session) -> asio::awaitable<base::Result<int>> {
        const std::vector<std::string> enterprises{enterprise};
        const auto locked = co_await ingest::CorrelationStore::lock(session, enterprises);
        REQUIRE(locked);
        const auto taken =
            co_await ingest::CorrelationStore::take_waiting(session, enterprises, 100);
        REQUIRE(taken);
        auto exchanges = ingest::numbering_exchanges(taken->events);
        auto counters = co_await ingest::LedgerStore::counters(session, std::move(exchanges));
        REQUIRE(counters);
        call::Tracker tracker(tracker_settings());
        const auto tenant = ingest::nameless(enterprise);
        auto outcome = ingest::correlate(tracker, tenant, taken->events, noon);
        outcome.result.ledger =
            ingest::account((*counters)[enterprise], taken->events, outcome.result, tracker, noon);
        REQUIRE_FALSE(outcome.result.ledger.figures.empty());
        std::vector<ingest::CorrelationResult> results;
        results.push_back(std::move(outcome.result));
        const auto written = co_await ingest::CorrelationStore::write(session, std::move(results));
        REQUIRE(written);
        co_return base::fail(base::Errc::canceled, "died");
    };
    const auto outcome = co_await pool.transaction<int>(std::move(body));
    REQUIRE_FALSE(outcome);
}

}  // namespace

TEST_CASE(
    "two replicas and a batch that dies count every event of two enterprises once", "[ledger][pg]"
) {
    testing::ScratchDatabase database;
    testing::run(with_pool(
        database.url(),
        [url = database.url()](pg::Pool& pool, ingest::EventStore& store) -> asio::awaitable<void> {
            // Both enterprises have an exchange of the same name, each with its own counter.
            std::vector<std::int64_t> ours;
            for (std::int64_t i = 1; i <= 60; ++i) {
                if (i % 10 != 0) {
                    ours.push_back(i);
                }
            }
            co_await add(store, "0367", "a", ours);
            co_await add(store, "0368", "a", {500, 502});
            co_await die_in_a_batch(pool, "0367");

            const auto executor = co_await asio::this_coro::executor;
            Replica first(executor, url);
            Replica second(executor, url);
            co_await first.start();
            co_await second.start();
            co_await until_worked_in(pool);
            // Two of the missing come after all, one of them as history.
            co_await add(store, "0367", "a", {30});
            auto history = event_of("0367", "a", 40, true);
            const auto stored = co_await store.add(std::move(history));
            REQUIRE(stored);
            co_await until_worked_in(pool);
            co_await first.stop();
            co_await second.stop();

            const auto page = co_await page_of(pool, "0367");
            REQUIRE(page.rows.size() == 1);
            CHECK(page.rows[0].received == 55);
            CHECK(page.rows[0].recovered == 1);
            CHECK(page.rows[0].late == 1);
            CHECK(page.rows[0].missing == 3);  // 10, 20 and 50; nothing tells that 60 was to come
            CHECK(page.gaps.size() == 3);
            const auto theirs = co_await page_of(pool, "0368");
            REQUIRE(theirs.rows.size() == 1);
            CHECK(theirs.rows[0].received == 2);
            CHECK(theirs.rows[0].missing == 1);
            REQUIRE(theirs.gaps.size() == 1);
            CHECK(theirs.gaps[0].first == 501);
        }
    ));
}

TEST_CASE("repeats and refusals are added up and written together", "[ledger][pg]") {
    testing::ScratchDatabase database;
    testing::run(with_pool(
        database.url(),
        [](pg::Pool& pool, ingest::EventStore&) -> asio::awaitable<void> {
            const auto executor = co_await asio::this_coro::executor;
            metrics::Registry registry;
            ingest::LedgerTally tally(executor, pool, registry);
            tally.repeated("0367", "a", noon);
            tally.repeated("0367", "a", noon);
            tally.refused("0367", "", noon);
            tally.refused("0367", std::string("\0", 1), noon);
            const auto flushed = co_await tally.flush();
            REQUIRE(flushed);
            tally.repeated("0367", "a", noon);
            co_await tally.drain(net::deadline_in(5s));
            const auto page = co_await page_of(pool);
            REQUIRE(page.rows.size() == 2);
            CHECK(page.rows[0].pbx.empty());
            CHECK(page.rows[0].refused == 1);
            CHECK(page.rows[1].repeated == 3);
        }
    ));
}

TEST_CASE("the ledger is read page by page without a row twice", "[ledger][pg]") {
    testing::ScratchDatabase database;
    testing::run(with_pool(
        database.url(),
        [](pg::Pool& pool, ingest::EventStore&) -> asio::awaitable<void> {
            const auto made = co_await pool.execute(
                "INSERT INTO event_ledger (enterprise_number, pbx, hour, received) "
                "SELECT e, p, h::timestamptz, 1 FROM unnest(ARRAY['0367', '0368']) e, "
                "unnest(ARRAY['', 'a', 'a_b']) p, unnest(ARRAY['2026-01-15T12:00:00Z', "
                "'2026-01-15T13:00:00Z']) h"
            );
            REQUIRE(made);
            const auto incomplete = co_await pool.execute(
                "INSERT INTO incomplete_calls VALUES ('0367', gen_random_uuid(), 'a', "
                "'2026-01-15T12:20:00Z', true, false)"
            );
            REQUIRE(incomplete);
            story::LedgerFilter filter;
            filter.from = noon - 1h;
            filter.to = noon + 1h;
            filter.limit = 5;
            std::vector<std::string> seen;
            std::int64_t without_end = 0;
            for (int pages = 0; pages < 10; ++pages) {
                const auto page = co_await story::read_ledger(pool, filter);
                REQUIRE(page);
                for (const auto& row : page->rows) {
                    seen.push_back(base::format_iso8601(row.hour) + row.enterprise + "/" + row.pbx);
                    without_end += row.calls_without_end;
                }
                filter.cursor = page->next;
                if (!page->next) {
                    break;
                }
            }
            CHECK(seen.size() == 12);
            CHECK(std::set(seen.begin(), seen.end()).size() == 12);
            CHECK(without_end == 1);
            filter.cursor = "nonsense";
            const auto wrong = co_await story::read_ledger(pool, filter);
            REQUIRE_FALSE(wrong);
            CHECK(wrong.error().code == base::Errc::invalid_input);
        }
    ));
}

TEST_CASE("old books are swept", "[ledger][pg]") {
    testing::ScratchDatabase database;
    testing::run(with_pool(
        database.url(),
        [](pg::Pool& pool, ingest::EventStore&) -> asio::awaitable<void> {
            const auto made = co_await pool.execute(
                "INSERT INTO event_ledger (enterprise_number, pbx, hour) VALUES ('0367', '', "
                "now() - interval '401 days'), ('0367', '', now() - interval '399 days')"
            );
            REQUIRE(made);
            const auto swept = co_await pool.pipeline(ingest::LedgerStore::sweep_queries());
            REQUIRE(swept);
            const auto left = co_await pool.execute("SELECT count(*) FROM event_ledger");
            REQUIRE(left);
            CHECK(left->front().integer(0) == 1);
        }
    ));
}
