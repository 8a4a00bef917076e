#include <boost/asio/this_coro.hpp>
#include <functional>

#include "base/ids.hpp"
#include "durable_store.hpp"
#include "event_intake.hpp"
#include "pg/listener.hpp"
#include "pg/migrate.hpp"
#include "schema/schema.hpp"
#include "testing/catch.hpp"
#include "testing/eventually.hpp"
#include "testing/postgres.hpp"
#include "testing/run.hpp"
#include "testing/temp_folder.hpp"

using namespace trunkline;
using namespace std::chrono_literals;

namespace {

/// Ingest's way in, without its HTTP: on a PostgreSQL that the test may stop, and a journal of the
/// test's own.
class Door {
public:
    Door(const asio::any_io_executor& executor, const std::string& url, journal::Settings settings)
        : postgres_(postgres_settings(url)),
          pool_(executor, postgres_),
          listener_(executor, postgres_),
          directory_(executor, pool_, listener_),
          events_(executor, pool_, recent_, [](std::vector<ingest::EventPointer>) {}),
          ledger_(executor, pool_, registry_),
          admission_({}, std::nullopt),
          durable_(
              executor, pool_, events_, directory_, admission_, registry_, std::move(settings)
          ),
          rate_(0, base::system_clock()),
          rejected_(executor, pool_, registry_),
          intake_(
              durable_,
              directory_,
              {.admission = admission_, .rate = rate_, .rejected = rejected_},
              ledger_,
              registry_
          ) {}

    asio::awaitable<void> open() {
        co_await pool_.open();
        co_await durable_.open(net::deadline_in(2s));
        listener_.start();
        directory_.start();
        durable_.start();
    }
    asio::awaitable<void> close() {
        co_await durable_.stop(net::deadline_in(5s));
        co_await events_.drain(net::deadline_in(5s));
        co_await rejected_.drain(net::deadline_in(5s));
        co_await directory_.stop();
        co_await listener_.stop();
        co_await pool_.close();
    }

    asio::awaitable<base::Result<ingest::Stored>> send(
        std::string unique_id, std::string token = "375293332255"
    ) {
        ingest::RawEvent raw;
        raw.type = call::EventType::dial;
        raw.body = R"({"Token":")" + token + R"(","UniqueId":")" + unique_id + R"("})";
        ingest::EventIntake::Source source{
            .address = {},
            .trace = base::TraceContext::make(),
            .deadline = net::deadline_in(5s),
            .request = nullptr,
            .recovered = false,
            .replay = std::nullopt
        };
        auto stored = co_await intake_.add(std::move(raw), std::move(source));
        co_return stored;
    }

    pg::Pool& pool() { return pool_; }
    ingest::DurableStore& durable() { return durable_; }
    std::string metrics() const { return registry_.render(); }

private:
    static pg::Settings postgres_settings(const std::string& url) {
        pg::Settings settings;
        settings.url = url;
        settings.reconnect_maximum = 200ms;
        return settings;
    }

    pg::Settings postgres_;
    metrics::Registry registry_;
    pg::Pool pool_;
    pg::Listener listener_;
    tenants::Directory directory_;
    ingest::RecentDigests recent_;
    ingest::EventStore events_;
    ingest::LedgerTally ledger_;
    ingest::Admission admission_;
    ingest::DurableStore durable_;
    ingest::RateLimit rate_;
    ingest::RejectedEvents rejected_;
    ingest::EventIntake intake_;
};

using Body = std::function<asio::awaitable<void>(Door&)>;

asio::awaitable<void> with_door(std::string url, journal::Settings settings, Body body) {
    const auto executor = co_await asio::this_coro::executor;
    Door door(executor, url, std::move(settings));
    co_await door.open();
    co_await body(door);
    co_await door.close();
}

journal::Settings in(const testing::TempFolder& folder) {
    journal::Settings settings;
    settings.folder = folder.path();
    return settings;
}

asio::awaitable<void> migrated(std::string url) {
    const auto executor = co_await asio::this_coro::executor;
    pg::Settings settings;
    settings.url = std::move(url);
    pg::Pool pool(executor, settings);
    co_await pool.open();
    const auto done = co_await pg::migrate(pool, schema::migrations());
    REQUIRE(done);
    co_await pool.close();
}

void make_tables(const testing::PrivatePostgres& server) {
    testing::run(migrated(server.url()));
    testing::run_sql(
        server.url(),
        "INSERT INTO enterprises (number, name, name2, bot_token) "
        "VALUES ('0367', 'june', '375293332255', 'x')"
    );
}

asio::awaitable<void> until_replayed(Door& door) {
    std::function<bool()> done = [&door] { return !door.durable().stands_in(); };
    co_await testing::eventually(std::move(done), "the journal is replayed");
}

std::string stored_events(const testing::PrivatePostgres& server) {
    return testing::run_sql(
        server.url(),
        "SELECT string_agg(unique_id || ' ' || data_source, ', ' ORDER BY p.event_timestamp) "
        "FROM waiting_events p JOIN call_events e USING (enterprise_number, event_id)"
    );
}

}  // namespace

