// The routes of control over a played exchange and a real database.

#include <boost/asio/this_coro.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "control/call_orders.hpp"
#include "control/control.hpp"
#include "control/looks.hpp"
#include "control/queue_orders.hpp"
#include "fake_exchange.hpp"
#include "json/document.hpp"
#include "json/writer.hpp"
#include "pg/listener.hpp"
#include "pg/migrate.hpp"
#include "schema/schema.hpp"
#include "testing/catch.hpp"
#include "testing/fake_clock.hpp"
#include "testing/postgres.hpp"
#include "testing/run.hpp"

using namespace trunkline;
using namespace trunkline::pbx_control;
using namespace std::chrono_literals;

namespace {

constexpr auto admin_token = "admin-token-of-the-test";
constexpr auto internal_token = "internal-token-of-the-test";

/// An exchange with two people in a call, a queue, and a context for held calls.
class PlayedExchange {
public:
    explicit PlayedExchange(const asio::any_io_executor& executor)
        : fake(executor, [this](ami::FakeExchange::Talk& talk) { return play(talk); }) {}

    /// The actions that came, without those that only look.
    std::vector<ami::FakeExchange::Action> done;
    std::map<std::string, std::string> refusals;  ///< Action -> the exchange's words.
    std::size_t looks = 0;
    bool knows_atxfer = true;
    bool is_consulting = false;
    ami::FakeExchange fake;

private:
    asio::awaitable<void> play(ami::FakeExchange::Talk& talk) {
        co_await talk.welcome();
        for (;;) {
            auto action = co_await talk.read_action();
            if (action.empty()) {
                co_return;
            }
            co_await answer(talk, std::move(action));
        }
    }

    static std::string items(const ami::FakeExchange::Action& action, std::string text) {
        const auto id = "ActionID: " + action.at("ActionID") + "\r\n";
        std::string out;
        for (std::size_t at = 0; at < text.size();) {
            const auto end = text.find("\n\n", at);
            auto item = text.substr(at, end - at);
            at = end == std::string::npos ? text.size() : end + 2;
            for (auto line = item.find('\n'); line != std::string::npos;
                 line = item.find('\n', line + 2)) {
                item.replace(line, 1, "\r\n");
            }
            out += item + "\r\n" + id + "\r\n";
        }
        return out;
    }

    asio::awaitable<void> list(
        ami::FakeExchange::Talk& talk, const ami::FakeExchange::Action& action, std::string text
    ) {
        ++looks;
        co_await talk.succeed(action, "EventList: start\r\n");
        co_await talk.send(
            items(action, std::move(text)) + "Event: Done\r\nActionID: " + action.at("ActionID") +
            "\r\nEventList: Complete\r\n\r\n"
        );
    }

