#include "call/tracker.hpp"
#include "contract/card_update.hpp"
#include "correlation_batch.hpp"
#include "testing/catch.hpp"

using namespace trunkline;
using namespace std::chrono_literals;
using ingest::BatchOutcome;

namespace {

const base::WallTime noon = base::parse_iso8601("2025-10-01T12:00:00Z").value();
const std::string public_url = "https://x.by/";
constexpr auto call_link = "https://x.by/recordings/01890a5d-ac96-774b-bcce-b302099a8057";

tenants::Enterprise enterprise(std::string recordings, bool has_crm = true) {
    tenants::Enterprise out;
    out.number = "0367";
    out.token = "375293332255";
    out.bot_token = "1:x";
    out.timezone = "Europe/Minsk";
    out.recordings = std::move(recordings);
    out.integrations = json::parse(has_crm ? R"({"retailcrm":{"enabled":true}})" : "{}").value();
    return out;
}

ingest::EventPointer event(std::int64_t position, std::string type, std::string body) {
    ingest::PendingEvent out;
    out.event_id = "e" + std::to_string(position);
    out.received_at = noon + std::chrono::seconds(position);
    out.event_type = std::move(type);
    out.raw_data = std::move(body);
    return std::make_shared<const ingest::PendingEvent>(std::move(out));
}

call::Tracker make_tracker(const tenants::Enterprise& of) {
    auto settings = ingest::tracker_settings(of, {}, "Europe/Minsk");
    settings.make_uuid = [] { return std::string("01890a5d-ac96-774b-bcce-b302099a8057"); };
    return call::Tracker(std::move(settings));
}

/// An inbound call that rings and ends.
BatchOutcome play(const tenants::Enterprise& of, bool answered, const std::string& url) {
    auto tracker = make_tracker(of);
    const std::string ids = R"("Token":"375293332255","UniqueId":"1.1","Phone":"375296254070",)";
    const std::string status = answered ? "2" : "0";
    return ingest::correlate(
        tracker,
        of,
        {event(0, "start", "{" + ids + R"("CallType":0,"Trunk":"0001363"})"),
         event(1, "dial", "{" + ids + R"("CallType":0,"Extensions":["151"]})"),
         event(
             9,
             "hangup",
             "{" + ids + R"("CallType":0,"CallStatus":")" + status +
                 R"(","Extensions":["151"],"StartTime":"2025-10-01 15:00:00",)"
                 R"("EndTime":"2025-10-01 15:00:09"})"
         )},
        noon + 9s,
        url
    );
}

std::string told_to_crm(const BatchOutcome& outcome) {
    REQUIRE_FALSE(outcome.dispatched.empty());
    const auto& last = outcome.dispatched.back();
    CHECK(last.kind == call::DispatchKind::hangup);
    return last.call.record_url;
}

}  // namespace

TEST_CASE("the hangup of an answered call carries its recording's link", "[ingest]") {
    const auto outcome = play(enterprise("answered"), true, public_url);
    CHECK(told_to_crm(outcome) == call_link);
    REQUIRE(outcome.result.finished.size() == 1);
    CHECK(outcome.result.finished[0].record_url == call_link);
    CHECK(outcome.result.plain_links.size() == 1);
    CHECK(outcome.dispatched.size() == 2);  // dial and hangup: no update for the link.
    REQUIRE_FALSE(outcome.result.telegram.empty());
    CHECK_THAT(outcome.result.telegram.back().payload, ContainsSubstring(call_link));
    REQUIRE(outcome.result.live.size() == 1);
    CHECK_THAT(outcome.result.live[0].state, ContainsSubstring(call_link));
}

TEST_CASE("which calls get a link is the enterprise's setting", "[ingest]") {
    CHECK(told_to_crm(play(enterprise("answered"), false, public_url)).empty());
    CHECK(told_to_crm(play(enterprise("all"), false, public_url)) == call_link);
    CHECK(told_to_crm(play(enterprise("none"), true, public_url)).empty());
    CHECK(told_to_crm(play(enterprise("all"), true, "")).empty());
}

TEST_CASE("without a CRM no plain link is handed out", "[ingest]") {
    const auto outcome = play(enterprise("answered", false), true, public_url);
    REQUIRE(outcome.result.finished.size() == 1);
    CHECK(outcome.result.finished[0].record_url == call_link);
    CHECK(outcome.result.plain_links.empty());
}

TEST_CASE("a link that comes late is an update to chats and CRMs", "[ingest]") {
    const auto of = enterprise("answered");
    auto tracker = make_tracker(of);
    call::Change change;
    change.previous = call::Phase::done;
    change.recording = true;
    change.call.uuid = "01890a5d-ac96-774b-bcce-b302099a8057";
    change.call.phase = call::Phase::done;
    change.call.record_url = call_link;
    const auto outcome = ingest::tell_late(tracker, of, change, noon);
    REQUIRE(outcome.dispatched.size() == 1);
    CHECK(outcome.dispatched[0].kind == call::DispatchKind::update);
    CHECK(outcome.result.telegram.size() == 1);
}
