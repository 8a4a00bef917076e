#include <boost/asio/this_coro.hpp>
#include <functional>

#include "pg/migrate.hpp"
#include "schema/schema.hpp"
#include "story/reader.hpp"
#include "story/story.hpp"
#include "testing/catch.hpp"
#include "testing/postgres.hpp"
#include "testing/run.hpp"

using namespace trunkline;

namespace {

constexpr auto ours = "01890a5d-ac96-774b-bcce-b302099a8001";
constexpr auto theirs = "01890a5d-ac96-774b-bcce-b302099a8002";

// Two enterprises whose exchanges gave the same UniqueId to different calls, each with rows in
// every table, and a stray event of the first.
constexpr auto rows_sql = R"sql(
INSERT INTO enterprises (number, name, name2, bot_token) VALUES
    ('0367', 'june', 't1', '1:a'), ('0368', 'july', 't2', '2:b');
INSERT INTO telegram_users (enterprise_number, bot_token, tg_id) VALUES
    ('0367', '1:a', 11), ('0368', '2:b', 22);
INSERT INTO calls (enterprise_number, uuid, unique_id, phone, call_type, call_status, date_received, date_end) VALUES
    ('0367', '01890a5d-ac96-774b-bcce-b302099a8001', '1.1', '375291', 0, 0, now(), now()),
    ('0368', '01890a5d-ac96-774b-bcce-b302099a8002', '1.1', '375292', 0, 0, now(), now());
INSERT INTO call_events (enterprise_number, event_timestamp, event_id, unique_id, event_type, raw_data) VALUES
    ('0367', now(), '01890a5d-ac96-774b-bcce-b302099a8011', '1.1', 'hangup', '{"UniqueId":"1.1","Phone":"375291","BridgeUniqueid":"b"}'),
    ('0367', now(), '01890a5d-ac96-774b-bcce-b302099a8012', '', 'bridge_create', '{"BridgeUniqueid":"b"}'),
    ('0367', now(), '01890a5d-ac96-774b-bcce-b302099a8013', '', 'bridge_create', '{"BridgeUniqueid":"another"}'),
    ('0368', now(), '01890a5d-ac96-774b-bcce-b302099a8021', '1.1', 'hangup', '{"UniqueId":"1.1","Phone":"375292"}'),
    ('0367', now(), '01890a5d-ac96-774b-bcce-b302099a8019', '9.9', 'new_callerid', '{"UniqueId":"9.9"}');
INSERT INTO call_event_links (enterprise_number, call_uuid, event_timestamp, event_id)
    SELECT enterprise_number, CASE enterprise_number WHEN '0367' THEN '01890a5d-ac96-774b-bcce-b302099a8001'::uuid
    ELSE '01890a5d-ac96-774b-bcce-b302099a8002' END, event_timestamp, event_id FROM call_events WHERE unique_id = '1.1';
INSERT INTO telegram_messages (enterprise_number, call_uuid, chat_id, unique_id, bot_id, card) VALUES
    ('0367', '01890a5d-ac96-774b-bcce-b302099a8001', 11, '1.1', 1, '{}'),
    ('0368', '01890a5d-ac96-774b-bcce-b302099a8002', 22, '1.1', 2, '{}');
INSERT INTO asterisk_logs (enterprise_number, call_uuid, chat_id, method, text, attempt) VALUES
    ('0367', '01890a5d-ac96-774b-bcce-b302099a8001', 11, 'sendMessage', 'ours', 1),
    ('0368', '01890a5d-ac96-774b-bcce-b302099a8002', 22, 'sendMessage', 'theirs', 1);
INSERT INTO integration_logs (enterprise_number, integration, event_type, unique_id, call_uuid, status, response) VALUES
    ('0367', 'retailcrm', 'hangup', '1.1', '01890a5d-ac96-774b-bcce-b302099a8001', 'done', 'ours'),
    ('0368', 'retailcrm', 'hangup', '1.1', '01890a5d-ac96-774b-bcce-b302099a8002', 'done', 'theirs');
INSERT INTO dispatched_events (enterprise_number, unique_id, dispatch_key, accepted_at) VALUES
    ('0367', '1.1', 'ours', now() + interval '1 second'), ('0368', '1.1', 'theirs', now() + interval '1 second');
INSERT INTO crm_effects (enterprise_number, crm, effect_key, state, updated_at) VALUES
    ('0367', 'retailcrm', '1.1:hangup', 'done', now() + interval '1 second'),
    ('0367', 'retailcrm', '11.1:hangup', 'done', now() + interval '1 second'),
    ('0368', 'retailcrm', 'main-1.1:upload', 'started', now() + interval '1 second');
INSERT INTO outbox (queue, enterprise_number, target, order_key, kind, payload, last_error, next_attempt_at) VALUES
    ('crm', '0367', 'uon', '01890a5d-ac96-774b-bcce-b302099a8001', 'hangup', '{}', 'ours', 'infinity'),
    ('crm', '0368', 'uon', '01890a5d-ac96-774b-bcce-b302099a8002', 'hangup', '{}', 'theirs', now());
INSERT INTO dead_letters (id, queue, enterprise_number, target, order_key, kind, payload, attempts, reason, created_at) VALUES
    (-1, 'crm', '0367', 'uon', '01890a5d-ac96-774b-bcce-b302099a8001', 'dial', '{}', 1, 'ours', now()),
    (-2, 'crm', '0368', 'uon', '01890a5d-ac96-774b-bcce-b302099a8002', 'dial', '{}', 1, 'theirs', now());
INSERT INTO rejected_events (event_type, token, status, reason, body) VALUES
    ('dial', 't1', 422, 'ours', '{"UniqueId":"1.1"}'), ('dial', 't2', 422, 'theirs', '{"UniqueId":"1.1"}'),
    ('dial', 't1', 422, 'another call', '{"UniqueId":"11.1"}');
)sql";