    asio::awaitable<void> answer(ami::FakeExchange::Talk& talk, ami::FakeExchange::Action action) {
        const auto name = action["Action"];
        if (const auto refusal = refusals.find(name); refusal != refusals.end()) {
            co_await talk.fail(action, refusal->second);
        } else if (name == "CoreShowChannels") {
            co_await list(
                talk,
                action,
                "Event: CoreShowChannel\nChannel: PJSIP/trunk-00000001\nChannelStateDesc: Up\n"
                "CallerIDNum: 375296254070\nContext: from-trunk\nUniqueid: 1.1\nLinkedid: 1.1\n"
                "BridgeId: b1\nDuration: 00:01:05\n\n"
                "Event: CoreShowChannel\nChannel: PJSIP/1001-00000002\nChannelStateDesc: Up\n"
                "CallerIDNum: 1001\nContext: from-internal\nUniqueid: 1.2\nLinkedid: 1.1\n"
                "BridgeId: b1\nDuration: 00:01:00\n\n"
                "Event: CoreShowChannel\nChannel: PJSIP/1005-00000003\nChannelStateDesc: Ringing\n"
                "CallerIDNum: 1005\nContext: from-internal\nUniqueid: 1.3\nLinkedid: 1.3\n"
                "BridgeId: \nDuration: 00:00:03\n\n"
                "Event: CoreShowChannel\nChannel: "
                "Local/record-1_2-20260113-085959@trunkline-hold-1;1"
                "\nUniqueid: 1.5" +
                    std::string(
                        is_consulting ? "\n\nEvent: CoreShowChannel\nChannel: "
                                        "Local/1002@from-internal-1;1\nUniqueid: 1.4"
                                      : ""
                    )
            );
        } else if (name == "QueueStatus") {
            const bool is_known = action["Queue"].empty() || action["Queue"] == "support";
            co_await list(
                talk,
                action,
                is_known
                    ? "Event: QueueParams\nQueue: support\nStrategy: ringall\nCalls: 1\nCompleted: "
                      "7\nAbandoned: 3\n\n"
                      "Event: QueueMember\nQueue: support\nName: Anna\nLocation: PJSIP/1001\n"
                      "Membership: static\nPenalty: 0\nStatus: 1\nPaused: 0\nInCall: 0\n\n"
                      "Event: QueueMember\nQueue: support\nName: Boris\nLocation: PJSIP/1002\n"
                      "Membership: dynamic\nPenalty: 1\nStatus: 1\nPaused: 1\nInCall: 0\n\n"
                      "Event: QueueEntry\nQueue: support\nPosition: 1\nChannel: PJSIP/t-1\n"
                      "CallerIDNum: 375447778899\nWait: 12"
                    : ""
            );
        } else if (name == "DeviceStateList") {
            co_await list(
                talk,
                action,
                "Event: DeviceStateChange\nDevice: PJSIP/1001\nState: NOT_INUSE\n\n"
                "Event: DeviceStateChange\nDevice: PJSIP/1002\nState: UNAVAILABLE"
            );
        } else if (name == "ParkedCalls") {
            co_await list(
                talk,
                action,
                "Event: ParkedCall\nParkeeChannel: PJSIP/trunk-00000001\nParkinglot: default\n"
                "ParkingSpace: 701"
            );
        } else if (name == "ShowDialPlan") {
            const bool is_known = action["Extension"] != "1999";
            if (is_known) {
                co_await list(talk, action, "Event: ListDialplan\nContext: from-internal");
            } else {
                co_await talk.fail(action, "Did not find extension");
            }
        } else if (name == "CoreSettings") {
            co_await talk.succeed(action, "AsteriskVersion: 22.10.1\r\nAMIversion: 11.0.0\r\n");
        } else if (name == "CoreStatus") {
            co_await talk.succeed(action, "CoreCurrentCalls: 2\r\n");
        } else if (name == "Getvar") {
            co_await talk.succeed(action, "Variable: X\r\nValue: \r\n");
        } else {
            is_consulting = is_consulting || (name == "Atxfer" && knows_atxfer);
            if (name != "Ping") {
                done.push_back(action);
            }
            co_await talk.succeed(action, "Message: done\r\n");
        }
    }
};

class ClientLink : public ExchangeLink {
public:
    explicit ClientLink(ami::Client& client) : client_(client) {}
    asio::awaitable<base::Result<ami::Reply>> send(
        ami::Action action, std::chrono::milliseconds limit
    ) override {
        return client_.send(std::move(action), limit);
    }
    ami::ClientStatus status() const override { return client_.status(); }

private:
    ami::Client& client_;
};

class TestBook : public ExchangeBook {
public:
    std::optional<Exchange> find(const std::string& id) const override {
        const auto found = all.find(id);
        return found == all.end() ? std::nullopt : std::optional(found->second);
    }
    bool is_elsewhere(const std::string& id) const override { return id == "elsewhere"; }
    std::map<std::string, Exchange> all;
};

ami::ClientSettings client_settings(std::uint16_t port) {
    ami::ClientSettings out;
    out.port = port;
    out.username = "trunkline";
    out.secret = "exchange-secret";
    return out;
}

pg::Settings postgres_settings(const testing::ScratchDatabase& database) {
    pg::Settings out;
    out.url = database.url();
    return out;
}

struct Told {
    unsigned status = 0;
    json::Document body;
    std::string text;

    std::string member(std::string_view key) const {
        const auto found = body.root().find(key);
        return found ? std::string(found->scalar_text().value_or(found->dump())) : "(none)";
    }
};

/// Exchange `7` of 0367, `8` of 0368, `down` of 0367 which is not connected.
struct Scene {
    explicit Scene(asio::any_io_executor executor)
        : settings(postgres_settings(database)),
          pool(executor, settings),
          listener(executor, settings),
          directory(executor, pool, listener),
          store(pool),
          audit(pool),
          health(store, clock),
          played(executor),
          other(executor),
          client(executor, client_settings(played.fake.port())),
          other_client(executor, client_settings(other.fake.port())),
          dead(executor, client_settings(1)),
          parts{
              book, directory, store, audit, health, metrics, clock, {admin_token, internal_token}
          } {}

    asio::awaitable<void> open() {
        // A Tuesday, 12:00 in Minsk.
        clock.set_wall(*base::parse_iso8601("2026-01-13T09:00:00Z"));
        co_await pool.open();
        const auto migrated = co_await pg::migrate(pool, schema::migrations());
        REQUIRE(migrated);
        co_await sql("INSERT INTO enterprises (number, name2) VALUES ('0367', 'a'), ('0368', 'b')");
        co_await sql(
            "INSERT INTO pbx_servers (id, enterprise_number) VALUES ('7', '0367'), ('8', '0368'), "
            "('down', '0367')"
        );
        listener.start();
        directory.start();
        client.start();
        other_client.start();
        const auto ready = co_await client.wait_ready(net::deadline_in(10s));
        REQUIRE(ready);
        const auto other_ready = co_await other_client.wait_ready(net::deadline_in(10s));
        REQUIRE(other_ready);
        book.all["7"] = {"7", "0367", "", "asterisk", std::make_shared<ClientLink>(client)};
        book.all["8"] = {"8", "0368", "", "asterisk", std::make_shared<ClientLink>(other_client)};
        book.all["down"] = {"down", "0367", "", "asterisk", std::make_shared<ClientLink>(dead)};
    }
    asio::awaitable<void> close() {
        co_await client.close();
        co_await other_client.close();
        co_await dead.close();
        co_await played.fake.stop();
        co_await other.fake.stop();
        co_await directory.stop();
        co_await listener.stop();
        co_await pool.close();
    }

