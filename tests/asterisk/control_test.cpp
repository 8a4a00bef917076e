// Every function of docs/control.md by HTTP, on calls of a real Asterisk.

#include <chrono>
#include <string>
#include <vector>

#include "../e2e/uon_office.hpp"
#include "json/document.hpp"
#include "scene.hpp"
#include "testing/catch.hpp"
#include "testing/paths.hpp"
#include "testing/present.hpp"
#include "testing/process.hpp"

using namespace trunkline;
using namespace std::chrono_literals;
using asterisk::Phones;
using asterisk::Scene;

namespace {

std::string member(const e2e::HttpAnswer& answer, std::string_view key) {
    const auto document = answer.json();
    const auto found = document.root().find(key);
    return found ? std::string(found->scalar_text().value_or("")) : "(none)";
}

}  // namespace

TEST_CASE("a call is placed between two phones, and ended by its id") {
    Scene scene;
    scene.phones.plug_in("151", "answers");
    scene.phones.plug_in("152", "answers");
    const auto placed = scene.post(
        "/calls",
        R"({"enterprise_number":"0367","from":"151","to":"152","requested_by":"retailcrm:27"})"
    );
    INFO(placed.body);
    REQUIRE(placed.status == 202);
    const auto id = member(placed, "id");
    scene.wait_until_together("PJSIP/151", "PJSIP/152");
    CHECK(testing::present(scene.channel_of("PJSIP/151")).uniqueid == id);

    const auto busy = scene.post("/calls", R"({"from":"151","to":"153"})");
    CHECK(busy.status == 409);
    const auto nowhere = scene.post("/calls", R"({"from":"155","to":"299"})");
    CHECK(nowhere.status == 404);
    const auto abroad = scene.post("/calls", R"({"from":"155","to":"+18765550123"})");
    CHECK(abroad.status == 403);

    const auto one = scene.get("/channels/" + id);
    CHECK(one.status == 200);
    const auto ended = scene.on(id, "hangup", R"({"cause":16})");
    INFO(ended.body);
    CHECK(ended.status == 200);
    scene.wait_until_gone("PJSIP/");
    const auto gone = scene.on(id, "hangup");
    CHECK(gone.status == 404);
    const auto audit = scene.suite.sql(
        "SELECT string_agg(action || ':' || outcome, ' ' ORDER BY id) FROM control_audit"
    );
    CHECK(
        audit ==
        "originate:done originate:failed originate:failed originate:refused hangup:done "
        "hangup:failed"
    );
}