TEST_CASE("while PostgreSQL is away events wait in the journal, in order", "[ingest][pg]") {
    testing::PrivatePostgres server;
    make_tables(server);
    const testing::TempFolder folder;
    std::string id;
    testing::run(with_door(server.url(), in(folder), [&](Door& door) -> asio::awaitable<void> {
        const auto live = co_await door.send("1.1");
        REQUIRE(live);
        server.stop();
        for (const auto* unique_id : {"1.2", "1.3", "1.4"}) {
            const auto kept = co_await door.send(unique_id);
            REQUIRE(kept);
            CHECK_FALSE(kept->duplicate);
            id = kept->event_id;
        }
        CHECK(door.durable().stands_in());
        CHECK(door.durable().readiness().state == app::Readiness::Part::State::degraded);
        CHECK(door.durable().figures().waiting == 3);
        server.start();
        co_await until_replayed(door);
        const auto after = co_await door.send("1.5");
        REQUIRE(after);
        CHECK_THAT(door.metrics(), ContainsSubstring("ingest_journal_replayed_total 3"));
        CHECK_THAT(door.metrics(), ContainsSubstring("ingest_journal_events 0"));
    }));
    CHECK(stored_events(server) == "1.1 live, 1.2 recovery, 1.3 recovery, 1.4 recovery, 1.5 live");
    CHECK(
        testing::run_sql(
            server.url(),
            "SELECT event_id, event_time = event_timestamp FROM call_events WHERE unique_id = '1.4'"
        ) == id + "|t"
    );
}

TEST_CASE("a journal that is not empty at the start is replayed first", "[ingest][pg]") {
    testing::PrivatePostgres server;
    make_tables(server);
    server.stop();
    const testing::TempFolder folder;
    // The directory of enterprises was never read, so whose the events are is not known yet.
    testing::run(with_door(server.url(), in(folder), [&](Door& door) -> asio::awaitable<void> {
        for (int i = 0; i < 3; ++i) {
            const auto kept = co_await door.send("2." + std::to_string(i));
            REQUIRE(kept);
        }
    }));
    server.start();
    testing::run(with_door(server.url(), in(folder), [&](Door& door) -> asio::awaitable<void> {
        CHECK(door.durable().stands_in());
        const auto behind = co_await door.send("2.3");
        REQUIRE(behind);
        co_await until_replayed(door);
    }));
    CHECK(stored_events(server) == "2.0 recovery, 2.1 recovery, 2.2 recovery, 2.3 recovery");
}

TEST_CASE("an unknown Token is found out at replay and kept as rejected", "[ingest][pg]") {
    testing::PrivatePostgres server;
    make_tables(server);
    const testing::TempFolder folder;
    testing::run(with_door(server.url(), in(folder), [&](Door& door) -> asio::awaitable<void> {
        const auto unknown = co_await door.send("3.1", "999");
        REQUIRE_FALSE(unknown);
        CHECK(unknown.error().code == base::Errc::not_found);
        server.stop();
        const auto kept = co_await door.send("3.2", "999");
        CHECK(kept);
        const auto good = co_await door.send("3.3");
        CHECK(good);
        const auto wrong = co_await door.send("");
        REQUIRE_FALSE(wrong);
        CHECK(wrong.error().code == base::Errc::invalid_input);
        server.start();
        co_await until_replayed(door);
    }));
    CHECK(stored_events(server) == "3.3 recovery");
    CHECK(
        testing::run_sql(
            server.url(),
            "SELECT string_agg(status || ' ' || token, ', ' ORDER BY id) FROM rejected_events"
        ) == "404 999, 404 999, 422 375293332255"
    );
}

TEST_CASE("a server that hangs costs an event half a second, the next ones none", "[ingest][pg]") {
    testing::PrivatePostgres server;
    make_tables(server);
    const testing::TempFolder folder;
    testing::run(with_door(server.url(), in(folder), [&](Door& door) -> asio::awaitable<void> {
        const auto live = co_await door.send("4.1");
        REQUIRE(live);
        server.pause();
        const auto before = std::chrono::steady_clock::now();
        for (int i = 2; i < 30; ++i) {
            const auto kept = co_await door.send("4." + std::to_string(i));
            CHECK(kept);
        }
        // Well below the three seconds that an exchange waits, for all of them together.
        CHECK(std::chrono::steady_clock::now() - before < 2500ms);
        server.resume();
        co_await until_replayed(door);
    }));
    // The one whose commit hung was both written by the server later and kept in the journal.
    CHECK(
        testing::run_sql(
            server.url(), "SELECT count(*), count(DISTINCT unique_id) FROM call_events"
        ) == "29|29"
    );
}

TEST_CASE("with PostgreSQL away and the journal full an event is refused", "[ingest][pg]") {
    testing::PrivatePostgres server;
    make_tables(server);
    const testing::TempFolder folder;
    auto settings = in(folder);
    settings.max_bytes = 8000;
    int taken = 0;
    testing::run(with_door(server.url(), settings, [&](Door& door) -> asio::awaitable<void> {
        server.stop();
        for (;; ++taken) {
            const auto kept = co_await door.send("5." + std::to_string(taken));
            if (!kept) {
                CHECK(kept.error().code == base::Errc::unavailable);
                CHECK_THAT(kept.error().detail, ContainsSubstring("journal is full"));
                break;
            }
        }
        CHECK(door.durable().readiness().state == app::Readiness::Part::State::failed);
        server.start();
        co_await until_replayed(door);
        const auto again = co_await door.send("5.again");
        CHECK(again);
    }));
    CHECK(taken > 10);
    CHECK(
        testing::run_sql(server.url(), "SELECT count(*) FROM call_events") ==
        std::to_string(taken + 1)
    );
}
