#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fstream>
#include <functional>

#include "call/tracker.hpp"
#include "metrics/registry.hpp"
#include "pg/listener.hpp"
#include "pg/migrate.hpp"
#include "recording_handlers.hpp"
#include "schema/schema.hpp"
#include "testing/catch.hpp"
#include "testing/postgres.hpp"
#include "testing/run.hpp"
#include "testing/temp_folder.hpp"

using namespace trunkline;
using namespace std::chrono_literals;

namespace {

constexpr auto key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
constexpr auto ours = "01890a5d-ac96-774b-bcce-b302099a8057";
constexpr auto theirs = "01890a5d-ac96-774b-bcce-b302099a8058";
constexpr auto absorbed = "01890a5d-ac96-774b-bcce-b302099a8059";
constexpr auto unlinked = "01890a5d-ac96-774b-bcce-b302099a805a";

/// Two enterprises with a call each, of one UniqueId, both with a recording.
constexpr auto two_enterprises =
    "INSERT INTO enterprises (number, name2, bot_token, integrations_config) VALUES "
    "('0367', 't1', '1:a', '{\"retailcrm\":{\"enabled\":true}}'), ('0368', 't2', '', '{}');"
    "INSERT INTO calls (enterprise_number, uuid, unique_id, phone, call_type, call_status, "
    "date_received, date_end, record_url) VALUES "
    "('0367', '01890a5d-ac96-774b-bcce-b302099a8057', '1.1', '375296254070', 0, 2, "
    "'2025-09-30T21:30:00Z', '2025-09-30T21:31:00Z', 'x'), "
    "('0368', '01890a5d-ac96-774b-bcce-b302099a8058', '1.1', '375296254070', 0, 2, "
    "'2025-09-30T21:30:00Z', '2025-09-30T21:31:00Z', 'x'), "
    "('0367', '01890a5d-ac96-774b-bcce-b302099a805a', '1.2', '375296254070', 0, 2, "
    "'2025-09-30T21:30:00Z', '2025-09-30T21:31:00Z', NULL);"
    "INSERT INTO recordings (enterprise_number, call_uuid, unique_ids, plain_link) VALUES "
    "('0367', '01890a5d-ac96-774b-bcce-b302099a8057', '{1.1}', true), "
    "('0368', '01890a5d-ac96-774b-bcce-b302099a8058', '{1.1}', false)";

struct World {
    pg::Pool& pool;
    ingest::Recordings& recordings;
    const std::filesystem::path& folder;