    asio::awaitable<std::string> sql(std::string text) {
        const auto rows = co_await pool.execute(std::move(text));
        REQUIRE(rows);
        co_return rows->empty() ? "" : std::string(rows->front().optional_text(0).value_or(""));
    }

    asio::awaitable<std::string> add_key(std::string enterprise, std::string role) {
        auto key = "key-" + enterprise + "-" + role;
        co_await sql(
            "INSERT INTO control_keys (enterprise_number, name, role, key_digest) VALUES ('" +
            enterprise + "', '" + role + "', '" + role + "', '" + key_digest(key) + "')"
        );
        co_return key;
    }

    struct Ask {
        std::string id = "7";
        std::vector<std::pair<std::string, std::string>> params = {};
        std::string body = {};
        std::string query = {};
        std::string token = admin_token;
        std::string remote = "192.0.2.7";
    };
    asio::awaitable<Told> tell(httpd::Handler handler, Ask ask) {
        httpd::Request request;
        request.body = ask.body;
        request.query = ask.query;
        request.params = ask.params;
        request.params.emplace_back("id", ask.id);
        request.remote = *net::IpAddress::parse(ask.remote);
        request.deadline = net::deadline_in(20s);
        if (!ask.token.empty()) {
            request.headers.add("Authorization", "Bearer " + ask.token);
        }
        const auto response = co_await handler(request);
        Told told;
        told.status = response.status;
        told.text = response.body;
        if (const auto document = json::parse(response.body)) {
            told.body = *document;
        }
        co_return told;
    }
    /// One that is about a channel.
    asio::awaitable<Told> on(
        Prepare prepare, Right right, std::string channel, std::string body, std::string token
    ) {
        Ask ask;
        ask.params = {{"channel", std::move(channel)}};
        ask.body = std::move(body);
        ask.token = std::move(token);
        auto told = co_await tell(change(parts, right, "test", std::move(prepare)), std::move(ask));
        co_return told;
    }
    asio::awaitable<Told> originate(std::string body, std::string id, std::string token) {
        Ask ask;
        ask.id = std::move(id);
        ask.body = std::move(body);
        ask.token = std::move(token);
        auto told = co_await tell(
            change(parts, Right::originate, "originate", prepare_originate), std::move(ask)
        );
        co_return told;
    }

    testing::ScratchDatabase database;
    pg::Settings settings;
    pg::Pool pool;
    pg::Listener listener;
    tenants::Directory directory;
    ControlStore store;
    Audit audit;
    testing::FakeClock clock;
    Health health;
    metrics::Registry metrics;
    PlayedExchange played;
    PlayedExchange other;
    ami::Client client;
    ami::Client other_client;
    ami::Client dead;
    TestBook book;
    ControlParts parts;
};

using Body = asio::awaitable<void> (*)(Scene&);
asio::awaitable<void> play_scene(Body body) {
    const auto executor = co_await asio::this_coro::executor;
    const auto scene = std::make_unique<Scene>(executor);
    co_await scene->open();
    co_await body(*scene);
    co_await scene->close();
}
void run_scene(Body body) { testing::run(play_scene(body), 60s); }

std::string value_of(const ami::FakeExchange::Action& action, const std::string& key) {
    const auto found = action.find(key);
    return found == action.end() ? "(none)" : found->second;
}

std::string placing(const std::string& to, const std::string& more = "") {
    return R"({"enterprise_number":"0367","from":"1002","to":")" + to +
           R"(","requested_by":"retailcrm:27")" + more + "}";
}

}  // namespace

