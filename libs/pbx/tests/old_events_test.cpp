#include <string>
#include <vector>

#include "replay.hpp"
#include "testing/catch.hpp"

namespace trunkline::pbx {
namespace {

using Outcomes = std::vector<std::string>;

/// Asterisk 1.8 to 11 with chan_sip: no Linkedid, pairs instead of bridges.
std::string old_channel(
    const std::string& channel,
    const std::string& id,
    const std::string& number,
    const std::string& exten
) {
    return "Event: Newchannel\r\nPrivilege: call,all\r\nChannel: " + channel +
           "\r\nChannelState: " + (exten.empty() ? "0" : "4") + "\r\nCallerIDNum: " + number +
           "\r\nCallerIDName: \r\nAccountCode: \r\nExten: " + exten +
           "\r\nContext: " + (number.size() > 5 ? "from-trunk" : "internal") +
           "\r\nUniqueid: " + id + "\r\n\r\n";
}

std::string old_hangup(const std::string& channel, const std::string& id) {
    return "Event: Hangup\r\nChannel: " + channel + "\r\nUniqueid: " + id +
           "\r\nCause: 16\r\nCause-txt: Normal Clearing\r\n\r\n";
}

}  // namespace

TEST_CASE("Calls of Asterisk 11 are followed by Dial and Bridge") {
    Replay replay;
    replay.hear(
        old_channel("SIP/provider-1", "1.1", "375296254070", "375291112233") +
            old_channel("SIP/1001-2", "1.2", "", "") +
            "Event: Dial\r\nSubEvent: Begin\r\nChannel: SIP/provider-1\r\nDestination: "
            "SIP/1001-2\r\n"
            "CallerIDNum: 375296254070\r\nUniqueID: 1.1\r\nDestUniqueID: 1.2\r\nDialstring: "
            "1001\r\n\r\n",
        0
    );
    replay.hear(
        "Event: Bridge\r\nBridgestate: Link\r\nBridgetype: core\r\nChannel1: "
        "SIP/provider-1\r\nChannel2: SIP/1001-2\r\n"
        "Uniqueid1: 1.1\r\nUniqueid2: 1.2\r\nCallerID1: 375296254070\r\nCallerID2: 1001\r\n\r\n"
        "Event: MonitorStart\r\nChannel: SIP/provider-1\r\nUniqueid: 1.1\r\n\r\n",
        3
    );
    replay.hear(
        "Event: Unlink\r\nChannel1: SIP/provider-1\r\nChannel2: SIP/1001-2\r\nUniqueid1: "
        "1.1\r\nUniqueid2: 1.2\r\n\r\n"
        "Event: Dial\r\nSubEvent: End\r\nChannel: SIP/provider-1\r\nUniqueID: 1.1\r\nDialStatus: "
        "ANSWER\r\n\r\n" +
            old_hangup("SIP/1001-2", "1.2") + old_hangup("SIP/provider-1", "1.1"),
        23
    );
    replay.settle();
    CHECK(
        replay.outcomes() ==
        Outcomes{"in 375296254070 over 375291112233 rang 1001 talked 1001 for 20 (16)"}
    );
    CHECK(replay.tracker.channels() == 0);
    CHECK(replay.tracker.calls() == 0);
    CHECK(replay.tracker.bridges() == 0);
}

TEST_CASE("Calls of Asterisk 1.4 are followed by Link and Unlink") {
    Replay replay;
    replay.hear(
        old_channel("SIP/1001-1", "1.1", "1001", "1002") +
            old_channel("SIP/1002-2", "1.2", "", "") +
            "Event: Dial\r\nSource: SIP/1001-1\r\nDestination: SIP/1002-2\r\nCallerID: 1001\r\n"
            "SrcUniqueID: 1.1\r\nDestUniqueID: 1.2\r\n\r\n",
        0
    );
    replay.hear(
        "Event: Link\r\nChannel1: SIP/1001-1\r\nChannel2: SIP/1002-2\r\nUniqueid1: "
        "1.1\r\nUniqueid2: 1.2\r\n"
        "CallerID1: 1001\r\nCallerID2: 1002\r\n\r\n",
        2
    );
    replay.hear(
        "Event: Unlink\r\nChannel1: SIP/1001-1\r\nChannel2: SIP/1002-2\r\nUniqueid1: "
        "1.1\r\nUniqueid2: 1.2\r\n\r\n" +
            old_hangup("SIP/1002-2", "1.2") + old_hangup("SIP/1001-1", "1.1"),
        12
    );
    replay.settle();
    CHECK(replay.outcomes() == Outcomes{"internal 1001 rang 1002 talked 1002 for 10 (16)"});
}

}  // namespace trunkline::pbx
