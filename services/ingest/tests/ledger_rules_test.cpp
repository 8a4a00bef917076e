#include "ledger_rules.hpp"

#include <algorithm>

#include "base/ids.hpp"
#include "correlation_batch.hpp"
#include "testing/catch.hpp"

using namespace trunkline;
using namespace std::chrono_literals;
using ingest::LedgerDelta;
using ingest::PendingEvent;

namespace {

call::TrackerSettings tracker_settings() {
    call::TrackerSettings settings;
    settings.make_uuid = base::make_uuid;
    return settings;
}

const auto ten = *base::parse_iso8601("2026-01-15T10:30:00Z");
const auto hour_ten = ingest::hour_of(ten);

PendingEvent numbered(std::optional<std::int64_t> seq, base::WallTime at = ten) {
    PendingEvent event;
    event.enterprise_number = "0367";
    event.received_at = at;
    event.event_id = base::make_uuid();
    event.event_type = "bridge_create";
    event.pbx = "a";
    event.seq = seq;
    event.raw_data = R"({"BridgeUniqueid":"x"})";
    return event;
}

PendingEvent event_of(const std::string& type, const std::string& body, base::WallTime at = ten) {
    auto event = numbered(std::nullopt, at);
    event.event_type = type;
    event.raw_data = body;
    return event;
}

call::Tracker new_tracker() { return call::Tracker(tracker_settings()); }

std::vector<ingest::EventPointer> pointers(const std::vector<PendingEvent>& events) {
    std::vector<ingest::EventPointer> out;
    out.reserve(events.size());
    for (const auto& event : events) {
        out.push_back(std::make_shared<const PendingEvent>(event));
    }
    return out;
}

LedgerDelta count(
    const std::vector<PendingEvent>& events, const std::vector<ingest::ExchangeSequence>& known = {}
) {
    const auto tracker = new_tracker();
    return ingest::account(known, pointers(events), {}, tracker, ten);
}

/// One batch through tracker and books, as the correlator does it.
LedgerDelta work(
    call::Tracker& tracker, const std::vector<PendingEvent>& events, base::WallTime now
) {
    const auto outcome =
        ingest::correlate(tracker, ingest::nameless("0367"), pointers(events), now);
    return ingest::account({}, pointers(events), outcome.result, tracker, now);
}

constexpr auto missed_hangup =
    R"({"UniqueId":"1.1","CallStatus":"0","Phone":"375296254070","Extensions":[""],"CallType":0})";

}  // namespace

TEST_CASE("events are counted by exchange and hour of receipt", "[ledger]") {
    auto other = numbered(std::nullopt);
    other.pbx = "b";
    auto recovered = numbered(std::nullopt);
    recovered.recovered = true;
    const auto delta =
        count({numbered(1), numbered(2, ten + 30min), other, recovered, numbered(3, ten + 31min)});
    REQUIRE(delta.figures.size() == 3);
    CHECK(delta.figures.at({"a", hour_ten}).received == 1);
    CHECK(delta.figures.at({"a", hour_ten}).recovered == 1);
    CHECK(delta.figures.at({"a", hour_ten + 1h}).received == 2);
    CHECK(delta.figures.at({"b", hour_ten}).received == 1);
    REQUIRE(delta.sequences.size() == 1);
    CHECK(delta.sequences[0].highest == 3);
}

TEST_CASE("a number that comes later goes off the hour in which it was missed", "[ledger]") {
    ingest::ExchangeSequence known;
    known.pbx = "a";
    known.begun = true;
    known.highest = 10;
    known.gaps = {{0, 3, 5, ten}};
    const auto delta = count({numbered(4, ten + 2h)}, {known});
    CHECK(delta.figures.at({"a", hour_ten}).missing == -1);
    CHECK(delta.figures.at({"a", hour_ten + 2h}).late == 1);
    CHECK(delta.closed.empty());
    REQUIRE(delta.opened.size() == 2);
    CHECK(delta.opened[0].gap == ingest::SequenceGap{0, 3, 3, ten});
    CHECK(delta.opened[1].gap == ingest::SequenceGap{0, 5, 5, ten});
}