TEST_CASE("a call is recorded, listened in on, and hears keys") {
    Scene scene;
    const auto trunk = scene.call_from_outside();
    const auto recorded = scene.on(trunk, "record");
    INFO(recorded.body);
    REQUIRE(recorded.status == 200);
    const auto file = member(recorded, "file");
    testing::wait_until(
        [&] {
            return scene.exchange.log().find("MixMonitor(\"Local/record-") != std::string::npos;
        },
        10s,
        "it is recorded"
    );
    CHECK(scene.exchange.log().find(file) != std::string::npos);
    scene.wait_for_sound(file);
    const auto stopped = scene.on(trunk, "record", R"({"action":"stop"})");
    INFO(stopped.body);
    CHECK(stopped.status == 200);
    scene.wait_until_gone("Local/record-");
    CHECK(scene.on(trunk, "record", R"({"action":"stop"})").status == 409);

    // The phones take keys by SIP INFO, so that the exchange's own log shows them.
    scene.exchange.console("pjsip set logger on");
    const auto agent = scene.name_of("PJSIP/151");
    const auto keys = scene.on(agent, "dtmf", R"({"digits":"12#"})");
    INFO(keys.body);
    CHECK(keys.status == 200);
    for (const auto* key : {"Signal=1", "Signal=2", "Signal=#"}) {
        testing::wait_until(
            [&] { return scene.exchange.log().find(key) != std::string::npos; }, 10s, key
        );
    }

    scene.phones.plug_in("155", "answers", {}, {.is_mute = true, .echoes = true});
    for (const auto* mode : {"listen", "whisper", "barge"}) {
        INFO(mode);
        const auto own = scene.spy(trunk, mode);
        const auto heard = std::string("heard-") + mode + ".wav";
        scene.keep_sound_from(own, heard);
        scene.wait_for_sound(heard);
        scene.stop_spying(own);
    }
    CHECK(scene.on(trunk, "spy", R"({"supervisor":"155","mode":"shout"})").status == 422);
    CHECK(scene.on(trunk, "hangup").status == 200);
    scene.wait_until_gone("PJSIP/");
}

TEST_CASE("a supervisor is heard by who is whispered to, and by both after barging in") {
    // Somebody must send sound, be it silence: without it Asterisk lets nobody in or out.
    {
        Scene scene;
        scene.phones.plug_in("151", "answers", {}, {.is_mute = true, .echoes = true});
        scene.phones.plug_in("155", "speaks");
        scene.call_151();
        const auto agent = scene.name_of("PJSIP/151");
        // Who does not hear gives nothing back while the supervisor has spoken for two seconds.
        scene.keep_sound_from(agent, "listen.wav");
        const auto listener = scene.spy(agent, "listen");
        scene.keep_sound_from(listener, "listener.wav");
        scene.wait_for_sound("listener.wav");
        CHECK(scene.sound("listen.wav").loud_seconds == 0);
        scene.stop_spying(listener);
        scene.keep_sound_from(agent, "whisper.wav");
        const auto adviser = scene.spy(agent, "whisper");
        scene.wait_for_sound("whisper.wav");
        scene.stop_spying(adviser);
    }
    Scene scene;
    scene.phones.plug_in("151", "speaks", {}, Phones::mute);
    scene.phones.plug_in("155", "speaks");
    const auto trunk = scene.call_151("waits", {.is_mute = true, .echoes = true});
    const auto agent = scene.name_of("PJSIP/151");
    scene.keep_sound_from(trunk, "whisper.wav");
    const auto adviser = scene.spy(agent, "whisper");
    scene.keep_sound_from(adviser, "adviser.wav");
    scene.wait_for_sound("adviser.wav");
    CHECK(scene.sound("whisper.wav").loud_seconds == 0);
    scene.stop_spying(adviser);
    scene.keep_sound_from(trunk, "barge.wav");
    const auto third = scene.spy(agent, "barge");
    scene.wait_for_sound("barge.wav");
    scene.stop_spying(third);
}

TEST_CASE("a call is held with music, and resumed") {
    Scene scene;
    const auto trunk = scene.call_from_outside();
    const auto held = scene.on(trunk, "hold");
    INFO(held.body);
    REQUIRE(held.status == 200);
    testing::wait_until(
        [&] {
            const auto one = scene.named(trunk);
            const auto other = scene.channel_of("PJSIP/151");
            return one && other && one->context == "trunkline-hold" &&
                   other->context == "trunkline-hold" && one->bridge.empty();
        },
        10s,
        "both wait"
    );
    CHECK(scene.on(trunk, "hold").status == 409);
    const auto resumed = scene.on(trunk, "hold", R"({"hold":false})");
    INFO(resumed.body);
    REQUIRE(resumed.status == 200);
    scene.wait_until_together(trunk, "PJSIP/151");
    CHECK(scene.on(trunk, "hold", R"({"hold":false})").status == 409);

    // As before, the agent may ask a colleague first.
    scene.phones.plug_in("152", "answers");
    const auto agent = scene.name_of("PJSIP/151");
    const auto asked = scene.on(agent, "transfer", R"({"to":"152","mode":"attended"})");
    INFO(asked.body);
    CHECK(asked.status == 200);
    testing::wait_until(
        [&] { return scene.channel_of("PJSIP/152").has_value(); }, 10s, "152 is rung"
    );
    REQUIRE(scene.on(scene.name_of("PJSIP/152"), "hangup").status == 200);
    scene.wait_until_together(trunk, "PJSIP/151");

    // Who hangs up while the other one is held takes him along.
    REQUIRE(scene.on(trunk, "hold").status == 200);
    testing::wait_until(
        [&] { return testing::present(scene.channel_of("PJSIP/151")).context == "trunkline-hold"; },
        10s,
        "held"
    );
    CHECK(scene.on(trunk, "hangup").status == 200);
    scene.wait_until_gone("PJSIP/");
}

TEST_CASE("a call is transferred blind and attended") {
    Scene scene;
    const auto trunk = scene.call_from_outside();
    scene.phones.plug_in("152", "answers");
    scene.phones.plug_in("153", "answers");
    const auto nowhere = scene.on(trunk, "transfer", R"({"to":"299"})");
    CHECK(nowhere.status == 404);
    CHECK(scene.on(trunk, "transfer", R"({"to":"+18765550123"})").status == 403);

    const auto moved = scene.on(trunk, "transfer", R"({"to":"152","mode":"blind"})");
    INFO(moved.body);
    REQUIRE(moved.status == 200);
    scene.wait_until_together(trunk, "PJSIP/152");
    scene.wait_until_gone("PJSIP/151");

    const auto agent = scene.name_of("PJSIP/152");
    const auto handed = scene.on(agent, "transfer", R"({"to":"151","party":"peer"})");
    INFO(handed.body);
    REQUIRE(handed.status == 200);
    scene.wait_until_together(trunk, "PJSIP/151");
    scene.wait_until_gone("PJSIP/152");

    const auto asker = scene.name_of("PJSIP/151");
    const auto asked = scene.on(asker, "transfer", R"({"to":"153","mode":"attended"})");
    INFO(asked.body);
    REQUIRE(asked.status == 200);
    testing::wait_until(
        [&] {
            const auto third = scene.channel_of("PJSIP/153");
            return third && !third->bridge.empty();
        },
        20s,
        "151 talks with 153"
    );
    CHECK(scene.on(asker, "hangup").status == 200);
    scene.wait_until_gone("PJSIP/151");
    testing::wait_until(
        [&] {
            const auto third = scene.channel_of("PJSIP/153");
            const auto outside = scene.named(trunk);
            return third && outside && !third->bridge.empty() && !outside->bridge.empty();
        },
        20s,
        "153 has the call"
    );
    CHECK(scene.on(trunk, "hangup").status == 200);
    scene.wait_until_gone("PJSIP/");
}

TEST_CASE("a call is parked, and two calls are bridged") {
    Scene scene;
    const auto trunk = scene.call_from_outside();
    const auto parked = scene.on(trunk, "park", R"({"comeback":"151","timeout_s":60})");
    INFO(parked.body);
    REQUIRE(parked.status == 200);
    testing::wait_until(
        [&] { return scene.exchange.console("parking show default").find(trunk) != trunk.npos; },
        10s,
        "it is parked"
    );
    const auto space = member(parked, "space");
    CHECK(space != "(none)");
    scene.phones.plug_in("152", "answers");
    const auto fetched = scene.post("/calls", R"({"from":"152","to":")" + space + "\"}");
    INFO(fetched.body);
    REQUIRE(fetched.status == 202);
    scene.wait_until_together(trunk, "PJSIP/152");

    scene.phones.plug_in("153", "answers");
    scene.phones.plug_in("154", "answers");
    REQUIRE(scene.post("/calls", R"({"from":"153","to":"154"})").status == 202);
    scene.wait_until_together("PJSIP/153", "PJSIP/154");
    const auto bridged = scene.post(
        "/bridges",
        R"({"channel1":")" + trunk + R"(","channel2":")" + scene.name_of("PJSIP/153") + "\"}"
    );
    INFO(bridged.body);
    REQUIRE(bridged.status == 200);
    scene.wait_until_together(trunk, "PJSIP/153");
    CHECK(
        scene.post("/bridges", R"({"channel1":"PJSIP/x-1","channel2":"PJSIP/y-1"})").status == 404
    );
    CHECK(scene.on(trunk, "hangup").status == 200);
    scene.wait_until_gone("PJSIP/");
}

