// Joining, leaving, choosing, digests and pollers against the real PostgreSQL.

#include <boost/asio/this_coro.hpp>
#include <functional>

#include "crypto/digest.hpp"
#include "digest_store.hpp"
#include "people_store.hpp"
#include "pg/migrate.hpp"
#include "poller_store.hpp"
#include "schema/schema.hpp"
#include "testing/catch.hpp"
#include "testing/postgres.hpp"
#include "testing/run.hpp"

using namespace trunkline;
using namespace trunkline::telegram;
using namespace std::chrono_literals;

namespace {

const std::string bot = "1000367:sandbox-demo-bot-token-AAAAAAAAAAAAAAA";
const std::string other_bot = "1000368:sandbox-second-bot-token-AAAAAAAAAAAAAA";
constexpr std::int64_t bot_number = 1000367;

pg::Settings settings_of(const std::string& url) {
    pg::Settings settings;
    settings.url = url;
    return settings;
}

/// A database with enterprises 0367 and 0369 of one bot, and 0368 of another.
void with_database(const std::function<asio::awaitable<void>(pg::Pool&)>& body) {
    testing::ScratchDatabase database;
    const auto whole = [&]() -> asio::awaitable<void> {
        pg::Pool pool(co_await asio::this_coro::executor, settings_of(database.url()));
        co_await pool.open();
        const auto migrated = co_await pg::migrate(pool, schema::migrations());
        REQUIRE(migrated);
        const auto made = co_await pool.execute(
            "INSERT INTO enterprises (number, name, name2, bot_token) VALUES ('0367', 'june', "
            "'t7', "
            "$1), ('0369', 'may', 't9', $1), ('0368', 'july', 't8', $2)",
            pg::Params::of(bot, other_bot)
        );
        REQUIRE(made);
        co_await body(pool);
        co_await pool.close();
    };
    testing::run(whole());
}

asio::awaitable<void> invite(
    pg::Pool& pool, std::string enterprise, std::string code, bool for_group, std::string expires
) {
    const auto made = co_await pool.execute(
        "INSERT INTO telegram_invites (enterprise_number, code_hash, for_group, is_admin, "
        "extensions, expires_at) VALUES ($1, $2, $3, true, '{151}', now() + $4::text::interval)",
        pg::Params::of(enterprise, pg::Bytes{crypto::sha256(code)}, for_group, expires)
    );
    REQUIRE(made);
}

using Outcome = PeopleStore::Joined::Outcome;

asio::awaitable<PeopleStore::Joined> join(
    pg::Pool& pool, std::string token, std::string code, std::int64_t chat
) {
    auto session = co_await pool.acquire();
    REQUIRE(session);
    PeopleStore people(*session, token);
    const UpdateChat where{chat, chat > 0, "Кто-то"};
    const auto thread = chat > 0 ? std::nullopt : std::optional<std::int64_t>(7);
    const auto joined = co_await people.join(std::move(code), where, thread);
    REQUIRE(joined);
    co_return *joined;
}

asio::awaitable<std::string> one(pg::Pool& pool, std::string sql) {
    const auto rows = co_await pool.execute(std::move(sql));
    REQUIRE(rows);
    REQUIRE(rows->size() == 1);
    co_return std::string(rows->front().optional_text(0).value_or("null"));
}

DigestItem item(const std::string& uuid, bool answered = false) {
    return {uuid, base::system_clock().now(), answered, "❌ x"};
}

constexpr auto first_uuid = "01890a5d-ac96-774b-bcce-b302099a8057";
constexpr auto second_uuid = "01890a5d-ac96-774b-bcce-b302099a8058";

}  // namespace

TEST_CASE("a code lets one chat in, once, while it lasts, by its own bot", "[telegram][pg]") {
    with_database([](pg::Pool& pool) -> asio::awaitable<void> {
        co_await invite(pool, "0367", "good", false, "1 hour");
        co_await invite(pool, "0367", "old", false, "-1 second");
        co_await invite(pool, "0367", "group", true, "1 hour");
        const auto stranger = co_await join(pool, other_bot, "good", 5);
        CHECK(stranger.outcome == Outcome::wrong_code);
        const auto unknown = co_await join(pool, bot, "nonsense", 5);
        CHECK(unknown.outcome == Outcome::wrong_code);
        const auto late = co_await join(pool, bot, "old", 5);
        CHECK(late.outcome == Outcome::wrong_code);
        // The wrong kind of chat does not use it up.
        const auto in_group = co_await join(pool, bot, "good", -5);
        CHECK(in_group.outcome == Outcome::for_person);
        const auto alone = co_await join(pool, bot, "group", 5);
        CHECK(alone.outcome == Outcome::for_group);
        const auto first = co_await join(pool, bot, "good", 5);
        CHECK(first.outcome == Outcome::joined);
        CHECK(first.enterprise == "0367");
        const auto again = co_await join(pool, bot, "good", 5);
        CHECK(again.outcome == Outcome::already);
        const auto second = co_await join(pool, bot, "good", 6);
        CHECK(second.outcome == Outcome::wrong_code);
        const auto group = co_await join(pool, bot, "group", -5);
        CHECK(group.outcome == Outcome::joined);
        const auto rows = co_await one(
            pool,
            "SELECT string_agg(concat_ws('|', tg_id, title, thread_id, is_admin, extensions, "
            "active), "
            "';' ORDER BY tg_id) FROM telegram_users WHERE enterprise_number = '0367'"
        );
        CHECK(rows == "-5|Кто-то|7|t|{151}|t;5|Кто-то|t|{151}|t");
        // A code is nowhere in the clear.
        const auto stored = co_await one(
            pool, "SELECT count(*) FROM telegram_invites WHERE encode(code_hash, 'escape') = 'good'"
        );
        CHECK(stored == "0");
    });
}