    asio::awaitable<httpd::Response> get(std::string uuid, std::string query = {}) const {
        httpd::Request request;
        request.method = "GET";
        request.query = std::move(query);
        request.params.emplace_back("uuid", std::move(uuid));
        const auto handler = ingest::get_recording(recordings);
        co_return co_await handler(request);
    }
    asio::awaitable<httpd::Response> note(std::string body) const {
        httpd::Request request;
        request.method = "POST";
        request.body = std::move(body);
        request.deadline = net::deadline_in(10s);
        const auto handler = ingest::note_recording(recordings, folder.string());
        co_return co_await handler(request);
    }
    asio::awaitable<std::string> sql(std::string text) const {
        const auto rows = co_await pool.execute(std::move(text));
        REQUIRE(rows);
        co_return rows->empty() ? "" : std::string(rows->front().optional_text(0).value_or("null"));
    }
    std::string sign(std::string_view enterprise, std::string_view uuid, base::WallTime until)
        const {
        const auto expires = std::chrono::floor<std::chrono::seconds>(until);
        const auto link = recordings.signer->signed_link("x", {enterprise, uuid, expires});
        return link.substr(link.find('?') + 1);
    }
};

using Body = std::function<asio::awaitable<void>(World&)>;

asio::awaitable<void> with_world(std::string url, std::filesystem::path folder, Body body) {
    const auto executor = co_await asio::this_coro::executor;
    pg::Settings settings;
    settings.url = std::move(url);
    pg::Pool pool(executor, settings);
    co_await pool.open();
    const auto migrated = co_await pg::migrate(pool, schema::migrations());
    INFO((migrated ? "" : migrated.error().detail));
    REQUIRE(migrated);
    auto session = co_await pool.acquire();
    REQUIRE(session);
    const auto filled = co_await session->script(two_enterprises);
    REQUIRE(filled);
    metrics::Registry registry;
    pg::Listener listener(executor, settings);
    tenants::Directory directory(executor, pool, listener);
    httpc::Client client(executor, {}, registry);
    ingest::RecordingStore store(pool, "Europe/Minsk");
    ingest::RecordingSource source(client, folder);
    ingest::RecordingNotices notices(store, directory, "https://x.by");
    auto signer = recordings::LinkSigner::from_secrets_key(key);
    REQUIRE(signer);
    ingest::Recordings recordings{store, source, notices, *signer};
    World world{pool, recordings, folder};
    co_await body(world);
    {
        auto done = std::move(*session);
    }
    co_await client.close();
    co_await pool.close();
}

void in_world(const Body& body) {
    testing::ScratchDatabase database;
    const testing::TempFolder temp;
    for (const auto* number : {"0367", "0368"}) {
        std::filesystem::create_directories(temp.path() / number);
        std::ofstream(temp.path() / number / "1.1.wav") << "sound of " << number;
    }
    testing::run(with_world(database.url(), temp.path(), body));
}

}  // namespace

TEST_CASE("a plain link opens what it was handed out for", "[ingest][pg]") {
    in_world([](World& world) -> asio::awaitable<void> {
        const auto found = co_await world.get(ours);
        CHECK(found.status == 200);
        CHECK(found.size() == 13);
        const auto other = co_await world.get(theirs);
        CHECK(other.status == 403);
        CHECK_THAT(other.body, ContainsSubstring("exp and sig are missing"));
        const auto unknown = co_await world.get(absorbed);
        CHECK(unknown.status == 404);
        const auto odd = co_await world.get("1.1");
        CHECK(odd.status == 404);
        const auto where = co_await world.sql(
            "SELECT location || ' ' || (found_at IS NOT NULL) FROM recordings WHERE call_uuid = "
            "'01890a5d-ac96-774b-bcce-b302099a8057'"
        );
        CHECK(where == "file:1.1.wav true");
    });
}

TEST_CASE("a signed link opens its own enterprise's recording until it expires", "[ingest][pg]") {
    in_world([](World& world) -> asio::awaitable<void> {
        const auto now = base::system_clock().now();
        const auto good = co_await world.get(theirs, world.sign("0368", theirs, now + 1h));
        CHECK(good.status == 200);
        const auto expired = co_await world.get(theirs, world.sign("0368", theirs, now - 1h));
        CHECK(expired.status == 403);
        CHECK_THAT(expired.body, ContainsSubstring("expired"));
        const auto moved = co_await world.get(theirs, world.sign("0368", ours, now + 1h));
        CHECK(moved.status == 403);
        const auto foreign = co_await world.get(theirs, world.sign("0367", theirs, now + 1h));
        CHECK(foreign.status == 403);
        // An expired link is no plain one, even where a plain one would do.
        const auto old = co_await world.get(ours, world.sign("0367", ours, now - 1h));
        CHECK(old.status == 403);
        const auto half = co_await world.get(ours, "exp=1");
        CHECK(half.status == 403);
        CHECK_THAT(half.body, ContainsSubstring("sig is missing"));
        world.recordings.signer.reset();
        const auto keyless = co_await world.get(theirs, "exp=1&sig=x");
        CHECK(keyless.status == 403);
        CHECK_THAT(keyless.body, ContainsSubstring("SECRETS_KEY is not set"));
    });
}