TEST_CASE("a call is placed, told once, and written down", "[pbx-control]") {
    run_scene([](Scene& scene) -> asio::awaitable<void> {
        const auto body = placing("80296254070", R"(,"request_id":"r1")");
        const auto placed = co_await scene.originate(body, "7", internal_token);
        INFO(placed.text);
        REQUIRE(placed.status == 202);
        CHECK(placed.member("status") == "queued");
        REQUIRE(scene.played.done.size() == 1);
        const auto action = scene.played.done.front();
        CHECK(value_of(action, "Action") == "Originate");
        CHECK(value_of(action, "Channel") == "PJSIP/1002");
        CHECK(value_of(action, "Context") == "from-internal");
        CHECK(value_of(action, "Exten") == "375296254070");
        CHECK(value_of(action, "ChannelId") == placed.member("id"));

        const auto again = co_await scene.originate(body, "7", internal_token);
        CHECK(again.status == 202);
        CHECK(again.member("id") == placed.member("id"));
        CHECK(scene.played.done.size() == 1);
        const auto others = co_await scene.originate(
            placing("80296254071", R"(,"request_id":"r1")"), "7", internal_token
        );
        CHECK(others.status == 409);

        const auto row = co_await scene.sql(
            "SELECT actor || ' ' || action || ' ' || channel || ' ' || target || ' ' || outcome || "
            "' ' || status || ' ' || pbx_id FROM control_audit WHERE is_outside"
        );
        CHECK(row == "service originate 1002 80296254070 done 202 7");
    });
}

TEST_CASE("who is in a call is not rung", "[pbx-control]") {
    run_scene([](Scene& scene) -> asio::awaitable<void> {
        const auto told =
            co_await scene.originate(R"({"from":"1001","to":"1003"})", "7", admin_token);
        CHECK(told.status == 409);
        CHECK(told.member("detail") == "1001 is in a call");
        CHECK(scene.played.done.empty());
    });
}

TEST_CASE("the guard refuses countries, nights, codes and too many calls", "[pbx-control]") {
    run_scene([](Scene& scene) -> asio::awaitable<void> {
        const auto abroad = co_await scene.originate(placing("+18765550123"), "7", admin_token);
        CHECK(abroad.status == 403);
        CHECK(
            abroad.member("detail").find("JM are not allowed here; allowed: BY") !=
            std::string::npos
        );
        const auto code = co_await scene.originate(placing("*72375296254070"), "7", admin_token);
        CHECK(code.status == 403);
        const auto nonsense = co_await scene.originate(placing("375290"), "7", admin_token);
        CHECK((nonsense.status == 403 || nonsense.status == 422));

        co_await scene.sql(
            "INSERT INTO call_guards (enterprise_number, countries, calls_per_hour, night_calls) "
            "VALUES ('0367', '{BY,RU}', 2, 'domestic')"
        );
        // 01:00 in Minsk.
        scene.clock.set_wall(*base::parse_iso8601("2026-01-13T22:00:00Z"));
        const auto night = co_await scene.originate(placing("+74951234567"), "7", admin_token);
        CHECK(night.status == 403);
        CHECK(night.member("detail").find("22:00 to 07:00") != std::string::npos);
        const auto home = co_await scene.originate(placing("+375296254070"), "7", admin_token);
        CHECK(home.status == 202);
        scene.clock.set_wall(*base::parse_iso8601("2026-01-13T09:00:00Z"));
        const auto day = co_await scene.originate(placing("+74951234567"), "7", admin_token);
        CHECK(day.status == 202);
        const auto third = co_await scene.originate(placing("+375296254070"), "7", admin_token);
        CHECK(third.status == 429);
        // Calls among themselves cost nothing.
        const auto inside = co_await scene.originate(placing("1003"), "7", admin_token);
        CHECK(inside.status == 202);
        CHECK(scene.played.done.size() == 3);

        const auto refused =
            co_await scene.sql("SELECT count(*)::text FROM control_audit WHERE outcome = 'refused'"
            );
        CHECK(refused == "5");
        const auto metrics = scene.metrics.render();
        CHECK(
            metrics.find(R"(pbx_control_refused_total{reason="country"} 1)") != std::string::npos
        );
        CHECK(metrics.find(R"(pbx_control_refused_total{reason="rate"} 1)") != std::string::npos);
    });
}

TEST_CASE("a transfer outside passes the same guard", "[pbx-control]") {
    run_scene([](Scene& scene) -> asio::awaitable<void> {
        const auto told = co_await scene.on(
            prepare_transfer,
            Right::call,
            "PJSIP/1001-00000002",
            R"({"to":"+18765550123"})",
            admin_token
        );
        CHECK(told.status == 403);
        CHECK(scene.played.done.empty());
    });
}

TEST_CASE("a caller id must be one of the enterprise's lines", "[pbx-control]") {
    run_scene([](Scene& scene) -> asio::awaitable<void> {
        co_await scene.sql(
            "INSERT INTO lines (enterprise_number, line_id, number) VALUES ('0367', '0001363', "
            "'+375173880000')"
        );
        const auto read = co_await scene.directory.reload("0367", net::deadline_in(5s));
        REQUIRE(read);
        const auto own = co_await scene.originate(
            placing("1003", R"(,"caller_id":"+375173880000")"), "7", admin_token
        );
        CHECK(own.status == 202);
        CHECK(value_of(scene.played.done.back(), "CallerID") == R"("" <+375173880000>)");
        const auto foreign = co_await scene.originate(
            placing("1003", R"(,"caller_id":"+375173880001")"), "7", admin_token
        );
        CHECK(foreign.status == 403);
    });
}

