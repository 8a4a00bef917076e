#include <boost/asio/this_coro.hpp>
#include <functional>

#include "dead_letter_store.hpp"
#include "json/document.hpp"
#include "pg/migrate.hpp"
#include "schema/schema.hpp"
#include "testing/catch.hpp"
#include "testing/postgres.hpp"
#include "testing/run.hpp"

using namespace trunkline;
using namespace std::chrono_literals;

namespace {

constexpr auto uuid = "01890a5d-ac96-774b-bcce-b302099a8057";
constexpr auto fixture = R"sql(
    INSERT INTO enterprises (number, name2, bot_token)
        VALUES ('0367', '1', '111:abc'), ('0368', '2', '222:abc');
    INSERT INTO dead_letters (id, queue, enterprise_number, target, order_key, kind, payload,
        attempts, reason, created_at, died_at) VALUES
        (7, 'crm', '0367', 'retailcrm', 'c1', 'hangup', '{"token":"1","api_key":"hidden-key-1"}',
            9, 'Wrong apiKey - check api_key', now() - interval '2 days', now() - interval '1 day'),
        (8, 'gateway', '0368', '8020', 'c2', 'dial', '{}', 1, '8020 answered 422',
            now(), now() - interval '2 hours');
    INSERT INTO telegram_messages (enterprise_number, call_uuid, chat_id, bot_id, message_id, card,
        wanted_text, wanted_version, sent_version, dead_reason, died_at, attempts)
        VALUES ('0367', '01890a5d-ac96-774b-bcce-b302099a8057', -5, 111, 42, '{}', 'x', 3, 2,
            'bot was blocked', now() - interval '1 hour', 4);
)sql";

struct Bench {
    explicit Bench(pg::Pool& pool_in) : pool(pool_in), store(pool_in) {}

    asio::awaitable<void> run(std::string sql) {
        auto session = co_await pool.acquire();
        REQUIRE(session);
        const auto done = co_await session->script(std::move(sql));
        if (!done) {
            FAIL(base::describe(done.error()));
        }
    }
    asio::awaitable<std::string> value(std::string sql) {
        const auto rows = co_await pool.execute(std::move(sql));
        REQUIRE(rows);
        co_return std::string(rows->front().text(0));
    }
    asio::awaitable<std::vector<std::string>> ids(ingest::DeadLetterStore::Filter filter) {
        const auto page = co_await store.list(std::move(filter));
        REQUIRE(page);
        const auto document = json::parse(*page).value();
        std::vector<std::string> out;
        for (const auto item : document.root().find("items")->elements()) {
            out.emplace_back(*item.find("id")->string());
        }
        co_return out;
    }

    pg::Pool& pool;
    ingest::DeadLetterStore store;
};

asio::awaitable<void> with_bench(
    std::string url, std::function<asio::awaitable<void>(Bench&)> body
) {
    const auto executor = co_await asio::this_coro::executor;
    pg::Settings settings;
    settings.url = std::move(url);
    pg::Pool pool(executor, settings);
    co_await pool.open();
    const auto migrated = co_await pg::migrate(pool, schema::migrations());
    REQUIRE(migrated);
    Bench bench(pool);
    co_await bench.run(fixture);
    co_await body(bench);
    co_await pool.close();
}

std::string card_id() { return std::string("t-") + uuid + ".-5.0367"; }

}  // namespace

TEST_CASE("letters of all queues and dead cards are one list, the last first", "[ingest][pg]") {
    testing::ScratchDatabase database;
    testing::run(with_bench(database.url(), [](Bench& bench) -> asio::awaitable<void> {
        const auto all = co_await bench.ids({});
        CHECK(all == std::vector<std::string>{card_id(), "8", "7"});
        ingest::DeadLetterStore::Filter filter;
        filter.enterprise = "0367";
        const auto mine = co_await bench.ids(filter);
        CHECK(mine == std::vector<std::string>{card_id(), "7"});
        filter.queue = "crm";
        const auto crm = co_await bench.ids(filter);
        CHECK(crm == std::vector<std::string>{"7"});
    }));
}

TEST_CASE("pages of dead letters follow each other", "[ingest][pg]") {
    testing::ScratchDatabase database;
    testing::run(with_bench(database.url(), [](Bench& bench) -> asio::awaitable<void> {
        std::vector<std::string> seen;
        ingest::DeadLetterStore::Filter filter;
        filter.limit = 1;
        for (int i = 0; i < 3; ++i) {
            const auto page = co_await bench.store.list(filter);
            REQUIRE(page);
            const auto document = json::parse(*page).value();
            seen.emplace_back(*(*document.root().find("items"))[0].find("id")->string());
            const auto next = document.root().find("next")->string();
            filter.cursor = next ? std::optional<std::string>(*next) : std::nullopt;
        }
        CHECK(seen == std::vector<std::string>{card_id(), "8", "7"});
        CHECK_FALSE(filter.cursor);
    }));
}

