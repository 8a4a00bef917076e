#include "ami/actions.hpp"

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "testing/catch.hpp"

namespace trunkline::ami {
namespace {

std::string text_of(const Built& built) {
    REQUIRE(built);
    return built->text("7");
}

/// The header that is wrong.
std::string fault_of(const Built& built) {
    REQUIRE_FALSE(built);
    CHECK(built.error().code == base::Errc::invalid_input);
    REQUIRE(built.error().fields.size() == 1);
    return built.error().fields[0].path;
}

Originate to_customer() {
    Originate request;
    request.channel = "PJSIP/1001";
    request.target = {.context = "internal", .exten = "+375296254070", .priority = 1};
    return request;
}

}  // namespace

TEST_CASE("An action is its headers by CRLF and an empty line") {
    CHECK(
        text_of(hangup("PJSIP/1001-00000001", 16)) ==
        "Action: Hangup\r\nActionID: 7\r\nChannel: PJSIP/1001-00000001\r\nCause: 16\r\n\r\n"
    );
    CHECK(text_of(ping()) == "Action: Ping\r\nActionID: 7\r\n\r\n");
}

TEST_CASE("Click to call says whom to ring and where to go") {
    auto request = to_customer();
    request.caller_id = {.name = "ООО \"Рога\" <1>\\${SHELL(id)}", .number = "375291112233"};
    request.variables = {{"__CRM_DEAL", "D-77"}};
    const auto text = text_of(originate(request));
    CHECK_THAT(text, ContainsSubstring("Channel: PJSIP/1001\r\nExten: +375296254070\r\n"));
    CHECK_THAT(
        text, ContainsSubstring("CallerID: \"ООО  Рога   1    SHELL(id) \" <375291112233>\r\n")
    );
    CHECK_THAT(text, ContainsSubstring("Variable: __CRM_DEAL=D-77\r\n"));
    CHECK_THAT(text, ContainsSubstring("Async: true\r\n"));
}

TEST_CASE("No value of any action can begin a line of its own") {
    using Make = std::function<Built(const std::string&)>;
    const std::vector<std::pair<std::string, Make>> all{
        {"/Username", [](const auto& v) { return login(v, "s", "on"); }},
        {"/Secret", [](const auto& v) { return login("u", v, "on"); }},
        {"/Key", [](const auto& v) { return login_with_key("u", v, "on"); }},
        {"/EventMask", [](const auto& v) { return events(v); }},
        {"/Channel",
         [](const auto& v) {
             auto request = to_customer();
             request.channel = v;
             return originate(request);
         }},
        {"/Exten",
         [](const auto& v) {
             auto request = to_customer();
             request.target.exten = v;
             return originate(request);
         }},
        {"/CallerID",
         [](const auto& v) {
             auto request = to_customer();
             request.caller_id = {.name = v, .number = "1"};
             return originate(request);
         }},
        {"/Variable",
         [](const auto& v) {
             auto request = to_customer();
             request.variables = {{"A", v}};
             return originate(request);
         }},
        {"/Data", [](const auto& v) { return spy({.supervisor = "PJSIP/1", .target = v}); }},
        {"/Channel", [](const auto& v) { return hangup(v); }},
        {"/Context",
         [](const auto& v) { return redirect("PJSIP/1-1", {.context = v, .exten = "1"}); }},
        {"/Exten", [](const auto& v) { return attended_transfer("PJSIP/1-1", "c", v); }},
        {"/Context", [](const auto& v) { return blind_transfer("PJSIP/1-1", v, "1"); }},
        {"/Parkinglot",
         [](const auto& v) {
             Park request;
             request.channel = "PJSIP/1-1";
             request.lot = v;
             return park(request);
         }},
        {"/Channel2", [](const auto& v) { return bridge("PJSIP/1-1", v); }},
        {"/File", [](const auto& v) { return mix_monitor({.channel = "PJSIP/1-1", .file = v}); }},
        {"/MixMonitorID", [](const auto& v) { return stop_mix_monitor("PJSIP/1-1", v); }},
        {"/Channel", [](const auto& v) { return mix_monitor_mute(v, AudioDirection::both, true); }},
        {"/Queue", [](const auto& v) { return queue_status(v); }},
        {"/Member", [](const auto& v) { return queue_status("q", v); }},
        {"/Interface", [](const auto& v) { return queue_remove("q", v); }},
        {"/Reason", [](const auto& v) { return queue_pause("q", "PJSIP/1", true, v); }},
        {"/MemberName",
         [](const auto& v) {
             QueueMember member;
             member.queue = "q";
             member.interface = "PJSIP/1";
             member.name = v;
             return queue_add(member);
         }},
        {"/Endpoint", [](const auto& v) { return pjsip_show_endpoint(v); }},
        {"/Variable", [](const auto& v) { return getvar("PJSIP/1-1", v); }},
        {"/Value", [](const auto& v) { return setvar("PJSIP/1-1", "A", v); }},
        {"/Command", [](const auto& v) { return command(Cli::show_queue, v); }},
        {"/Module", [](const auto& v) { return module_check(v); }},
        {"/UserEvent", [](const auto& v) { return user_event(v, {}); }},
        {"/A", [](const auto& v) { return user_event("E", {{"A", v}}); }},
        {"/Header", [](const auto& v) { return user_event("E", {{v, "a"}}); }},
    };
    const std::vector<std::string> attacks{
        "1\r\nAction: Command",
        "1\nCommand: core stop now",
        "1\r",
        std::string("1\0x", 3),
        "\x1b[2J",
        std::string(5000, 'x'),
    };
    for (const auto& [field, make] : all) {
        for (const std::string& attack : attacks) {
            CHECK(fault_of(make(attack)) == field);
        }
    }
}

TEST_CASE("What the exchange would read as more than a value is refused") {
    CHECK(fault_of(hangup("/^PJSIP/")) == "/Channel");
    CHECK(fault_of(hangup("")) == "/Channel");
    CHECK(fault_of(spy({.supervisor = "PJSIP/1", .target = "PJSIP/2-1,qwX(1)"})) == "/Data");
    CHECK(fault_of(mix_monitor({.channel = "PJSIP/1-1", .file = "../../etc/x.wav"})) == "/File");
    CHECK(fault_of(mix_monitor({.channel = "PJSIP/1-1", .file = "a.wav,b,rm"})) == "/File");
    CHECK(fault_of(getvar("PJSIP/1-1", "SHELL(id)")) == "/Variable");
    CHECK(fault_of(setvar("", "FILE(/etc/passwd)", "x")) == "/Variable");
    CHECK(fault_of(setvar("", "CDR(a)b(", "x")) == "/Variable");
    CHECK(fault_of(status("", {"A", "SHELL(id)"})) == "/Variables");
    CHECK(fault_of(command(Cli::show_queue, "x; core stop now")) == "/Command");
    CHECK(fault_of(command(Cli::show_version, "x")) == "/Command");
    CHECK(fault_of(command(Cli::show_endpoint)) == "/Command");
    CHECK(fault_of(play_dtmf("PJSIP/1-1", 'x')) == "/Digit");
    CHECK(fault_of(hangup("PJSIP/1-1", 500)) == "/Cause");
    CHECK(fault_of(user_event("E", {{"ActionID", "1"}})) == "/Header");
    auto request = to_customer();
    request.channel = "PJSIP/1001&PJSIP/1002";
    CHECK(fault_of(originate(request)) == "/Channel");
    request = to_customer();
    request.variables = {{"A", "1,B=2"}};
    CHECK(fault_of(originate(request)) == "/Variable");
}

TEST_CASE("All that is wrong is named at once") {
    const auto built = redirect("", {.context = "a b", .exten = "\n"});
    REQUIRE_FALSE(built);
    CHECK(built.error().fields.size() == 3);
}

TEST_CASE("Listening in is ChanSpy with the options of its mode") {
    CHECK_THAT(
        text_of(spy(
            {.supervisor = "PJSIP/1003", .target = "PJSIP/1001-00000001", .mode = SpyMode::whisper}
        )),
        ContainsSubstring("Application: ChanSpy\r\n") &&
            ContainsSubstring("Data: PJSIP/1001-00000001,qEw\r\n")
    );
    CHECK_THAT(
        text_of(spy({.supervisor = "PJSIP/1003", .target = "PJSIP/1001-1", .mode = SpyMode::barge})
        ),
        ContainsSubstring(",qEB\r\n")
    );
}

TEST_CASE("Secrets are sent, never described") {
    const auto built = login("crm", "very-secret", "on");
    CHECK_THAT(text_of(built), ContainsSubstring("Secret: very-secret\r\n"));
    CHECK(built->describe() == "Login Username=crm Secret=*** Events=on");
}

TEST_CASE("Agents are named as people write them") {
    QueueMember member;
    member.queue = "support";
    member.interface = "PJSIP/1003";
    member.name = "Вера Сова";
    member.penalty = 2;
    const auto text = text_of(queue_add(member));
    CHECK_THAT(text, ContainsSubstring("MemberName: Вера Сова\r\n"));
    CHECK_THAT(text, ContainsSubstring("Penalty: 2\r\nPaused: false\r\n"));
    CHECK_THAT(text_of(queue_pause("", "PJSIP/1003", true, "Обед")), !ContainsSubstring("Queue:"));
}

}  // namespace trunkline::ami
