#include <boost/asio/this_coro.hpp>

#include "dispatcher.hpp"
#include "metrics/registry.hpp"
#include "net/sleep.hpp"
#include "pg/listener.hpp"
#include "pg/migrate.hpp"
#include "schema/schema.hpp"
#include "testing/catch.hpp"
#include "testing/postgres.hpp"
#include "testing/run.hpp"

using namespace trunkline;
using namespace trunkline::integration_cache;
using namespace std::chrono_literals;

namespace {

contract::Dispatch dispatch_of(call::DispatchKind kind) {
    call::Call call;
    call.uuid = "01890a5d-ac96-774b-bcce-b302099a8057";
    call.phone = "375296254070";
    call.rang = {"151"};
    call.unique_id = "1759225684.16";
    call.started_at = *base::parse_iso8601("2025-10-01T12:00:00Z");
    return {
        .token = "375293332255",
        .unique_id = "1759225684.16",
        .kind = kind,
        .raw = "{}",
        .event_id = "e",
        .call = call
    };
}

/// A dispatcher on a migrated database with the enterprise 0367.
asio::awaitable<void> with_dispatcher(
    std::string url, std::function<asio::awaitable<void>(pg::Pool&, Dispatcher&)> body
) {
    const auto executor = co_await asio::this_coro::executor;
    pg::Settings settings;
    settings.url = std::move(url);
    pg::Pool pool(executor, settings);
    pg::Listener listener(executor, settings);
    tenants::Directory directory(executor, pool, listener);
    DispatchStore store(pool);
    metrics::Registry registry;
    Dispatcher dispatcher(store, directory, connectors(ConnectorUrls{}), registry);
    co_await pool.open();
    const auto migrated = co_await pg::migrate(pool, schema::migrations());
    REQUIRE(migrated);
    const auto added = co_await pool.execute(
        "INSERT INTO enterprises(number,name,name2,integrations_config) "
        "VALUES ('0367','june','375293332255','{\"retailcrm\":{\"enabled\":true}}')"
    );
    REQUIRE(added);
    directory.start();
    const auto limit = net::deadline_in(15s);
    while (!directory.is_loaded() && net::time_left(limit) > 0s) {
        co_await net::sleep_for(5ms);
    }
    co_await body(pool, dispatcher);
    co_await directory.stop();
    co_await pool.close();
}

asio::awaitable<std::vector<std::string>> queued(pg::Pool& pool) {
    const auto rows = co_await pool.execute(
        "SELECT target || ' ' || kind FROM outbox WHERE queue = 'crm' ORDER BY id"
    );
    REQUIRE(rows);
    std::vector<std::string> out;
    for (const auto& row : *rows) {
        out.emplace_back(row.text(0));
    }
    co_return out;
}

}  // namespace

TEST_CASE(
    "what is accepted is in the queue once, however often it comes", "[integration-cache][pg]"
) {
    testing::ScratchDatabase database;
    testing::run(with_dispatcher(
        database.url(),
        [](pg::Pool& pool, Dispatcher& dispatcher) -> asio::awaitable<void> {
            for (int round = 0; round < 3; ++round) {
                const auto answer = co_await dispatcher.accept(
                    dispatch_of(call::DispatchKind::dial), "t", net::deadline_in(5s)
                );
                REQUIRE(answer);
                CHECK(answer->targets == std::vector<std::string>{"retailcrm"});
                CHECK(answer->duplicate == (round > 0));
            }
            const auto messages = co_await queued(pool);
            CHECK(messages == std::vector<std::string>{"retailcrm dial"});
        }
    ));
}

TEST_CASE("a hangup without a dial brings one before it, once", "[integration-cache][pg]") {
    testing::ScratchDatabase database;
    testing::run(with_dispatcher(
        database.url(),
        [](pg::Pool& pool, Dispatcher& dispatcher) -> asio::awaitable<void> {
            for (int round = 0; round < 2; ++round) {
                const auto answer = co_await dispatcher.accept(
                    dispatch_of(call::DispatchKind::hangup), "t", net::deadline_in(5s)
                );
                REQUIRE(answer);
            }
            const auto messages = co_await queued(pool);
            CHECK(messages == std::vector<std::string>{"retailcrm dial", "retailcrm hangup"});
            // The real dial comes late: it has had its turn.
            const auto late = co_await dispatcher.accept(
                dispatch_of(call::DispatchKind::dial), "t", net::deadline_in(5s)
            );
            REQUIRE(late);
            CHECK(late->duplicate);
        }
    ));
}

TEST_CASE("a hangup after its dial brings none", "[integration-cache][pg]") {
    testing::ScratchDatabase database;
    testing::run(with_dispatcher(
        database.url(),
        [](pg::Pool& pool, Dispatcher& dispatcher) -> asio::awaitable<void> {
            for (const auto kind :
                 {call::DispatchKind::dial, call::DispatchKind::bridge, call::DispatchKind::hangup
                 }) {
                const auto answer =
                    co_await dispatcher.accept(dispatch_of(kind), "t", net::deadline_in(5s));
                REQUIRE(answer);
            }
            const auto messages = co_await queued(pool);
            CHECK(messages == std::vector<std::string>{"retailcrm dial", "retailcrm hangup"});
        }
    ));
}

