#include "correlation_batch.hpp"

#include "base/ids.hpp"
#include "testing/catch.hpp"

using namespace trunkline;
using namespace std::chrono_literals;
using ingest::EventPointer;
using ingest::PendingEvent;

namespace {

const auto noon = *base::parse_iso8601("2026-01-15T12:00:00Z");
const std::string pair_far = R"("CallerIDNum":"375296254070","ConnectedLineNum":"151")";
const std::string pair_near = R"("CallerIDNum":"151","ConnectedLineNum":"375296254070")";

tenants::Enterprise june() { return ingest::nameless("0367"); }

call::Tracker tracker() {
    call::TrackerSettings settings;
    settings.make_uuid = [] { return base::make_uuid(); };
    return call::Tracker(std::move(settings));
}

std::shared_ptr<PendingEvent> live(std::string type, std::string members, base::WallTime at) {
    auto event = std::make_shared<PendingEvent>();
    event->event_id = base::make_uuid();
    event->received_at = at;
    event->event_type = std::move(type);
    event->raw_data = R"({"Token":"1","UniqueId":"1.1",)" + members + "}";
    return event;
}

/// As the journal's replay stores it.
std::shared_ptr<PendingEvent> journalled(std::string type, std::string members, base::WallTime at) {
    auto event = live(std::move(type), std::move(members), at);
    event->recovered = true;
    event->event_time = at;
    return event;
}

std::shared_ptr<PendingEvent> start(base::WallTime at) {
    return live("start", R"("Phone":"375296254070","CallType":0,"Trunk":"0001363")", at);
}

ingest::BatchOutcome worked_in(
    call::Tracker& calls,
    const tenants::Enterprise& enterprise,
    const std::vector<EventPointer>& events,
    base::WallTime now
) {
    return ingest::correlate(calls, enterprise, events, now, "");
}

std::string bridge(const std::string& pair) { return pair + R"(,"BridgeUniqueid":"b1")"; }

std::string hangup() {
    return R"("CallStatus":"2","CallType":0,"Phone":"375296254070","Extensions":["151"],)"
           R"("StartTime":"2026-01-15 14:59:00","EndTime":"2026-01-15 15:10:00")";
}

}  // namespace

TEST_CASE("talk time is right when the journal holds the end of a call", "[ingest]") {
    auto calls = tracker();
    const auto enterprise = june();
    worked_in(
        calls, enterprise, {start(noon), live("bridge", bridge(pair_far), noon + 10s)}, noon + 11s
    );
    // PostgreSQL was away for ten minutes; the call ended in its first.
    const auto outcome = worked_in(
        calls,
        enterprise,
        {journalled("bridge_leave", bridge(pair_far), noon + 40s),
         journalled("hangup", hangup(), noon + 41s)},
        noon + 10min
    );
    const auto later = worked_in(calls, enterprise, {}, noon + 11min);
    auto finished = outcome.result.finished;
    finished.insert(finished.end(), later.result.finished.begin(), later.result.finished.end());
    REQUIRE_FALSE(finished.empty());
    CHECK(finished.back().talk_s == 30);
}

TEST_CASE("a replayed call does not time out before its rest is replayed", "[ingest]") {
    auto calls = tracker();
    const auto enterprise = june();
    const auto now = noon + 1h;
    const auto first = worked_in(
        calls,
        enterprise,
        {journalled("start", R"("Phone":"375296254070","CallType":0,"Trunk":"0001363")", noon),
         journalled("bridge", bridge(pair_far), noon + 10s),
         journalled("bridge_leave", bridge(pair_far), noon + 20s)},
        now
    );
    CHECK(first.result.finished.empty());
    REQUIRE(first.result.next_timer);
    CHECK(*first.result.next_timer > now);
    const auto rest = worked_in(
        calls,
        enterprise,
        {journalled("bridge", bridge(pair_near), noon + 30s),
         journalled("bridge_leave", bridge(pair_near), noon + 45s),
         journalled("hangup", hangup(), noon + 46s)},
        now + 10ms
    );
    const auto end = worked_in(calls, enterprise, {}, now + 5s);
    auto finished = rest.result.finished;
    finished.insert(finished.end(), end.result.finished.begin(), end.result.finished.end());
    REQUIRE_FALSE(finished.empty());
    CHECK_FALSE(finished.front().corrected);
}