TEST_CASE("each thing to do with a call is one action", "[pbx-control]") {
    run_scene([](Scene& scene) -> asio::awaitable<void> {
        struct Case {
            Prepare prepare;
            std::string channel;
            std::string body;
            unsigned status;
            std::string action;
            std::string header;
            std::string value;
        };
        const std::vector<Case> cases{
            {prepare_hangup,
             "PJSIP/trunk-00000001",
             "",
             200,
             "Hangup",
             "Channel",
             "PJSIP/trunk-00000001"},
            {prepare_hangup, "1.2", R"({"cause":17})", 200, "Hangup", "Cause", "17"},
            {prepare_transfer,
             "PJSIP/trunk-00000001",
             R"({"to":"1002"})",
             200,
             "Redirect",
             "Exten",
             "1002"},
            {prepare_transfer,
             "PJSIP/1001-00000002",
             R"({"to":"1002","party":"peer"})",
             200,
             "BlindTransfer",
             "Context",
             "from-internal"},
            {prepare_transfer,
             "PJSIP/1001-00000002",
             R"({"to":"1002","mode":"attended"})",
             200,
             "Atxfer",
             "Channel",
             "PJSIP/1001-00000002"},
            {prepare_transfer,
             "PJSIP/1001-00000002",
             R"({"mode":"cancel"})",
             200,
             "CancelAtxfer",
             "Channel",
             "PJSIP/1001-00000002"},
            {prepare_park,
             "PJSIP/trunk-00000001",
             R"({"comeback":"1001","timeout_s":20})",
             200,
             "Park",
             "TimeoutChannel",
             "PJSIP/1001"},
            {prepare_spy,
             "PJSIP/1001-00000002",
             R"({"supervisor":"1005","mode":"whisper"})",
             202,
             "Originate",
             "Data",
             "PJSIP/1001-00000002,qEw"},
            {prepare_spy,
             "PJSIP/1001-00000002",
             R"({"supervisor":"PJSIP/1005","mode":"barge"})",
             202,
             "Originate",
             "Data",
             "PJSIP/1001-00000002,qEB"},
            {prepare_dtmf,
             "PJSIP/trunk-00000001",
             R"({"digits":"#"})",
             200,
             "PlayDTMF",
             "Digit",
             "#"},
            {prepare_record,
             "PJSIP/trunk-00000001",
             "",
             200,
             "Originate",
             "Channel",
             "Local/record-1_1-20260113-090000@trunkline-hold/n"},
            {prepare_record,
             "PJSIP/1001-00000002",
             R"({"action":"stop"})",
             200,
             "Hangup",
             "Channel",
             "Local/record-1_2-20260113-085959@trunkline-hold-1;1"},
        };
        for (const auto& one : cases) {
            INFO(one.action << " " << one.body);
            scene.played.done.clear();
            const auto told =
                co_await scene.on(one.prepare, Right::call, one.channel, one.body, admin_token);
            INFO(told.text);
            CHECK(told.status == one.status);
            REQUIRE(scene.played.done.size() == 1);
            CHECK(value_of(scene.played.done.front(), "Action") == one.action);
            CHECK(value_of(scene.played.done.front(), one.header) == one.value);
        }
    });
}

TEST_CASE("an attended transfer that nothing follows is said so", "[pbx-control]") {
    run_scene([](Scene& scene) -> asio::awaitable<void> {
        scene.played.knows_atxfer = false;
        const auto told = co_await scene.on(
            prepare_transfer,
            Right::call,
            "PJSIP/1001-00000002",
            R"({"to":"1002","mode":"attended"})",
            admin_token
        );
        CHECK(told.status == 409);
        CHECK(told.member("detail").find("features.conf") != std::string::npos);
    });
}

TEST_CASE("a parked call's space is told", "[pbx-control]") {
    run_scene([](Scene& scene) -> asio::awaitable<void> {
        const auto told =
            co_await scene.on(prepare_park, Right::call, "PJSIP/trunk-00000001", "", admin_token);
        CHECK(told.member("space") == "701");
    });
}

TEST_CASE("holding leads both sides away at once", "[pbx-control]") {
    run_scene([](Scene& scene) -> asio::awaitable<void> {
        const auto told =
            co_await scene.on(prepare_hold, Right::call, "PJSIP/trunk-00000001", "", admin_token);
        INFO(told.text);
        CHECK(told.status == 200);
        CHECK(told.member("peer") == "PJSIP/1001-00000002");
        REQUIRE(scene.played.done.size() == 3);
        CHECK(value_of(scene.played.done[0], "Value") == "PJSIP/1001-00000002");
        const auto& redirect = scene.played.done[2];
        CHECK(value_of(redirect, "Exten") == "hold");
        CHECK(value_of(redirect, "ExtraChannel") == "PJSIP/1001-00000002");
        CHECK(value_of(redirect, "ExtraExten") == "wait");

        const auto alone =
            co_await scene.on(prepare_hold, Right::call, "PJSIP/1005-00000003", "", admin_token);
        CHECK(alone.status == 409);
        const auto not_held = co_await scene.on(
            prepare_hold, Right::call, "PJSIP/1001-00000002", R"({"hold":false})", admin_token
        );
        CHECK(not_held.status == 409);
    });
}