TEST_CASE("a letter is shown with payload, reason and mend, its secrets masked", "[ingest][pg]") {
    testing::ScratchDatabase database;
    testing::run(with_bench(database.url(), [](Bench& bench) -> asio::awaitable<void> {
        const auto shown = co_await bench.store.get(std::int64_t{7}, "7");
        REQUIRE(shown);
        const auto document = json::parse(*shown).value();
        CHECK(document.root().find("mend")->string() == "check api_key");
        CHECK(document.root().find("payload")->find("token")->string() == "1");
        CHECK(shown->find("hidden-key-1") == std::string::npos);
        const auto card =
            co_await bench.store.get(*ingest::parse_dead_letter_id(card_id()), card_id());
        REQUIRE(card);
        CHECK_THAT(*card, ContainsSubstring("unblocks"));
        const auto absent = co_await bench.store.get(std::int64_t{99}, "99");
        REQUIRE_FALSE(absent);
        CHECK(absent.error().code == base::Errc::not_found);
    }));
}

TEST_CASE(
    "a replayed letter waits in its queue once, and again when it was delivered", "[ingest][pg]"
) {
    testing::ScratchDatabase database;
    testing::run(with_bench(database.url(), [](Bench& bench) -> asio::awaitable<void> {
        const auto replayed = co_await bench.store.replay(std::int64_t{7});
        REQUIRE(replayed);
        const auto row = co_await bench.value(
            "SELECT id || ' ' || queue || ' ' || order_key || ' ' || attempts || ' ' || "
            "(created_at > now() - interval '1 minute') FROM outbox"
        );
        CHECK(row == "7 crm c1 0 true");
        const auto again = co_await bench.store.replay(std::int64_t{7});
        REQUIRE_FALSE(again);
        CHECK(again.error().code == base::Errc::conflict);
        co_await bench.run("DELETE FROM outbox");
        ingest::DeadLetterStore::Filter delivered;
        delivered.state = "delivered";
        const auto ids = co_await bench.ids(delivered);
        CHECK(ids == std::vector<std::string>{"7"});
        const auto once_more = co_await bench.store.replay(std::int64_t{7});
        CHECK(once_more);
        const auto missing = co_await bench.store.replay(std::int64_t{99});
        REQUIRE_FALSE(missing);
        CHECK(missing.error().code == base::Errc::not_found);
    }));
}

TEST_CASE("a replayed card is due at once and keeps its message", "[ingest][pg]") {
    testing::ScratchDatabase database;
    testing::run(with_bench(database.url(), [](Bench& bench) -> asio::awaitable<void> {
        const auto id = *ingest::parse_dead_letter_id(card_id());
        const auto replayed = co_await bench.store.replay(id);
        REQUIRE(replayed);
        const auto row = co_await bench.value(
            "SELECT (dead_reason IS NULL) || ' ' || attempts || ' ' || message_id || ' ' || "
            "(sent_version < wanted_version) || ' ' || replayed_reason FROM telegram_messages"
        );
        CHECK(row == "true 0 42 true bot was blocked");
        const auto again = co_await bench.store.replay(id);
        REQUIRE_FALSE(again);
        CHECK(again.error().code == base::Errc::conflict);
        ingest::DeadLetterStore::Filter pending;
        pending.state = "pending";
        const auto ids = co_await bench.ids(pending);
        CHECK(ids == std::vector<std::string>{card_id()});
    }));
}

TEST_CASE("a card of a bot that is gone begins anew with the present one", "[ingest][pg]") {
    testing::ScratchDatabase database;
    testing::run(with_bench(database.url(), [](Bench& bench) -> asio::awaitable<void> {
        const auto id = *ingest::parse_dead_letter_id(card_id());
        co_await bench.run("UPDATE enterprises SET bot_token = ''");
        const auto refused = co_await bench.store.replay(id);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code == base::Errc::conflict);
        CHECK_THAT(refused.error().detail, ContainsSubstring("has no bot"));
        co_await bench.run("UPDATE enterprises SET bot_token = '333:new'");
        const auto replayed = co_await bench.store.replay(id);
        REQUIRE(replayed);
        const auto row = co_await bench.value(
            "SELECT bot_id || ' ' || (message_id IS NULL) FROM telegram_messages"
        );
        CHECK(row == "333 true");
    }));
}
