#include <string>
#include <vector>

#include "ami/parser.hpp"
#include "json/document.hpp"
#include "pbx/call_tracker.hpp"
#include "replay.hpp"
#include "testing/catch.hpp"

namespace trunkline::pbx {
namespace {

/// An event of a channel as Asterisk 22 writes it.
std::string channel_event(
    const std::string& event,
    const std::string& channel,
    const std::string& id,
    const std::string& linked,
    const std::string& more = ""
) {
    return "Event: " + event + "\r\nChannel: " + channel + "\r\nUniqueid: " + id +
           "\r\nLinkedid: " + linked + "\r\n" + more + "\r\n";
}

std::string inbound_begins(const std::string& id, const std::string& number) {
    return channel_event(
        "Newchannel",
        "PJSIP/trunk-main-" + id,
        id,
        id,
        "ChannelState: 4\r\nCallerIDNum: " + number +
            "\r\nContext: from-trunk\r\nExten: 375291112233\r\n"
    );
}

std::string phone_rings(
    const std::string& extension, const std::string& id, const std::string& linked
) {
    const std::string channel = "PJSIP/" + extension + "-" + id;
    return channel_event(
               "Newchannel",
               channel,
               id,
               linked,
               "ChannelState: 0\r\nCallerIDNum: " + extension +
                   "\r\nContext: internal\r\nExten: s\r\n"
           ) +
           "Event: DialBegin\r\nChannel: PJSIP/trunk-main-" + linked + "\r\nUniqueid: " + linked +
           "\r\nLinkedid: " + linked + "\r\nDestChannel: " + channel + "\r\nDestUniqueid: " + id +
           "\r\nDestLinkedid: " + linked + "\r\nDialString: " + extension + "\r\n\r\n";
}

std::string enters(
    const std::string& channel,
    const std::string& id,
    const std::string& linked,
    const std::string& bridge
) {
    return channel_event("BridgeEnter", channel, id, linked, "BridgeUniqueid: " + bridge + "\r\n");
}

std::string hangs_up(const std::string& channel, const std::string& id, const std::string& linked) {
    return channel_event("Hangup", channel, id, linked, "Cause: 16\r\n");
}

std::vector<ami::StoredMessage> items(const std::string& text) {
    ami::Parser parser;
    parser.feed(text);
    std::vector<ami::StoredMessage> all;
    while (const auto message = parser.next()) {
        all.emplace_back(*message);
    }
    return all;
}

std::string up(
    const std::string& channel,
    const std::string& id,
    const std::string& linked,
    const std::string& number,
    const std::string& bridge
) {
    return channel_event(
        "CoreShowChannel",
        channel,
        id,
        linked,
        "ChannelState: 6\r\nCallerIDNum: " + number +
            "\r\nContext: internal\r\nExten: s\r\nBridgeId: " + bridge + "\r\n"
    );
}

std::vector<std::string> types_of(const std::vector<WebhookEvent>& events) {
    std::vector<std::string> types;
    for (const WebhookEvent& event : events) {
        types.emplace_back(to_string(event.type));
    }
    return types;
}

std::string member(const WebhookEvent& event, std::string_view name) {
    const auto body = json::parse(event.body);
    REQUIRE(body);
    const auto value = body->root().find(name);
    return value
               ? value->is_array() ? value->dump() : std::string(value->scalar_text().value_or(""))
               : "none";
}

const std::string trunk = "PJSIP/trunk-main-1.1";
const std::string phone = "PJSIP/1001-1.2";

std::string talk_begins() {
    return inbound_begins("1.1", "375296254070") + phone_rings("1001", "1.2", "1.1") +
           enters(phone, "1.2", "1.1", "B") + enters(trunk, "1.1", "1.1", "B");
}

}  // namespace

TEST_CASE("A call is told in the shapes of the contract") {
    Replay replay;
    replay.hear(talk_begins(), 2);
    replay.hear(hangs_up(phone, "1.2", "1.1") + hangs_up(trunk, "1.1", "1.1"), 7);
    const auto& events = replay.events;
    REQUIRE(
        types_of(events) ==
        std::vector<std::string>{
            "start",
            "dial",
            "bridge_create",
            "bridge",
            "bridge",
            "bridge_leave",
            "bridge_leave",
            "bridge_destroy",
            "hangup",
        }
    );
    CHECK(member(events[0], "Phone") == "375296254070");
    CHECK(member(events[0], "Trunk") == "375291112233");
    CHECK(member(events[1], "Extensions") == R"(["1001"])");
    CHECK(member(events[1], "ExtPhone") == "375296254070");
    CHECK(member(events[3], "ConnectedLineNum") == "1001");
    CHECK(member(events[8], "UniqueId") == "1.1");
    CHECK(member(events[8], "CallStatus") == "2");
    CHECK(member(events[8], "CallType") == "0");
    CHECK(member(events[8], "Extensions") == R"(["1001"])");
    CHECK(member(events[8], "StartTime") == "2026-11-21 07:25:56");
    CHECK(member(events[8], "EndTime") == "2026-11-21 07:26:01");
    CHECK(member(events[8], "Cause") == "16");
    for (std::size_t i = 0; i < events.size(); ++i) {
        CHECK(events[i].seq == i + 1);
        CHECK(member(events[i], "Token") == "375293332255");
        CHECK_FALSE(events[i].recovered);
    }
}

TEST_CASE("An exchange's own stamps date the events") {
    Replay replay;
    std::string text = inbound_begins("1.1", "375296254070");
    text.insert(text.size() - 2, "Timestamp: 1795235154.250000\r\n");
    replay.hear(text, 500);
    REQUIRE(replay.events.size() == 1);
    CHECK(base::format_iso8601(replay.events[0].at) == "2026-11-21T04:25:54.250000Z");
}

TEST_CASE("Trunks are known by settings, by their context, and by who calls") {
    CallTrackerSettings settings = Replay::plain_settings();
    settings.trunks = {"provider"};
    settings.phones = {{"anna", "1001"}};
    settings.lines = {{"provider", "0001363"}};
    Replay replay(settings);
    replay.hear(
        channel_event(
            "Newchannel",
            "SIP/provider-1",
            "1.1",
            "1.1",
            "ChannelState: 4\r\nCallerIDNum: 1234\r\nContext: odd\r\nExten: 9\r\n"
        ) +
            channel_event(
                "Newchannel",
                "SIP/anna-1",
                "2.1",
                "2.1",
                "ChannelState: 4\r\nCallerIDNum: 375291112233\r\nContext: internal\r\nExten: "
                "1002\r\n"
            ) +
            channel_event(
                "Newchannel",
                "SIP/unheard-1",
                "3.1",
                "3.1",
                "ChannelState: 4\r\nCallerIDNum: 375296254070\r\nContext: x\r\nExten: "
                "375291112233\r\n"
            ),
        0
    );
    REQUIRE(types_of(replay.events) == std::vector<std::string>{"start", "start"});
    CHECK(member(replay.events[0], "Trunk") == "0001363");
    CHECK(member(replay.events[1], "UniqueId") == "3.1");
    replay.hear(hangs_up("SIP/anna-1", "2.1", "2.1"), 3);
    REQUIRE(replay.events.size() == 3);
    CHECK(member(replay.events[2], "Phone") == "1001");
    CHECK(member(replay.events[2], "CallStatus") == "0");
}

TEST_CASE("What ended in a gap is ended by what the exchange says is up") {
    Replay replay;
    replay.hear(talk_begins(), 0);
    const auto told = replay.tracker.reconcile({}, Replay::at(60), Replay::at(60));
    replay.apply(told);
    replay.settle();
    REQUIRE_FALSE(told.empty());
    for (const WebhookEvent& event : told) {
        CHECK(event.recovered);
    }
    CHECK(told.back().type == call::EventType::hangup);
    CHECK(replay.tracker.channels() == 0);
    CHECK(replay.tracker.bridges() == 0);
    REQUIRE(replay.calls().size() == 1);
    CHECK(replay.calls()[0].phase == call::Phase::done);
    CHECK(replay.calls()[0].answered);
}

TEST_CASE("What is still up goes on, and a channel younger than the question stays") {
    Replay replay;
    replay.hear(talk_begins(), 0);
    replay.hear(inbound_begins("5.1", "375447778899"), 61);
    const auto before = replay.events.size();
    const auto told = replay.tracker.reconcile(
        items(up(trunk, "1.1", "1.1", "375296254070", "B") + up(phone, "1.2", "1.1", "1001", "B")),
        Replay::at(60),
        Replay::at(62)
    );
    CHECK(told.empty());
    CHECK(replay.events.size() == before);
    CHECK(replay.tracker.channels() == 3);
}

TEST_CASE("A call that began unseen is told as far as it can be") {
    Replay replay;
    const std::string inbound = channel_event(
        "CoreShowChannel",
        trunk,
        "1.1",
        "1.1",
        "ChannelState: 6\r\nCallerIDNum: 375296254070\r\nContext: from-trunk\r\nExten: "
        "s\r\nBridgeId: B\r\n"
    );
    const std::string outbound = channel_event(
        "CoreShowChannel",
        "PJSIP/trunk-main-2.2",
        "2.2",
        "2.1",
        "ChannelState: 6\r\nCallerIDNum: 375291234567\r\nContext: from-trunk\r\nExten: "
        "s\r\nBridgeId: C\r\n"
    );
    replay.apply(replay.tracker.reconcile(
        items(
            outbound + up("PJSIP/1002-2.1", "2.1", "2.1", "1002", "C") +
            up(phone, "1.2", "1.1", "1001", "B") + inbound
        ),
        Replay::at(10),
        Replay::at(10)
    ));
    replay.hear(
        hangs_up(trunk, "1.1", "1.1") + hangs_up(phone, "1.2", "1.1") +
            hangs_up("PJSIP/1002-2.1", "2.1", "2.1") +
            hangs_up("PJSIP/trunk-main-2.2", "2.2", "2.1"),
        20
    );
    replay.settle();
    CHECK(
        replay.outcomes() ==
        std::vector<std::string>{
            "in 375296254070 over trunk-main rang 1001 talked 1001 for 10 (16)",
            "out 375291234567 over trunk-main rang 1002 talked 1002 for 10 (16)",
        }
    );
    CHECK(replay.tracker.calls() == 0);
}

TEST_CASE("A lost hangup is found out one day") {
    Replay replay;
    replay.hear(talk_begins(), 0);
    replay.hear(hangs_up(phone, "1.2", "1.1"), 5);
    CHECK(replay.tracker.tick(Replay::at(3600)).empty());
    const auto told = replay.tracker.tick(Replay::at(12 * 3600 + 1));
    REQUIRE_FALSE(told.empty());
    CHECK(told.back().type == call::EventType::hangup);
    CHECK(told.back().recovered);
    CHECK(replay.tracker.channels() == 0);
    CHECK(replay.tracker.calls() == 0);
}

TEST_CASE("A late event raises no dead channel") {
    Replay replay;
    replay.hear(talk_begins() + hangs_up(trunk, "1.1", "1.1") + hangs_up(phone, "1.2", "1.1"), 0);
    const auto before = replay.events.size();
    replay.hear(enters(trunk, "1.1", "1.1", "B") + hangs_up(trunk, "1.1", "1.1"), 1);
    CHECK(replay.events.size() == before);
    CHECK(replay.tracker.channels() == 0);
}

TEST_CASE("No more channels are followed than are allowed") {
    CallTrackerSettings settings = Replay::plain_settings();
    settings.max_channels = 10;
    CallTracker tracker(settings);
    for (int i = 0; i < 1000; ++i) {
        const auto id = std::to_string(1000 + i) + ".1";
        for (const auto& message : items(inbound_begins(id, "375296254070"))) {
            tracker.take(message.view(), Replay::at(0));
        }
    }
    CHECK(tracker.channels() == 10);
    CHECK(tracker.ignored() == 990);
}

TEST_CASE("An outbound call handed on goes on with who took it") {
    Replay replay;
    const std::string caller = "PJSIP/1001-1.1";
    const std::string far = "PJSIP/trunk-main-1.2";
    const std::string other = "PJSIP/1002-1.3";
    replay.hear(
        channel_event(
            "Newchannel",
            caller,
            "1.1",
            "1.1",
            "ChannelState: 4\r\nCallerIDNum: 1001\r\nContext: internal\r\nExten: 375291234567\r\n"
        ) +
            channel_event(
                "Newchannel",
                far,
                "1.2",
                "1.1",
                "ChannelState: 0\r\nCallerIDNum: <unknown>\r\nContext: from-trunk\r\nExten: s\r\n"
            ) +
            "Event: DialBegin\r\nChannel: " + caller +
            "\r\nUniqueid: 1.1\r\nLinkedid: 1.1\r\nDestChannel: " + far +
            "\r\nDestUniqueid: 1.2\r\nDestLinkedid: 1.1\r\nDialString: "
            "375291234567@trunk-main\r\n\r\n" +
            enters(far, "1.2", "1.1", "B") + enters(caller, "1.1", "1.1", "B"),
        0
    );
    replay.hear(
        hangs_up(caller, "1.1", "1.1") +
            channel_event(
                "Newchannel",
                other,
                "1.3",
                "1.1",
                "ChannelState: 0\r\nCallerIDNum: 1002\r\nContext: internal\r\nExten: s\r\n"
            ) +
            enters(other, "1.3", "1.1", "C") + enters(far, "1.2", "1.1", "C"),
        10
    );
    CHECK(types_of(replay.events).back() == "bridge");
    replay.hear(hangs_up(far, "1.2", "1.1") + hangs_up(other, "1.3", "1.1"), 30);
    replay.settle();
    CHECK(
        replay.outcomes() ==
        std::vector<std::string>{
            "out 375291234567 over trunk-main rang 1001 talked 1001 1002 for 30 (16)"
        }
    );
}

TEST_CASE("A mobile in the group that answers is the talker") {
    Replay replay;
    const std::string mobile = "PJSIP/trunk-main-1.3";
    replay.hear(
        inbound_begins("1.1", "375296254070") + phone_rings("1001", "1.2", "1.1") +
            channel_event(
                "Newchannel",
                mobile,
                "1.3",
                "1.1",
                "ChannelState: 0\r\nCallerIDNum: <unknown>\r\nContext: from-trunk\r\nExten: s\r\n"
            ) +
            "Event: DialBegin\r\nChannel: " + trunk +
            "\r\nUniqueid: 1.1\r\nLinkedid: 1.1\r\nDestChannel: " + mobile +
            "\r\nDestUniqueid: 1.3\r\nDestLinkedid: 1.1\r\nDialString: "
            "375295556677@trunk-main\r\n\r\n" +
            enters(mobile, "1.3", "1.1", "B") + enters(trunk, "1.1", "1.1", "B") +
            hangs_up(phone, "1.2", "1.1"),
        0
    );
    replay.hear(hangs_up(trunk, "1.1", "1.1") + hangs_up(mobile, "1.3", "1.1"), 20);
    replay.settle();
    CHECK(
        replay.outcomes() ==
        std::vector<std::string>{"in 375296254070 over 375291112233 rang 1001 375295556677 talked "
                                 "375295556677 for 20 (16)"}
    );
}

TEST_CASE("What happens in one moment is told in its order, and a clock that was set back counts") {
    const auto call = inbound_begins("1.1", "375296254070") + phone_rings("1001", "1.2", "1.1") +
                      enters("PJSIP/1001-1.2", "1.2", "1.1", "b") +
                      enters("PJSIP/trunk-main-1.1", "1.1", "1.1", "b");
    Replay replay;
    replay.hear(call, 100);
    REQUIRE(replay.events.size() == 5);
    CHECK(replay.events.front().at == Replay::at(100));
    for (std::size_t i = 1; i < replay.events.size(); ++i) {
        CHECK(replay.events[i].at - replay.events[i - 1].at == std::chrono::microseconds(1));
    }
    replay.hear(hangs_up("PJSIP/1001-1.2", "1.2", "1.1"), 40);
    CHECK(replay.events.back().at - Replay::at(40) < std::chrono::milliseconds(1));
}

}  // namespace trunkline::pbx