TEST_CASE(
    "leaving, blocking and coming back touch only the bot's own enterprises", "[telegram][pg]"
) {
    with_database([](pg::Pool& pool) -> asio::awaitable<void> {
        const auto made = co_await pool.execute(
            "INSERT INTO telegram_users (tg_id, bot_token, enterprise_number) VALUES (5, $1, "
            "'0367'), (5, $1, '0369'), (5, $2, '0368')",
            pg::Params::of(bot, other_bot)
        );
        REQUIRE(made);
        auto session = co_await pool.acquire();
        REQUIRE(session);
        PeopleStore people(*session, bot);
        const auto active = [&]() {
            return one(
                pool,
                "SELECT string_agg(enterprise_number, ',' ORDER BY enterprise_number) FROM "
                "telegram_users WHERE active"
            );
        };
        const auto blocked = co_await people.switch_off(5, "bot was blocked by the user");
        REQUIRE(blocked);
        {
            const auto now_active = co_await active();
            CHECK(now_active == "0368");
        }
        const auto unblocked = co_await people.switch_on(5, false);
        CHECK(unblocked.value() == 2);
        const auto left = co_await people.switch_off(5, left_reason);
        REQUIRE(left);
        // Whoever left by themselves does not come back by unblocking the bot.
        const auto nobody = co_await people.switch_on(5, false);
        CHECK(nobody.value() == 0);
        const auto started = co_await people.switch_on(5, true);
        CHECK(started.value() == 2);
        {
            const auto now_active = co_await active();
            CHECK(now_active == "0367,0368,0369");
        }
        const auto moved = co_await people.move(5, -1005);
        REQUIRE(moved);
        const auto chats = co_await one(
            pool,
            "SELECT string_agg(enterprise_number || ':' || tg_id, ',' ORDER BY enterprise_number) "
            "FROM telegram_users"
        );
        CHECK(chats == "0367:-1005,0368:5,0369:-1005");
    });
}

TEST_CASE("what a chat chooses is kept for that chat at that enterprise", "[telegram][pg]") {
    with_database([](pg::Pool& pool) -> asio::awaitable<void> {
        const auto made = co_await pool.execute(
            "INSERT INTO telegram_users (tg_id, bot_token, enterprise_number) VALUES (5, $1, "
            "'0367'), (5, $1, '0369'), (6, $1, '0367')",
            pg::Params::of(bot)
        );
        REQUIRE(made);
        auto session = co_await pool.acquire();
        REQUIRE(session);
        PeopleStore people(*session, bot);
        const auto before = co_await people.of_chat(5);
        REQUIRE(before);
        REQUIRE(before->size() == 2);
        // A row written by hand sees everything.
        CHECK(before->front().wants == tenants::Preferences{});
        auto chosen = before->front();
        chosen.language = call::Language::en;
        chosen.wants.missed_only = true;
        chosen.wants.internal = false;
        chosen.wants.extensions = {"151", "152"};
        chosen.wants.lines = {"0001363"};
        chosen.wants.quiet_from = 22 * 60;
        chosen.wants.quiet_to = 7 * 60 + 30;
        const auto saved = co_await people.save(chosen);
        REQUIRE(saved);
        const auto after = co_await people.of_chat(5);
        REQUIRE(after);
        CHECK(after->front().wants == chosen.wants);
        CHECK(after->front().language == call::Language::en);
        CHECK(after->back().wants == tenants::Preferences{});
        const auto neighbour = co_await people.of_chat(6);
        CHECK(neighbour->front().wants == tenants::Preferences{});
    });
}

