#include "upload_hold.hpp"

#include "testing/catch.hpp"

using namespace trunkline;
using namespace trunkline::integration_cache;
using namespace std::chrono_literals;

namespace {

const auto all = connectors(ConnectorUrls{});
const auto noon = *base::parse_iso8601("2026-01-15T09:00:00Z");

const Connector& connector(const std::string& key) {
    return *std::ranges::find(all, key, &Connector::key);
}

call::Call outbound() {
    call::Call call;
    call.direction = call::Direction::out;
    call.rang = {"151"};
    call.talkers = {"151"};
    call.talker = "151";
    call.line = "0001363";
    call.answered = true;
    call.started_at = noon;
    call.answered_at = noon + 8s;
    call.ended_at = noon + 20s;
    call.talk_s = 12;
    call.wait_s = 8;
    return call;
}

/// As ingest has it after a blind transfer to 152.
RecordedCall transferred() {
    RecordedCall recorded;
    recorded.age = 1min;
    recorded.written_at = noon + 50s;
    recorded.line = "0001363";
    recorded.rang = {"151"};
    recorded.talkers = {"151", "152"};
    recorded.answered = true;
    recorded.started_at = noon;
    recorded.answered_at = noon + 8s;
    recorded.ended_at = noon + 50s;
    recorded.talk_s = 42;
    recorded.wait_s = 8;
    recorded.corrected = true;
    return recorded;
}

}  // namespace

TEST_CASE(
    "only the end of an answered outbound call waits, and only where nothing can be corrected",
    "[integration-cache]"
) {
    using enum call::DispatchKind;
    CHECK(may_be_held(connector("retailcrm"), hangup, outbound()));
    CHECK(may_be_held(connector("uon"), hangup, outbound()));
    CHECK_FALSE(may_be_held(connector("bitrix24"), hangup, outbound()));
    CHECK_FALSE(may_be_held(connector("own"), hangup, outbound()));
    CHECK_FALSE(may_be_held(connector("retailcrm"), dial, outbound()));
    auto missed = outbound();
    missed.answered = false;
    CHECK_FALSE(may_be_held(connector("retailcrm"), hangup, missed));
    auto inbound = outbound();
    inbound.direction = call::Direction::in;
    CHECK_FALSE(may_be_held(connector("retailcrm"), hangup, inbound));
}

TEST_CASE("an end waits until it has been quiet for a while", "[integration-cache]") {
    auto recorded = transferred();
    recorded.age = 1500ms;
    const auto fresh = hold_of(recorded, 2s, 5s);
    REQUIRE(fresh);
    CHECK(fresh->pause == 3500ms);
    recorded.age = 1min;
    CHECK(hold_of(recorded, 4s, 5s)->pause == 1s);
    CHECK_FALSE(hold_of(recorded, 5s, 5s));
    CHECK_FALSE(hold_of(recorded, 0s, 0s));
}

TEST_CASE("a call that goes on is waited for, but not for ever", "[integration-cache]") {
    auto recorded = transferred();
    recorded.is_talking = true;
    CHECK(hold_of(recorded, 10s, 5s));
    CHECK(hold_of(recorded, 10s, 0s));
    CHECK(hold_of(recorded, 3h + 59min, 5s));
    CHECK_FALSE(hold_of(recorded, 4h, 5s));
    CHECK_FALSE(hold_of(std::nullopt, 0s, 5s));
}

TEST_CASE("what is told at last is the whole call", "[integration-cache]") {
    contract::ConnectorEvent event;
    event.call = outbound();
    event.accepted_at = noon + 20s;
    CHECK(bring_up_to_date(event, transferred()));
    CHECK(event.call.talkers == std::vector<std::string>{"151", "152"});
    CHECK(event.call.talker == "152");
    CHECK(event.call.talk_s == 42);
    CHECK(event.call.ended_at == noon + 50s);
    CHECK(event.call.corrected);
    CHECK(event.accepted_at == noon + 50s);
    CHECK_FALSE(bring_up_to_date(event, transferred()));
}
