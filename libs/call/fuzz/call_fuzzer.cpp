// Random event sequences: no crash, phases never go back but by a reopening, a conversation is no
// longer than its call, a row read back gives the same row, and everything is over in the end.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "call/card.hpp"
#include "call/tracker.hpp"
#include "json/document.hpp"

namespace {

using namespace trunkline;
using namespace trunkline::call;

void demand(bool truth) {
    if (!truth) {
        std::abort();
    }
}

class Bytes {
public:
    Bytes(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}

    bool is_empty() const { return position_ >= size_; }
    unsigned next() { return is_empty() ? 0 : data_[position_++]; }
    unsigned below(unsigned limit) { return next() % limit; }

private:
    const std::uint8_t* data_;
    std::size_t size_;
    std::size_t position_ = 0;
};

const std::vector<std::string> numbers = {
    "",
    "151",
    "152",
    "153",
    "+375290000001",
    "375290000001",
    "+375330000009",
    "80290000001",
    "0001363",
    "s"
};
const std::vector<std::string> ids = {"", "1.1", "1.2", "1.3", "1.4", "1.5", "2.1", "2.2", "3.1"};
const std::vector<std::string> bridges = {"", "B1", "B2", "B3"};
const std::vector<std::string> lines = {"", "0001363", "0001364"};
const std::vector<std::string> times = {
    "", "2025-10-01 15:00:00", "2025-10-01 15:00:10", "2025-10-01 15:01:00", "nonsense"
};
const std::vector<std::string> channels = {"SIP/151-1", "Local/152@x-1;1", ""};

std::string pick(Bytes& bytes, const std::vector<std::string>& choices) {
    return choices[bytes.below(static_cast<unsigned>(choices.size()))];
}

Event make_event(Bytes& bytes, base::WallTime& clock) {
    Event event;
    event.type = static_cast<EventType>(bytes.below(8));
    clock += std::chrono::milliseconds(bytes.next() * 40);
    event.received = clock;
    const unsigned mode = bytes.next();
    event.has_event_time = (mode & 1U) != 0;
    event.at = event.has_event_time ? clock - std::chrono::milliseconds(bytes.next() * 20) : clock;
    event.recovered = (mode & 6U) == 6U;
    event.pbx = (mode & 24U) == 24U ? "p" : "";
    event.unique_id = pick(bytes, ids);
    event.bridge_id = pick(bytes, bridges);
    event.phone = pick(bytes, numbers);
    event.trunk = pick(bytes, lines);
    for (unsigned count = bytes.below(4); count > 0; --count) {
        event.extensions.push_back(pick(bytes, numbers));
    }
    if (const unsigned type = bytes.below(4); type < 3) {
        event.call_type = static_cast<CallType>(type);
    }
    if (const unsigned status = bytes.below(4); status < 3) {
        event.call_status = static_cast<CallStatus>(status);
    }
    event.caller_id_num = pick(bytes, numbers);
    event.connected_line_num = pick(bytes, numbers);
    event.exten = pick(bytes, numbers);
    event.channel = pick(bytes, channels);
    event.start_time = pick(bytes, times);
    event.date_received = pick(bytes, times);
    event.end_time = pick(bytes, times);
    return event;
}

struct Seen {
    Phase phase = Phase::none;
    unsigned reopened = 0;
    std::uint64_t revision = 0;
    CardState card;
};

class Watcher {
public:
    void watch(const Tracker& tracker, const std::vector<Change>& changes) {
        for (const Change& change : changes) {
            check(change);
            for (const std::string& gone : change.absorbed) {
                seen_.erase(gone);
            }
            if (change.over) {
                seen_.erase(change.call.uuid);
                demand(tracker.find(change.call.uuid) == nullptr);
            }
        }
    }

private:
    void check(const Change& change) {
        const Call& call = change.call;
        Seen& seen = seen_[call.uuid];
        demand(call.reopened >= seen.reopened);
        demand(call.phase >= seen.phase || call.reopened > seen.reopened);
        demand(call.revision >= seen.revision);
        demand(call.talk_s >= 0 && call.wait_s >= 0);
        demand((call.phase == Phase::done) == call.ended_at.has_value());
        if (call.ended_at) {
            const auto whole =
                std::chrono::ceil<std::chrono::seconds>(*call.ended_at - call.started_at);
            demand(call.talk_s <= whole.count());
        }
        (void)dispatches_of(change);
        const auto document = json::parse(to_json(call));
        demand(document && call_from_json(document->root()) == call);
        CardOptions options;
        CardStep step = next_card(seen.card, call, options);
        demand(step.state.phase >= seen.card.phase || step.state.reopened > seen.card.reopened);
        seen.card = std::move(step.state);
        seen.phase = call.phase;
        seen.reopened = call.reopened;
        seen.revision = call.revision;
    }

    std::map<std::string, Seen> seen_;
};

TrackerSettings settings(int& made) {
    TrackerSettings settings;
    settings.make_uuid = [&made] { return "u" + std::to_string(++made); };
    return settings;
}

void check_rows(const Tracker& tracker, TrackerSettings fresh) {
    Tracker restored(std::move(fresh));
    for (const LiveCall* live : tracker.live_calls()) {
        const std::string row = to_json(*live);
        auto read = live_call_from_json(row);
        demand(read.has_value());
        demand(to_json(*read) == row);
        restored.restore(std::move(*read));
    }
    demand(restored.next_timer() == tracker.next_timer());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Bytes bytes(data, size);
    int made = 0;
    Tracker tracker(settings(made));
    Watcher watcher;
    base::WallTime clock(std::chrono::seconds(1'759'320'000));
    for (int events = 0; !bytes.is_empty() && events < 200; ++events) {
        const Event event = make_event(bytes, clock);
        watcher.watch(tracker, tracker.tick(clock));
        watcher.watch(tracker, tracker.apply(event));
        if (bytes.below(8) == 0) {
            check_rows(tracker, settings(made));
        }
    }
    check_rows(tracker, settings(made));
    for (int steps = 0; tracker.next_timer(); ++steps) {
        demand(steps < 100'000);
        clock = std::max(clock, *tracker.next_timer());
        watcher.watch(tracker, tracker.tick(clock));
    }
    demand(tracker.size() == 0);
    return 0;
}