TEST_CASE(
    "a digest goes out once, with what came in until then, and keeps the rest", "[telegram][pg]"
) {
    with_database([](pg::Pool& pool) -> asio::awaitable<void> {
        DigestStore store(pool);
        const auto now = base::system_clock().now();
        const auto added = co_await store.add("0367", 5, bot_number, item(first_uuid), now + 1h);
        REQUIRE(added);
        const auto early = co_await store.claim(10, 60s);
        REQUIRE(early);
        CHECK(early->empty());
        // The same call once more only replaces its line.
        const auto repeated =
            co_await store.add("0367", 5, bot_number, item(first_uuid, true), now - 1s);
        REQUIRE(repeated);
        const auto hurried = co_await pool.execute("UPDATE telegram_digests SET due_at = now()");
        REQUIRE(hurried);
        const auto claimed = co_await store.claim(10, 60s);
        REQUIRE(claimed);
        REQUIRE(claimed->size() == 1);
        REQUIRE(claimed->front().items.size() == 1);
        CHECK(claimed->front().items.front().answered);
        const auto taken_twice = co_await store.claim(10, 60s);
        CHECK(taken_twice->empty());
        // Another call ends while the digest is under way.
        const auto meanwhile =
            co_await store.add("0367", 5, bot_number, item(second_uuid), now + 2h);
        REQUIRE(meanwhile);
        const auto told = co_await store.told(claimed->front());
        REQUIRE(told);
        const auto found_1 = co_await one(

            pool,
            "SELECT concat_ws('|', (SELECT count(*) FROM telegram_digest_items WHERE told_at IS "
            "NULL), (SELECT count(*) FROM telegram_digests WHERE due_at > now() + interval '1 "
            "hour' AND attempts = 0))"
        );
        CHECK(found_1 == "1|1");
        const auto is_told = co_await store.has("0367", 5, first_uuid);
        CHECK(is_told.value());
        const auto of_neighbour = co_await store.has("0369", 5, first_uuid);
        CHECK_FALSE(of_neighbour.value());
        // A told call stays told.
        const auto corrected = co_await store.add("0367", 5, bot_number, item(first_uuid), now);
        REQUIRE(corrected);
        const auto found_2 = co_await one(

            pool, "SELECT count(*) FROM telegram_digest_items WHERE told_at IS NULL"
        );
        CHECK(found_2 == "1");
    });
}

TEST_CASE(
    "a digest whose sender died comes round again, and the late answer changes nothing",
    "[telegram][pg]"
) {
    with_database([](pg::Pool& pool) -> asio::awaitable<void> {
        DigestStore store(pool);
        const auto now = base::system_clock().now();
        const auto added = co_await store.add("0367", 5, bot_number, item(first_uuid), now - 1s);
        REQUIRE(added);
        const auto lost = co_await store.claim(10, 0ms);
        REQUIRE(lost->size() == 1);
        const auto next = co_await store.claim(10, 60s);
        REQUIRE(next->size() == 1);
        CHECK(next->front().attempts == 2);
        const auto late = co_await store.told(lost->front());
        REQUIRE(late);
        const auto found_3 = co_await one(

            pool, "SELECT count(*) FROM telegram_digest_items WHERE told_at IS NULL"
        );
        CHECK(found_3 == "1");
        const auto postponed = co_await store.postpone(next->front(), 0ms, true);
        REQUIRE(postponed);
        const auto third = co_await store.claim(10, 60s);
        REQUIRE(third->size() == 1);
        CHECK(third->front().outcome_unknown);
        const auto dropped = co_await store.drop(third->front());
        REQUIRE(dropped);
        const auto found_4 = co_await one(pool, "SELECT count(*) FROM telegram_digests");
        CHECK(found_4 == "0");
    });
}

TEST_CASE("only the youngest poller keeps how far it has read", "[telegram][pg]") {
    with_database([](pg::Pool& pool) -> asio::awaitable<void> {
        PollerStore store(pool);
        const auto first = co_await store.begin(bot_number);
        REQUIRE(first);
        CHECK(first->offset == 0);
        const auto kept = co_await store.keep(bot_number, first->epoch, 42);
        REQUIRE(kept);
        const auto second = co_await store.begin(bot_number);
        CHECK(second->offset == 42);
        const auto stale = co_await store.keep(bot_number, first->epoch, 43);
        REQUIRE_FALSE(stale);
        CHECK(stale.error().code == base::Errc::conflict);
        // Telegram keeps nothing longer than a day, and may begin to count anew after a week.
        const auto aged = co_await pool.execute(
            "UPDATE telegram_pollers SET read_at = now() - interval '25 hours'"
        );
        REQUIRE(aged);
        const auto third = co_await store.begin(bot_number);
        CHECK(third->offset == 0);
        const auto cleaned = co_await store.clean();
        CHECK(cleaned);
    });
}