TEST_CASE("what does not exist is not found, what is wrong is named", "[pbx-control]") {
    run_scene([](Scene& scene) -> asio::awaitable<void> {
        const auto gone =
            co_await scene.on(prepare_hangup, Right::call, "PJSIP/1009-00000009", "", admin_token);
        CHECK(gone.status == 404);
        CHECK(gone.member("detail") == "there is no channel PJSIP/1009-00000009 now");
        const auto nowhere = co_await scene.on(
            prepare_transfer, Right::call, "PJSIP/trunk-00000001", R"({"to":"1999"})", admin_token
        );
        CHECK(nowhere.status == 404);
        const auto mode = co_await scene.on(
            prepare_spy,
            Right::spy,
            "PJSIP/1001-00000002",
            R"({"supervisor":"1005","mode":"x"})",
            admin_token
        );
        CHECK(mode.status == 422);
        CHECK(mode.text.find("/mode") != std::string::npos);
        const auto broken = co_await scene.on(
            prepare_hangup, Right::call, "PJSIP/trunk-00000001", "{", admin_token
        );
        CHECK(broken.status == 400);

        Scene::Ask unknown;
        unknown.params = {{"q", "nobody"}};
        const auto queue = co_await scene.tell(get_queue(scene.parts), unknown);
        CHECK(queue.status == 404);
        unknown.id = "9";
        const auto exchange = co_await scene.tell(list_queues(scene.parts), unknown);
        CHECK(exchange.status == 404);
        unknown.id = "elsewhere";
        const auto elsewhere = co_await scene.tell(list_queues(scene.parts), unknown);
        CHECK(elsewhere.status == 503);
        CHECK(scene.played.done.empty());
    });
}

TEST_CASE("nothing that is injected reaches the exchange", "[pbx-control]") {
    run_scene([](Scene& scene) -> asio::awaitable<void> {
        const std::vector<std::string> targets{
            "1002\r\nAction: Command",
            "1002,System(reboot)",
            "1002&PJSIP/1003",
            "${SHELL(id)}",
            "s",
            "1002@evil",
            "",
            std::string("1002\0", 5)
        };
        for (const auto& target : targets) {
            INFO(target);
            const auto quoted = json::quote(target);
            const auto placed = co_await scene.originate(
                R"({"from":"1002","to":)" + quoted + "}", "7", admin_token
            );
            CHECK(placed.status == 422);
            const auto moved = co_await scene.on(
                prepare_transfer,
                Right::call,
                "PJSIP/trunk-00000001",
                R"({"to":)" + quoted + "}",
                admin_token
            );
            CHECK(moved.status == 422);
            const auto from = co_await scene.originate(
                R"({"to":"1003","from":)" + quoted + "}", "7", admin_token
            );
            CHECK(from.status == 422);
        }
        for (const auto* phone :
             {"PJSIP/+18765550123@trunk",
              "PJSIP/trunk/sip:1@evil",
              "Local/810441234567890@out",
              "PJSIP/1001&PJSIP/1002",
              "Console/dsp",
              "System",
              "PJSIP/1001,30,S(1)",
              "PJSIP/1001\r\nApplication: System"}) {
            INFO(phone);
            const auto quoted = json::quote(phone);
            const auto spied = co_await scene.on(
                prepare_spy,
                Right::spy,
                "PJSIP/1001-00000002",
                R"({"supervisor":)" + quoted + "}",
                admin_token
            );
            CHECK(spied.status == 422);
            Scene::Ask ask;
            ask.params = {{"q", "support"}};
            ask.body = R"({"interface":)" + quoted + "}";
            const auto joined = co_await scene.tell(
                change(scene.parts, Right::manage_queues, "queue-add", prepare_queue_add), ask
            );
            CHECK(joined.status == 422);
        }
        const auto channel = co_await scene.on(
            prepare_hangup, Right::call, "PJSIP/1\r\nAction: Originate", "", admin_token
        );
        CHECK(channel.status == 404);
        Scene::Ask queue;
        queue.params = {{"q", "support\r\nAction: Command"}, {"interface", "1001"}};
        const auto paused = co_await scene.tell(
            change(scene.parts, Right::pause, "queue-pause", prepare_queue_pause), queue
        );
        CHECK(paused.status == 422);
        CHECK(scene.played.done.empty());
    });
}