TEST_CASE("a revoked recording opens by no link", "[ingest][pg]") {
    in_world([](World& world) -> asio::awaitable<void> {
        co_await world.sql("UPDATE recordings SET revoked_at = now()");
        const auto plain = co_await world.get(ours);
        CHECK(plain.status == 403);
        CHECK_THAT(plain.body, ContainsSubstring("revoked"));
        const auto until = base::system_clock().now() + 1h;
        const auto signed_one = co_await world.get(ours, world.sign("0367", ours, until));
        CHECK(signed_one.status == 403);
    });
}

TEST_CASE("the link of a call that was joined to another leads to that one", "[ingest][pg]") {
    in_world([](World& world) -> asio::awaitable<void> {
        co_await world.sql(
            "INSERT INTO recordings (enterprise_number, call_uuid, plain_link) VALUES ('0367', "
            "'01890a5d-ac96-774b-bcce-b302099a8059', true)"
        );
        auto merge = ingest::RecordingStore::merge_query("0367", absorbed, ours);
        const auto merged =
            co_await world.pool.execute(std::move(merge.sql), std::move(merge.params));
        REQUIRE(merged);
        const auto found = co_await world.get(absorbed);
        CHECK(found.status == 200);
        co_await world.sql(
            "UPDATE recordings SET revoked_at = now() WHERE call_uuid = "
            "'01890a5d-ac96-774b-bcce-b302099a8057'"
        );
        const auto revoked = co_await world.get(absorbed);
        CHECK(revoked.status == 403);
    });
}

TEST_CASE("an exchange that says where a recording is makes a late link known", "[ingest][pg]") {
    in_world([](World& world) -> asio::awaitable<void> {
        const auto noted = co_await world.note(
            R"({"enterprise_number":"0367","uuid":"01890a5d-ac96-774b-bcce-b302099a805a",)"
            R"("file":"odd/name.wav"})"
        );
        INFO(noted.body);
        REQUIRE(noted.status == 200);
        CHECK_THAT(noted.body, ContainsSubstring(R"("told":true)"));
        CHECK_THAT(
            noted.body,
            ContainsSubstring("https://x.by/recordings/01890a5d-ac96-774b-bcce-b302099a805a")
        );
        const auto queues = co_await world.sql(
            "SELECT string_agg(queue || ':' || kind, ' ' ORDER BY queue) FROM outbox"
        );
        CHECK(queues == "gateway:update telegram:card");
        const auto row = co_await world.sql(
            "SELECT location || ' ' || plain_link || ' ' || c.record_url FROM recordings r JOIN "
            "calls c ON c.uuid = r.call_uuid WHERE c.unique_id = '1.2'"
        );
        CHECK(
            row ==
            "file:odd/name.wav true https://x.by/recordings/01890a5d-ac96-774b-bcce-b302099a805a"
        );
        const auto not_yet = co_await world.get(unlinked);
        CHECK(not_yet.status == 404);
        CHECK(not_yet.header("Retry-After") == "30");

        const auto again = co_await world.note(
            R"({"enterprise_number":"0367","uuid":"01890a5d-ac96-774b-bcce-b302099a805a",)"
            R"("url":"https://pbx.example.by/1.wav"})"
        );
        CHECK_THAT(again.body, ContainsSubstring(R"("told":false)"));
        const auto messages = co_await world.sql("SELECT count(*) FROM outbox");
        CHECK(messages == "2");
    });
}