TEST_CASE(
    "a call derived from events alone keeps what they told, whoever takes them",
    "[integration-cache][pg]"
) {
    testing::ScratchDatabase database;
    testing::run(with_dispatcher(
        database.url(),
        [](pg::Pool& pool, Dispatcher& dispatcher) -> asio::awaitable<void> {
            contract::Dispatch dial;
            dial.token = "375293332255";
            dial.unique_id = "1759310248.0";
            dial.raw =
                R"({"Phone":"375296254070","Extensions":["151"],"CallType":0,"Trunk":"0001363"})";
            auto hangup = dial;
            hangup.kind = call::DispatchKind::hangup;
            // After a transfer the branch that ended was an internal one.
            hangup.raw =
                R"({"Phone":"375296254070","Extensions":["151"],"CallType":2,"CallStatus":"2"})";
            for (const auto& dispatch : {dial, hangup}) {
                const auto answer = co_await dispatcher.accept(dispatch, "t", net::deadline_in(5s));
                REQUIRE(answer);
                CHECK(answer->targets == std::vector<std::string>{"retailcrm"});
                const auto again = co_await dispatcher.accept(dispatch, "t", net::deadline_in(5s));
                REQUIRE(again);
                CHECK(again->duplicate);
            }
            const auto messages = co_await queued(pool);
            CHECK(messages == std::vector<std::string>{"retailcrm dial", "retailcrm hangup"});
        }
    ));
}

TEST_CASE(
    "a call that has changed its UniqueId is known by its uuid, and two exchanges' are two calls",
    "[integration-cache][pg]"
) {
    testing::ScratchDatabase database;
    testing::run(with_dispatcher(
        database.url(),
        [](pg::Pool& pool, Dispatcher& dispatcher) -> asio::awaitable<void> {
            auto dial = dispatch_of(call::DispatchKind::dial);
            dial.unique_id = "1759225684.99";
            auto elsewhere = dispatch_of(call::DispatchKind::dial);
            elsewhere.call->uuid = "01890a5d-ac96-774b-bcce-b302099a8058";
            elsewhere.call->pbx = "minsk";
            for (const auto& dispatch :
                 {dial, dispatch_of(call::DispatchKind::hangup), elsewhere}) {
                const auto answer = co_await dispatcher.accept(dispatch, "t", net::deadline_in(5s));
                REQUIRE(answer);
                CHECK_FALSE(answer->duplicate);
            }
            const auto messages = co_await queued(pool);
            CHECK(
                messages ==
                std::vector<std::string>{"retailcrm dial", "retailcrm hangup", "retailcrm dial"}
            );
        }
    ));
}

TEST_CASE("an unknown Token is not found", "[integration-cache][pg]") {
    testing::ScratchDatabase database;
    testing::run(with_dispatcher(
        database.url(),
        [](pg::Pool&, Dispatcher& dispatcher) -> asio::awaitable<void> {
            auto dispatch = dispatch_of(call::DispatchKind::dial);
            dispatch.token = "0367";
            const auto answer =
                co_await dispatcher.accept(std::move(dispatch), "t", net::deadline_in(5s));
            REQUIRE_FALSE(answer);
            CHECK(answer.error().code == base::Errc::not_found);
        }
    ));
}

TEST_CASE(
    "what no repeat can need any more is forgotten, the rest is kept", "[integration-cache][pg]"
) {
    testing::ScratchDatabase database;
    testing::run(with_dispatcher(
        database.url(),
        [](pg::Pool& pool, Dispatcher&) -> asio::awaitable<void> {
            for (const auto* age : {"1 hour", "100 days"}) {
                const auto made = co_await pool.execute(
                    "WITH effect AS (INSERT INTO crm_effects (enterprise_number, crm, effect_key, "
                    "state, updated_at) VALUES ('0367', 'uon', $1::text, 'done', now() - "
                    "$1::text::interval)), "
                    "note AS (INSERT INTO crm_call_notes (enterprise_number, crm, note_key, note, "
                    "updated_at) VALUES ('0367', 'ms', $1::text, '{}', now() - "
                    "$1::text::interval)) "
                    "INSERT INTO integration_logs (enterprise_number, integration, event_type, "
                    "status, created_at) VALUES ('0367', 'uon', 'dial', 'done', now() - "
                    "$1::text::interval)",
                    pg::Params::of(age)
                );
                REQUIRE(made);
            }
            DispatchStore store(pool);
            const auto more = co_await store.forget_old(100);
            REQUIRE(more);
            CHECK_FALSE(*more);
            const auto left = co_await pool.execute(
                "SELECT (SELECT string_agg(effect_key, ',') FROM crm_effects) AS effects, "
                "(SELECT string_agg(note_key, ',') FROM crm_call_notes) AS notes, "
                "(SELECT count(*) FROM integration_logs) AS logs"
            );
            REQUIRE(left);
            CHECK(left->front().text("effects") == "1 hour");
            CHECK(left->front().text("notes") == "1 hour");
            CHECK(left->front().integer("logs") == 1);
        }
    ));
}
