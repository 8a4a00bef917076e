#include "base/clock.hpp"
#include "control/recorder.hpp"
#include "exchange_settings.hpp"
#include "ingest_client.hpp"
#include "recording_path.hpp"
#include "testing/catch.hpp"

using namespace trunkline;
using namespace trunkline::pbx_gateway;

TEST_CASE("a recorder's name tells whom it records", "[pbx-gateway]") {
    const auto now = *base::parse_iso8601("2026-01-31T14:23:45Z");
    for (const auto* uniqueid :
         {"1795905055.0", "pbx-1-1795905055.12", "head_office x-1795905055.7"}) {
        INFO(uniqueid);
        const auto name = pbx_control::recording_name(uniqueid, now);
        CHECK(name.find_first_of(". ") == std::string::npos);
        CHECK(name.ends_with("-20260131-142345"));
        const auto channel = "Local/record-" + name + "@trunkline-hold-00000003;2";
        CHECK(channel.starts_with(pbx_control::recorder_of(uniqueid)));
        CHECK(pbx_control::recorded_by(channel) == uniqueid);
    }
    CHECK(pbx_control::recording_name("1.2", now) == "1_2-20260131-142345");
    CHECK(pbx_control::recorded_by("PJSIP/151-00000001").empty());
    CHECK(pbx_control::recorded_by("Local/record-@x").empty());
    CHECK(pbx_control::recorded_by("Local/record-_x4").empty());
    CHECK(pbx_control::recorded_by("Local/record-_x_xZZ_x4-20260131-142345") == ".x.xZZ.x4");
}

TEST_CASE("a recording is named below the exchange's own folder", "[pbx-gateway]") {
    const std::string folder = "/var/spool/asterisk/monitor";
    CHECK(recording_file(folder + "/2025/10/a.wav", folder) == "2025/10/a.wav");
    CHECK(recording_file("a.wav", folder + "/") == "a.wav");
    CHECK(recording_file("20251001-a", folder) == "20251001-a.wav");
    CHECK(recording_file("/etc/passwd", folder).empty());
    CHECK(recording_file(folder + "/../../x.wav", folder).empty());
    CHECK(recording_file("../x.wav", folder).empty());
    CHECK(recording_file(folder, folder).empty());
    CHECK(recording_file("", folder).empty());
}

TEST_CASE("ingest's answers are taken, refused for ever, or to be tried again", "[pbx-gateway]") {
    using enum Told::Kind;
    CHECK(judge(200, "").kind == done);
    for (const unsigned status : {400U, 401U, 403U, 404U, 413U, 422U}) {
        CHECK(judge(status, "").kind == refused);
    }
    for (const unsigned status : {408U, 429U, 500U, 502U, 503U}) {
        CHECK(judge(status, "").kind == again);
    }
    CHECK(judge(500, "").may_be_taken);
    CHECK_FALSE(judge(503, "").may_be_taken);
    CHECK_FALSE(judge(429, "").may_be_taken);
}

TEST_CASE("late events go as lines with their own time and number", "[pbx-gateway]") {
    pbx::WebhookEvent event;
    event.type = call::EventType::dial;
    event.body = R"({"Token":"1","UniqueId":"1.1"})";
    event.at = *base::parse_iso8601("2025-10-01T09:00:00Z");
    event.seq = 17;
    CHECK(
        catch_up_body("minsk", {event, event}) ==
        R"({"event":"dial","at":"2025-10-01T09:00:00.000000Z","pbx":"minsk","seq":17,)"
        R"("body":{"Token":"1","UniqueId":"1.1"}})"
        "\n"
        R"({"event":"dial","at":"2025-10-01T09:00:00.000000Z","pbx":"minsk","seq":17,)"
        R"("body":{"Token":"1","UniqueId":"1.1"}})"
        "\n"
    );
}

TEST_CASE("an exchange's settings say who is who and how TLS is checked", "[pbx-gateway]") {
    ExchangeRow row;
    row.id = "minsk";
    row.token = "375293332255";
    row.timezone = "Europe/Minsk";
    row.host = "10.0.0.5";
    row.reconnect_delay = std::chrono::seconds(5);
    row.settings = R"({"trunks":["mts"],"phones":{"reception":"100"},"lines":{"mts":"0001363"},)"
                   R"("shortest_extension":3,"tls_verify":false,"tls_name":"pbx.example.by"})";
    const auto client = client_settings(row);
    REQUIRE(client);
    CHECK_FALSE(client->verify_peer);
    CHECK(client->tls_name == "pbx.example.by");
    CHECK(client->reconnect.initial == std::chrono::seconds(5));
    const auto tracker = tracker_settings(row);
    REQUIRE(tracker);
    CHECK(tracker->token == "375293332255");
    CHECK(tracker->trunks == std::vector<std::string>{"mts"});
    CHECK(tracker->phones.at("reception") == "100");
    CHECK(tracker->lines.at("mts") == "0001363");
    CHECK(tracker->shortest_extension == 3);
    CHECK(tracker->longest_extension == 5);
}

TEST_CASE("wrong settings of an exchange are told with their place", "[pbx-gateway]") {
    ExchangeRow row;
    row.settings = R"({"lines":["x"],"shortest_extension":99})";
    const auto tracker = tracker_settings(row);
    REQUIRE_FALSE(tracker);
    REQUIRE(tracker.error().fields.size() == 2);
    CHECK(tracker.error().fields[0].path == "/lines");
    CHECK(tracker.error().fields[1].path == "/shortest_extension");
}