TEST_CASE("queues are driven, and their figures told") {
    Scene scene;
    const auto all = scene.get("/queues");
    CHECK(all.status == 200);
    CHECK(all.body.find("queue-4") != std::string::npos);
    const auto members = std::string("/queues/queue-1/members");
    CHECK(scene.post(members, R"({"interface":"153","name":"Вера","penalty":2})").status == 200);
    CHECK(scene.post(members, R"({"interface":"153"})").status == 409);
    CHECK(scene.get("/queues/queue-1").body.find("Вера") != std::string::npos);
    const auto paused =
        scene.post(members + "/PJSIP%2F153/pause", R"({"paused":true,"reason":"Обед"})");
    INFO(paused.body);
    CHECK(paused.status == 200);
    const auto summary = scene.get("/queues/queue-1/summary");
    CHECK(member(summary, "paused_agents") == "1");
    CHECK(member(summary, "total_agents") == "2");
    CHECK(member(summary, "calls_waiting") == "0");
    CHECK(scene.post(members + "/153/pause", R"({"paused":false})").status == 200);
    CHECK(scene.post(members + "/PJSIP%2F153/penalty", R"({"penalty":5})").status == 200);
    CHECK(scene.get("/queues/queue-1").body.find(R"("penalty":5)") != std::string::npos);
    CHECK(scene.post(members + "/PJSIP%2F159/penalty", R"({"penalty":5})").status == 404);
    CHECK(scene.send("DELETE", members, R"({"interface":"PJSIP/153"})").status == 200);
    CHECK(scene.send("DELETE", members, R"({"interface":"PJSIP/153"})").status == 404);
    CHECK(scene.send("DELETE", members, R"({"interface":"PJSIP/152"})").status == 409);
    CHECK(scene.post("/queues/reload").status == 200);
    CHECK(scene.get("/queues/queue-9").status == 404);
    CHECK(scene.post("/queues/queue-9/members", R"({"interface":"153"})").status == 404);

    // A caller who waits for the silent 154.
    scene.phones.plug_in("154", "silent");
    scene.phones.call({.from = "375296254070", .to = "375173880084", .stay_ms = 30'000});
    testing::wait_until(
        [&] { return member(scene.get("/queues/queue-4/summary"), "calls_waiting") == "1"; },
        10s,
        "one waits"
    );
    const auto waiting = scene.name_of("PJSIP/trunk-main");
    CHECK(scene.get("/queues/queue-4").body.find(waiting) != std::string::npos);
    CHECK(scene.on(waiting, "hangup").status == 200);
    scene.wait_until_gone("PJSIP/");
}

TEST_CASE("health is told, also of an exchange that has died") {
    Scene scene;
    const auto report = scene.get("/health");
    INFO(report.body);
    CHECK(report.status == 200);
    CHECK(member(report, "overall_status") == "healthy");
    for (const auto* part : {"connection", "system", "channels", "queues", "quality", "report"}) {
        INFO(part);
        CHECK(scene.get(std::string("/health/") + part).status == 200);
    }
    CHECK(member(scene.get("/health/system"), "version").starts_with("Asterisk 22"));
    scene.exchange.kill();
    testing::wait_until(
        [&] { return scene.get("/channels").status == 503; }, 20s, "it is seen as gone"
    );
    CHECK(scene.post("/calls", R"({"from":"151","to":"152"})").status == 503);
    testing::wait_until(
        [&] { return member(scene.get("/health"), "overall_status") == "critical"; },
        20s,
        "critical"
    );
    scene.exchange.start();
    testing::wait_until(
        [&] { return scene.get("/channels").status == 200; }, 40s, "it is connected again"
    );
}

TEST_CASE("trunkctl connects, checks, and shows queues as the manual says") {
    Scene scene;
    const auto run = [&scene](std::vector<std::string> arguments) {
        testing::Command command;
        command.argv = {(testing::binary_folder() / "trunkctl").string()};
        command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
        command.environment = {{"DATABASE_URL", scene.suite.database_url()}};
        command.inherit_environment = false;
        return testing::run_command(command);
    };
    const auto tested = run({"test-asterisk-connection", "--full", "--queues"});
    INFO(tested.output);
    CHECK(tested.status == 0);
    CHECK(tested.output.starts_with(
        "Testing Asterisk AMI Connection\n================================\nHost: 127.0.0.1\n"
    ));
    CHECK(tested.output.find("✓ Connected (response time: ") != std::string::npos);
    CHECK(tested.output.find("\nVersion: Asterisk 22.") != std::string::npos);
    CHECK(tested.output.find("\nActive calls: 0\n") != std::string::npos);
    CHECK(tested.output.find("Queue: queue-1") != std::string::npos);

    const auto checked = run({"pbx", "check", "7"});
    INFO(checked.output);
    CHECK(checked.status == 0);
    CHECK(checked.output.find("✓ our user may do all that is needed") != std::string::npos);
    CHECK(checked.output.find("✗") == std::string::npos);

    const auto stats = run({"asterisk-queue-stats", "--queue", "queue-1"});
    INFO(stats.output);
    CHECK(stats.status == 0);
    CHECK(stats.output.find("PJSIP/152") != std::string::npos);
    CHECK(stats.output.find("queue-4") == std::string::npos);
    const auto watched = run(
        {"asterisk-queue-stats", "--summary", "--watch", "--interval", "1", "--times", "2", "--json"
        }
    );
    CHECK(watched.status == 0);
    CHECK(watched.output.find(R"("calls_waiting":0)") != std::string::npos);
    CHECK(run({"asterisk-queue-stats", "--queue", "nobody"}).status == 1);

    scene.suite.sql("UPDATE pbx_servers SET secret = 'a-wrong-secret'");
    const auto refused = run({"test-asterisk-connection"});
    INFO(refused.output);
    CHECK(refused.status == 1);
    CHECK(refused.output.find("username or secret are wrong") != std::string::npos);
    CHECK(refused.output.find("a-wrong-secret") == std::string::npos);
    scene.suite.sql("UPDATE pbx_servers SET port = " + std::to_string(testing::free_port()));
    const auto closed = run({"pbx", "check"});
    CHECK(closed.status == 1);
    CHECK(closed.output.find("nobody listens there") != std::string::npos);
}

TEST_CASE("a click in a CRM rings the manager, then the client, and comes back as a call") {
    asterisk::Asterisk exchange;
    exchange.start();
    asterisk::Phones phones(exchange);
    phones.plug_in("151", "answers");
    phones.plug_in_provider("answers");
    e2e::UonOffice office;
    auto& suite = office.suite();
    suite.sql(
        "INSERT INTO pbx_servers (id, enterprise_number, host, port, username, secret, "
        "dial_context, reconnect_delay) VALUES ('7', '0367', '127.0.0.1', " +
        std::to_string(exchange.ami_port()) + ", '" + exchange.username() + "', '" +
        exchange.secret() + "', 'internal', 1)"
    );
    office.start();
    suite.start("ingest");
    suite.start("pbx-gateway");
    const auto channels = suite.url("pbx-gateway") + "/pbx/7/channels";
    testing::wait_until(
        [&] { return e2e::http("GET", channels).status == 200; }, 20s, "the gateway is connected"
    );
    const auto click = suite.url("uon") + "/uon/hooks/" +
                       suite.sql("SELECT hook_key FROM enterprises WHERE number = '0367'") +
                       "/click-to-call?phone=375296254070&user_id=12";
    const auto placed = e2e::http("GET", click);
    INFO(placed.body);
    REQUIRE(placed.status == 200);
    testing::wait_until(
        [&] {
            const auto body = e2e::http("GET", channels).body;
            return body.find("PJSIP/151-") != std::string::npos &&
                   body.find("PJSIP/trunk-main-") != std::string::npos &&
                   body.find(R"("state":"Ring)") == std::string::npos;
        },
        20s,
        "151 talks with the client"
    );
    const auto id = suite.sql("SELECT call_id FROM control_audit WHERE action = 'originate'");
    CHECK(
        suite.sql("SELECT actor || arguments FROM control_audit").find("uon:12") !=
        std::string::npos
    );
    const auto ended =
        e2e::http("POST", suite.url("pbx-gateway") + "/pbx/7/calls/" + id + "/hangup", "{}");
    CHECK(ended.status == 200);
    testing::wait_until(
        [&] {
            return suite.sql(
                       "SELECT count(*) FROM calls WHERE call_type = 1 AND extension = '151' AND "
                       "phone LIKE '%375296254070'"
                   ) == "1";
        },
        30s,
        "the call is in the database"
    );

    exchange.kill();
    testing::wait_until(
        [&] { return e2e::http("GET", channels).status == 503; }, 20s, "the exchange has gone"
    );
    const auto refused = e2e::http("GET", click);
    CHECK(refused.status == 503);
    CHECK(refused.body.find("exchange not connected") != std::string::npos);
}