TEST_CASE("queues are listed and driven", "[pbx-control]") {
    run_scene([](Scene& scene) -> asio::awaitable<void> {
        Scene::Ask ask;
        ask.params = {{"q", "support"}};
        const auto summary = co_await scene.tell(get_queue_summary(scene.parts), ask);
        CHECK(summary.status == 200);
        CHECK(summary.member("calls_waiting") == "1");
        CHECK(summary.member("available_agents") == "1");
        CHECK(summary.member("paused_agents") == "1");
        CHECK(summary.member("completed_calls") == "7");
        CHECK(summary.member("total_calls") == "10");
        CHECK(summary.member("longest_wait") == "12");

        ask.body = R"({"interface":"1003","name":"Вера \"Сова\"","penalty":2})";
        const auto added = co_await scene.tell(
            change(scene.parts, Right::manage_queues, "queue-add", prepare_queue_add), ask
        );
        INFO(added.text);
        CHECK(added.status == 200);
        CHECK(value_of(scene.played.done.back(), "Interface") == "PJSIP/1003");
        CHECK(value_of(scene.played.done.back(), "MemberName") == "Вера  Сова ");

        ask.params = {{"q", "support"}, {"interface", "PJSIP/1001"}};
        ask.body = R"({"paused":true,"reason":"Обед"})";
        const auto paused = co_await scene.tell(
            change(scene.parts, Right::pause, "queue-pause", prepare_queue_pause), ask
        );
        CHECK(paused.member("status") == "paused");
        CHECK(value_of(scene.played.done.back(), "Reason") == "Обед");

        ask.body = R"({"penalty":5})";
        const auto penalty = co_await scene.tell(
            change(scene.parts, Right::manage_queues, "queue-penalty", prepare_queue_penalty), ask
        );
        CHECK(penalty.status == 200);

        scene.played.refusals["QueueRemove"] = "Unable to remove interface: Not there";
        ask.query = "interface=PJSIP%2F1009";
        ask.body = "";
        const auto absent = co_await scene.tell(
            change(scene.parts, Right::manage_queues, "queue-remove", prepare_queue_remove), ask
        );
        CHECK(absent.status == 404);
        scene.played.refusals["QueueAdd"] = "Unable to add interface: Already there";
        ask.query = "";
        ask.body = R"({"interface":"PJSIP/1001"})";
        const auto twice = co_await scene.tell(
            change(scene.parts, Right::manage_queues, "queue-add", prepare_queue_add), ask
        );
        CHECK(twice.status == 409);
        scene.played.refusals["QueueReload"] = "Permission denied";
        ask.body = "";
        const auto denied = co_await scene.tell(
            change(scene.parts, Right::reload, "queue-reload", prepare_queue_reload), ask
        );
        CHECK(denied.status == 503);
        CHECK(denied.member("detail").find("manager.conf") != std::string::npos);
    });
}

TEST_CASE("an exchange that is not connected is said so at once", "[pbx-control]") {
    run_scene([](Scene& scene) -> asio::awaitable<void> {
        const auto told = co_await scene.originate(placing("1003"), "down", admin_token);
        CHECK(told.status == 503);
        CHECK(told.member("detail").starts_with("exchange not connected"));
        Scene::Ask ask;
        ask.id = "down";
        const auto channels = co_await scene.tell(list_channels(scene.parts), ask);
        CHECK(channels.status == 503);
        const auto report = co_await scene.tell(get_health(scene.parts, "report"), ask);
        CHECK(report.status == 200);
        CHECK(report.member("overall_status") == "critical");
        const auto outcome =
            co_await scene.sql("SELECT outcome || status FROM control_audit WHERE pbx_id = 'down'");
        CHECK(outcome == "failed503");
    });
}

TEST_CASE("health is looked at once in five seconds", "[pbx-control]") {
    run_scene([](Scene& scene) -> asio::awaitable<void> {
        co_await scene.sql(
            "INSERT INTO calls (enterprise_number, uuid, unique_id, call_type, call_status, "
            "date_received, date_end, duration) SELECT '0367', gen_random_uuid(), n::text, 0, "
            "CASE WHEN n = 1 THEN 0 ELSE 2 END, now(), now(), 10 FROM generate_series(1, 4) n"
        );
        const auto report = co_await scene.tell(get_health(scene.parts, "report"), {});
        INFO(report.text);
        CHECK(report.member("overall_status") == "healthy");
        const auto quality = *report.body.root().find("quality");
        CHECK(quality.find("completed_calls")->integer() == 3);
        CHECK(quality.find("total_calls")->integer() == 4);
        const auto looks = scene.played.looks;
        Scene::Ask part;
        part.params = {{"part", "channels"}};
        const auto channels = co_await scene.tell(get_health(scene.parts, ""), part);
        CHECK(channels.member("active_channels") == "4");
        CHECK(channels.member("devices_offline") == "1");
        CHECK(scene.played.looks == looks);
        scene.clock.advance(6s);
        co_await scene.tell(get_health(scene.parts, ""), part);
        CHECK(scene.played.looks > looks);
        part.params = {{"part", "weather"}};
        const auto unknown = co_await scene.tell(get_health(scene.parts, ""), part);
        CHECK(unknown.status == 404);
    });
}