TEST_CASE("a recovered number is not late, and a closed gap goes", "[ledger]") {
    ingest::ExchangeSequence known;
    known.pbx = "a";
    known.begun = true;
    known.highest = 10;
    known.gaps = {{0, 3, 3, ten}};
    auto event = numbered(3, ten + 1h);
    event.recovered = true;
    const auto delta = count({event}, {known});
    CHECK(delta.figures.at({"a", hour_ten}).missing == -1);
    CHECK(delta.figures.at({"a", hour_ten + 1h}).recovered == 1);
    CHECK(delta.figures.at({"a", hour_ten + 1h}).late == 0);
    REQUIRE(delta.closed.size() == 1);
    CHECK(delta.opened.empty());
}

TEST_CASE("however a stream is cut into batches, the sums are the same", "[ledger]") {
    std::vector<PendingEvent> events;
    for (const auto seq : {1, 2, 5, 4, 9, 3, 10, 7}) {
        events.push_back(numbered(seq));
    }
    for (std::size_t cut = 0; cut <= events.size(); ++cut) {
        const auto middle = events.begin() + static_cast<std::ptrdiff_t>(cut);
        const auto first = count({events.begin(), middle});
        auto known = first.sequences;
        for (const auto& [pbx, gap] : first.opened) {
            known.front().gaps.push_back(gap);
        }
        const auto second = count({middle, events.end()}, known);
        std::int64_t received = 0;
        std::int64_t missing = 0;
        std::int64_t late = 0;
        for (const auto* delta : {&first, &second}) {
            for (const auto& [place, figures] : delta->figures) {
                received += figures.received;
                missing += figures.missing;
                late += figures.late;
            }
        }
        CAPTURE(cut);
        CHECK(received == 8);
        CHECK(missing == 2);  // 6 and 8
        CHECK(late == 3);     // 4, 3 and 7
    }
}

TEST_CASE("exchanges that do not number their events cost no look-up", "[ledger]") {
    CHECK(ingest::numbering_exchanges(pointers({numbered(std::nullopt)})).empty());
    CHECK(
        ingest::numbering_exchanges(pointers({numbered(1), numbered(2), numbered(std::nullopt)})) ==
        std::set<std::pair<std::string, std::string>>{{"0367", "a"}}
    );
}

TEST_CASE(
    "an outside call of a hangup only has no beginning, an internal one is whole", "[ledger]"
) {
    auto tracker = new_tracker();
    const auto delta = work(tracker, {event_of("hangup", missed_hangup)}, ten);
    REQUIRE(delta.incomplete.size() == 1);
    CHECK(delta.incomplete[0].without_beginning);
    CHECK_FALSE(delta.incomplete[0].without_end);
    CHECK(delta.incomplete[0].pbx == "a");

    auto inside = new_tracker();
    const auto internal = work(
        inside,
        {event_of(
            "hangup",
            R"({"UniqueId":"2.1","CallStatus":"0","Phone":"150","Extensions":["151"],"CallType":2})"
        )},
        ten
    );
    CHECK(internal.incomplete.empty());
}

TEST_CASE("a beginning that comes late makes the call whole", "[ledger]") {
    auto tracker = new_tracker();
    const auto first = work(tracker, {event_of("hangup", missed_hangup)}, ten);
    REQUIRE(first.incomplete.size() == 1);
    const auto start = event_of(
        "start",
        R"({"UniqueId":"1.1","Phone":"375296254070","CallType":0,"Trunk":"0001363"})",
        ten + 1s
    );
    const auto second = work(tracker, {start}, ten + 1s);
    CHECK(second.incomplete.empty());
    CHECK(second.complete == std::vector<std::string>{first.incomplete[0].uuid});
}

TEST_CASE("a call that only a time-out ends has no end", "[ledger]") {
    auto tracker = new_tracker();
    const auto start = event_of(
        "start", R"({"UniqueId":"1.1","Phone":"375296254070","CallType":0,"Trunk":"0001363"})"
    );
    const auto first = work(tracker, {start}, ten);
    CHECK(first.incomplete.empty());
    const auto later = work(tracker, {}, ten + 5h);
    REQUIRE(later.incomplete.size() == 1);
    CHECK(later.incomplete[0].without_end);
    CHECK(later.incomplete[0].noticed == ten + 5h);
}