TEST_CASE("a notice that makes no sense is told what is wrong", "[ingest][pg]") {
    in_world([](World& world) -> asio::awaitable<void> {
        const auto foreign = co_await world.note(
            R"({"enterprise_number":"0368","uuid":"01890a5d-ac96-774b-bcce-b302099a8057",)"
            R"("file":"1.1.wav"})"
        );
        CHECK(foreign.status == 404);
        const auto nobody =
            co_await world.note(R"({"enterprise_number":"9","unique_id":"1.1","file":"a.wav"})");
        CHECK(nobody.status == 404);
        const auto outside = co_await world.note(
            R"({"enterprise_number":"0367","unique_id":"1.1","file":"../0368/1.1.wav"})"
        );
        CHECK(outside.status == 422);
        CHECK_THAT(outside.body, ContainsSubstring("/file"));
        for (const auto* body :
             {R"({"enterprise_number":"0367","file":"a.wav"})",
              R"({"enterprise_number":"0367","unique_id":"1","uuid":"2","file":"a.wav"})",
              R"({"enterprise_number":"0367","unique_id":"1"})",
              R"({"enterprise_number":"0367","unique_id":"1","file":"a.wav","url":"https://x"})",
              R"({"enterprise_number":"0367","unique_id":"1","url":"ftp://x"})",
              R"({"enterprise_number":"0367","uuid":"x","file":"a.wav"})",
              R"({"unique_id":"1","file":"a.wav"})"}) {
            CAPTURE(body);
            const auto wrong = co_await world.note(body);
            CHECK(wrong.status == 422);
        }
    });
}

TEST_CASE("a notice during the call waits for its hangup", "[ingest][pg]") {
    in_world([](World& world) -> asio::awaitable<void> {
        co_await world.sql(
            "INSERT INTO live_calls (enterprise_number, uuid, state) VALUES ('0367', "
            "'01890a5d-ac96-774b-bcce-b302099a8059', "
            "'{\"call\":{\"unique_ids\":[\"7.6\",\"7.7\"]}}')"
        );
        const auto noted =
            co_await world.note(R"({"enterprise_number":"0367","unique_id":7.7,"file":"call.wav"})"
            );
        CHECK(noted.status == 200);
        CHECK_THAT(noted.body, ContainsSubstring(R"("record_url":null,"told":false)"));
        const auto foreign = co_await world.note(
            R"({"enterprise_number":"0368","unique_id":"7.7","file":"call.wav"})"
        );
        CHECK(foreign.status == 404);
    });
}

TEST_CASE("a late link is part of a call that the tracker still follows", "[ingest][pg]") {
    call::TrackerSettings settings;
    settings.make_uuid = [] { return std::string(unlinked); };
    call::Tracker tracker(std::move(settings));
    const auto body =
        json::parse(R"({"Token":"t1","UniqueId":"1.2","Phone":"375296254070","CallType":0,)"
                    R"("CallStatus":"2","Extensions":["151"]})");
    REQUIRE(body);
    call::Arrival arrival;
    arrival.received = base::system_clock().now();
    const auto hangup = call::decode_event(call::EventType::hangup, body->root(), arrival);
    REQUIRE(hangup);
    tracker.apply(*hangup);
    const auto* live = tracker.find(unlinked);
    REQUIRE(live != nullptr);
    const auto state = call::to_json(*live);
    const auto revision = live->call.revision;

    in_world([=](World& world) -> asio::awaitable<void> {
        const auto kept = co_await world.pool.execute(
            "INSERT INTO live_calls (enterprise_number, uuid, state) VALUES ('0367', $1::uuid, "
            "$2::jsonb)",
            pg::Params::of(unlinked, state)
        );
        REQUIRE(kept);
        const auto noted = co_await world.note(
            R"({"enterprise_number":"0367","uuid":"01890a5d-ac96-774b-bcce-b302099a805a",)"
            R"("file":"a.wav"})"
        );
        CHECK_THAT(noted.body, ContainsSubstring(R"("told":true)"));
        const auto stored = co_await world.sql("SELECT state::text FROM live_calls");
        const auto restored = call::live_call_from_json(stored);
        REQUIRE(restored);
        CHECK(restored->call.record_url == "https://x.by/recordings/" + std::string(unlinked));
        CHECK(restored->call.revision == revision + 1);
        const auto told = co_await world.sql(
            "SELECT payload->'call'->>'revision' FROM outbox WHERE queue = 'telegram'"
        );
        CHECK(told == std::to_string(revision + 1));
    });
}