TEST_CASE("a key reaches its own enterprise's exchanges and its role's actions", "[pbx-control]") {
    run_scene([](Scene& scene) -> asio::awaitable<void> {
        const auto agent = co_await scene.add_key("0367", "agent");
        const auto viewer = co_await scene.add_key("0367", "viewer");
        const auto admin = co_await scene.add_key("0367", "admin");
        const auto neighbour = co_await scene.add_key("0368", "admin");

        // Both enterprises have a 1001.
        const auto own =
            co_await scene.on(prepare_hangup, Right::call, "PJSIP/1001-00000002", "", agent);
        CHECK(own.status == 200);
        Scene::Ask foreign;
        foreign.params = {{"channel", "PJSIP/1001-00000002"}};
        foreign.token = neighbour;
        const auto refused = co_await scene.tell(
            change(scene.parts, Right::call, "hangup", prepare_hangup), foreign
        );
        CHECK(refused.status == 403);
        CHECK(scene.played.done.size() == 1);
        CHECK(scene.other.done.empty());
        foreign.id = "8";
        const auto theirs = co_await scene.tell(
            change(scene.parts, Right::call, "hangup", prepare_hangup), foreign
        );
        CHECK(theirs.status == 200);
        CHECK(scene.other.done.size() == 1);

        const auto spying = co_await scene.on(
            prepare_spy, Right::spy, "PJSIP/1001-00000002", R"({"supervisor":"1005"})", agent
        );
        CHECK(spying.status == 403);
        const auto looking =
            co_await scene.on(prepare_hangup, Right::call, "PJSIP/1001-00000002", "", viewer);
        CHECK(looking.status == 403);
        const auto wrong = co_await scene.on(
            prepare_hangup, Right::call, "PJSIP/1001-00000002", "", "nobody's key"
        );
        CHECK(wrong.status == 403);
        const auto none =
            co_await scene.on(prepare_hangup, Right::call, "PJSIP/1001-00000002", "", "");
        CHECK(none.status == 401);
        CHECK(scene.played.done.size() == 1);

        Scene::Ask page;
        page.id = "";
        page.token = admin;
        page.query = "enterprise=0368";
        const auto mine = co_await scene.tell(list_audit(scene.parts), page);
        CHECK(mine.status == 200);
        CHECK(mine.text.find("0368") == std::string::npos);
        CHECK(mine.text.find("key:agent") != std::string::npos);
        page.token = agent;
        const auto closed = co_await scene.tell(list_audit(scene.parts), page);
        CHECK(closed.status == 403);
        page.token = admin_token;
        const auto theirs_too = co_await scene.tell(list_audit(scene.parts), page);
        CHECK(theirs_too.text.find("0368") != std::string::npos);
    });
}

TEST_CASE("an enterprise's own number does not open another's exchange", "[pbx-control]") {
    run_scene([](Scene& scene) -> asio::awaitable<void> {
        const auto told = co_await scene.originate(placing("1003"), "8", internal_token);
        CHECK(told.status == 403);
        CHECK(scene.other.done.empty());
    });
}

TEST_CASE("the audit holds no digits that were pressed and no tokens", "[pbx-control]") {
    run_scene([](Scene& scene) -> asio::awaitable<void> {
        const auto told = co_await scene.on(
            prepare_dtmf, Right::call, "PJSIP/trunk-00000001", R"({"digits":"4929"})", admin_token
        );
        CHECK(told.status == 200);
        CHECK(scene.played.done.size() == 4);
        const auto page = co_await scene.tell(list_audit(scene.parts), {});
        CHECK(page.text.find("4929") == std::string::npos);
        CHECK(page.text.find(admin_token) == std::string::npos);
        CHECK(page.text.find("exchange-secret") == std::string::npos);
    });
}

TEST_CASE("without ADMIN_TOKEN loopback is the operator, strangers are nobody", "[pbx-control]") {
    run_scene([](Scene& scene) -> asio::awaitable<void> {
        scene.parts.access.admin_token = "";
        Scene::Ask ask;
        ask.id = "";
        ask.token = "";
        ask.remote = "127.0.0.1";
        const auto near = co_await scene.tell(list_audit(scene.parts), ask);
        CHECK(near.status == 200);
        ask.remote = "192.0.2.7";
        const auto far = co_await scene.tell(list_audit(scene.parts), ask);
        CHECK(far.status == 401);
        scene.parts.access.admin_token = admin_token;
        ask.remote = "127.0.0.1";
        const auto service = co_await scene.tell(list_audit(scene.parts), ask);
        CHECK(service.status == 403);
    });
}