asio::awaitable<void> with_rows(
    std::string url, std::function<asio::awaitable<void>(pg::Pool&)> body
) {
    const auto executor = co_await asio::this_coro::executor;
    pg::Settings settings;
    settings.url = std::move(url);
    pg::Pool pool(executor, settings);
    co_await pool.open();
    const auto migrated = co_await pg::migrate(pool, schema::migrations());
    REQUIRE(migrated);
    auto session = co_await pool.acquire();
    REQUIRE(session);
    const auto filled = co_await session->script(rows_sql);
    REQUIRE(filled);
    co_await body(pool);
    co_await pool.close();
}

}  // namespace

TEST_CASE("a call's records are its own, of one enterprise, in every table", "[story][pg]") {
    testing::ScratchDatabase database;
    testing::run(with_rows(database.url(), [](pg::Pool& pool) -> asio::awaitable<void> {
        const auto records = co_await story::read_records(pool, ours, std::nullopt);
        REQUIRE(records);
        CHECK(records->enterprise.number == "0367");
        CHECK(records->events.size() == 2);  // With the making of its bridge.
        CHECK(records->cards.size() == 1);
        CHECK(records->telegram.size() == 1);
        CHECK(records->crm.size() == 1);
        CHECK(records->dispatches.size() == 1);
        CHECK(records->effects.size() == 1);
        CHECK(records->waiting.size() == 1);
        CHECK(records->dead.size() == 1);
        CHECK(records->refusals.size() == 1);
        CHECK(records->subscribers.size() == 1);
        const auto told = story::to_json(story::tell(*records, {}));
        CHECK_THAT(told, ContainsSubstring("ours"));
        CHECK(told.find("theirs") == std::string::npos);
        CHECK(told.find("375292") == std::string::npos);
        CHECK(told.find("another call") == std::string::npos);
    }));
}

TEST_CASE("a UniqueId of two enterprises asks which is meant", "[story][pg]") {
    testing::ScratchDatabase database;
    testing::run(with_rows(database.url(), [](pg::Pool& pool) -> asio::awaitable<void> {
        const auto both = co_await story::read_records(pool, "1.1", std::nullopt);
        REQUIRE_FALSE(both);
        CHECK(both.error().code == base::Errc::conflict);
        for (const auto* any : {"0368", "t2", "july"}) {
            const auto records = co_await story::read_records(pool, "1.1", any);
            REQUIRE(records);
            CHECK(records->uuid == theirs);
            CHECK(records->effects.size() == 1);
        }
        const auto foreign = co_await story::read_records(pool, ours, "0368");
        REQUIRE_FALSE(foreign);
        CHECK(foreign.error().code == base::Errc::not_found);
    }));
}

TEST_CASE("an event without a call is found by its UniqueId", "[story][pg]") {
    testing::ScratchDatabase database;
    testing::run(with_rows(database.url(), [](pg::Pool& pool) -> asio::awaitable<void> {
        const auto records = co_await story::read_records(pool, "9.9", std::nullopt);
        REQUIRE(records);
        CHECK(records->uuid.empty());
        REQUIRE(records->events.size() == 1);
        CHECK_FALSE(records->events[0].has_call);
        CHECK(records->waiting.empty());
        const auto unknown = co_await story::read_records(pool, "7.7", std::nullopt);
        REQUIRE_FALSE(unknown);
        CHECK(unknown.error().code == base::Errc::not_found);
    }));
}
