#include "correlation_batch.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "base/ids.hpp"
#include "base/log.hpp"
#include "base/timezone.hpp"
#include "contract/card_update.hpp"
#include "contract/dispatch.hpp"
#include "recordings/link.hpp"

namespace trunkline::ingest {
namespace {

/// How long nothing of a replay must have come before its calls may time out.
constexpr auto pause_after_replay = std::chrono::seconds(2);

/// The event that is being worked in; none when a timer ran out.
struct Cause {
    const PendingEvent* event = nullptr;

    std::string event_id() const { return event == nullptr ? "" : event->event_id; }
    std::string trace_id() const { return event == nullptr ? "" : event->trace_id; }
    /// When it came; of an event that was made up for later, when it happened.
    std::optional<base::WallTime> came_at() const {
        if (event == nullptr) {
            return std::nullopt;
        }
        const bool is_late = event->recovered && event->event_time.has_value();
        return is_late ? std::min(event->received_at, *event->event_time) : event->received_at;
    }
};

class Batch {
public:
    Batch(
        call::Tracker& tracker,
        const tenants::Enterprise& enterprise,
        base::WallTime now,
        const std::string& public_url
    )
        : tracker_(tracker), enterprise_(enterprise), now_(now), public_url_(public_url) {}

    void take(const PendingEvent& pending);
    void tick() { note(tracker_.tick(now_), {}); }
    void note_one(call::Change change, Cause cause);
    BatchOutcome finish();

private:
    std::optional<call::Event> decode(const PendingEvent& pending) const;
    void note(const std::vector<call::Change>& changes, Cause cause);
    void add_link(call::Change& change);
    bool is_disordered(const std::string& uuid) const;
    void tell_chats(const call::Change& change, Cause cause);
    void tell_gateway(const call::Change& change, Cause cause);

    call::Tracker& tracker_;
    const tenants::Enterprise& enterprise_;
    base::WallTime now_;
    const std::string& public_url_;
    BatchOutcome outcome_;
    std::set<std::string> touched_;
    std::set<std::string> gone_;
    std::map<std::string, call::Call> finished_;
};

std::optional<call::Event> Batch::decode(const PendingEvent& pending) const {
    static const base::Logger logger("correlator");
    const auto type = call::parse_event_type(pending.event_type);
    const auto document =
        json::parse(pending.raw_data, {.max_bytes = std::size_t{1} << 20, .max_depth = 64});
    if (!type || !document) {
        logger.error(
            "{}: the stored event {} cannot be read", enterprise_.number, pending.event_id
        );
        return std::nullopt;
    }
    // An event of our own journal was received at its time, if not stored then: its arrival counts
    // as a live one's.
    const bool was_received = pending.recovered && pending.event_time == pending.received_at;
    const call::Arrival arrival{
        .received = pending.received_at,
        .event_time = was_received ? std::nullopt : pending.event_time,
        .pbx = pending.pbx,
        .recovered = pending.recovered && !was_received
    };
    auto event = call::decode_event(*type, document->root(), arrival);
    if (!event) {
        logger.error(
            "{}: the stored event {}: {}",
            enterprise_.number,
            pending.event_id,
            base::describe(event.error())
        );
        return std::nullopt;
    }
    return std::move(*event);
}

void Batch::take(const PendingEvent& pending) {
    std::optional<call::Event> read;
    if (!pending.decoded) {
        read = decode(pending);
        if (!read) {
            return;
        }
    }
    const auto changes = tracker_.apply(read ? *read : *pending.decoded);
    for (const auto& change : changes) {
        if (!change.call.uuid.empty()) {
            outcome_.result.links.push_back(
                {pending.event_id, pending.received_at, change.call.uuid}
            );
            break;
        }
    }
    note(changes, Cause{&pending});
}

void Batch::note(const std::vector<call::Change>& changes, Cause cause) {
    for (const auto& change : changes) {
        note_one(change, cause);
    }
}

/// Known at the hangup already: the recording itself may come later (CRMs take the link once only).
void Batch::add_link(call::Change& change) {
    auto& call = change.call;
    if (call.phase != call::Phase::done || !call.record_url.empty() || !change.is_visible() ||
        !recordings::gets_link(enterprise_.recordings, call.answered)) {
        return;
    }
    auto link = recordings::plain_link(public_url_, call.uuid);
    if (link.empty()) {
        return;
    }
    // The tracker's own snapshot may be ahead of this change already, so only the link is taken
    // over; it gives nothing if it has let go of the call with this change.
    (void)tracker_.set_record_url(call.uuid, link);
    call.record_url = std::move(link);
    change.recording = true;
}

void Batch::note_one(call::Change change, Cause cause) {
    add_link(change);
    const auto& uuid = change.call.uuid;
    touched_.insert(uuid);
    if (change.over) {
        gone_.insert(uuid);
    }
    for (const auto& absorbed : change.absorbed) {
        gone_.insert(absorbed);
        finished_.erase(absorbed);
        outcome_.result.absorbed.push_back({absorbed, uuid});
    }
    if (!change.is_visible() && change.absorbed.empty()) {
        return;
    }
    if (change.call.phase == call::Phase::done) {
        finished_.insert_or_assign(uuid, change.call);
    }
    tell_chats(change, cause);
    tell_gateway(change, cause);
}

/// Whether an event came before one that had happened earlier, by the exchange's own clock.
bool Batch::is_disordered(const std::string& uuid) const {
    const auto* live = tracker_.find(uuid);
    return live != nullptr && std::ranges::adjacent_find(
                                  live->facts,
                                  [](const call::Fact& earlier, const call::Fact& later) {
                                      return earlier.at < later.at &&
                                             earlier.received > later.received;
                                  }
                              ) != live->facts.end();
}

void Batch::tell_chats(const call::Change& change, Cause cause) {
    if (enterprise_.bot_token.empty()) {
        return;
    }
    contract::CardUpdate update{
        .enterprise_number = enterprise_.number,
        .event_id = cause.event_id(),
        .received_at = cause.event == nullptr ? now_ : cause.event->received_at,
        .call = change.call,
        .absorbed = change.absorbed,
        .unsettled = change.call.phase == call::Phase::done && is_disordered(change.call.uuid)
    };
    outbox::Message message;
    message.enterprise_number = enterprise_.number;
    message.target = "telegram";
    message.order_key = change.call.uuid;
    message.kind = "card";
    message.payload = contract::to_json(update);
    message.trace_id = cause.trace_id();
    outcome_.result.telegram.push_back(std::move(message));
}

void Batch::tell_gateway(const call::Change& change, Cause cause) {
    for (const auto kind : call::dispatches_of(change)) {
        Dispatched dispatched;
        dispatched.kind = kind;
        dispatched.call = change.call;
        dispatched.event_id = cause.event_id();
        dispatched.trace_id = cause.trace_id();
        dispatched.received_at = cause.came_at();
        if (cause.event != nullptr && cause.event->event_type == call::to_string(kind)) {
            dispatched.body = cause.event->raw_data;
        }
        outcome_.dispatched.push_back(std::move(dispatched));
    }
}

BatchOutcome Batch::finish() {
    auto& result = outcome_.result;
    result.enterprise_number = enterprise_.number;
    for (const auto& uuid : touched_) {
        if (const auto* live = tracker_.find(uuid); live != nullptr && !gone_.contains(uuid)) {
            result.live.push_back({uuid, call::to_json(*live)});
        }
    }
    result.over.assign(gone_.begin(), gone_.end());
    for (auto& [uuid, call] : finished_) {
        if (!call.record_url.empty() && hands_out_plain_link(enterprise_, call)) {
            result.plain_links.insert(uuid);
        }
        result.finished.push_back(std::move(call));
    }
    result.next_timer = tracker_.next_timer();
    return std::move(outcome_);
}

}  // namespace

BatchOutcome correlate(
    call::Tracker& tracker,
    const tenants::Enterprise& enterprise,
    const std::vector<EventPointer>& events,
    base::WallTime now,
    const std::string& public_url
) {
    Batch batch(tracker, enterprise, now, public_url);
    for (const auto& event : events) {
        batch.take(*event);
    }
    // The rest of a replayed call may be in the journal still, so its time-outs wait for a pause.
    if (std::ranges::any_of(events, &PendingEvent::recovered)) {
        auto outcome = batch.finish();
        outcome.no_timer_before = now + pause_after_replay;
        if (auto& timer = outcome.result.next_timer) {
            timer = std::max(*timer, outcome.no_timer_before);
        }
        return outcome;
    }
    batch.tick();
    return batch.finish();
}

BatchOutcome tell_late(
    call::Tracker& tracker,
    const tenants::Enterprise& enterprise,
    const call::Change& change,
    base::WallTime now
) {
    const std::string no_further_links;
    Batch batch(tracker, enterprise, now, no_further_links);
    batch.note_one(change, {});
    return batch.finish();
}

bool hands_out_plain_link(const tenants::Enterprise& enterprise, const call::Call& call) {
    return call.direction != call::Direction::internal &&
           !enterprise.enabled_integrations().empty();
}

std::vector<outbox::Message> gateway_messages(
    const tenants::Enterprise& enterprise, const std::vector<Dispatched>& dispatched
) {
    std::vector<outbox::Message> messages;
    for (const auto& item : dispatched) {
        contract::Dispatch dispatch{
            .token = enterprise.token,
            .unique_id = item.call.unique_id,
            .kind = item.kind,
            .raw = item.body,
            .event_id = item.event_id,
            .call = item.call,
            .received_at = item.received_at
        };
        outbox::Message message;
        message.enterprise_number = enterprise.number;
        message.target = "integration-cache";
        message.order_key = item.call.uuid;
        message.kind = call::to_string(item.kind);
        message.payload = contract::to_json(dispatch);
        message.trace_id = item.trace_id;
        messages.push_back(std::move(message));
    }
    return messages;
}

call::TrackerSettings tracker_settings(
    const tenants::Enterprise& enterprise,
    const call::Timers& timers,
    const std::string& default_timezone
) {
    call::TrackerSettings settings;
    settings.timers = timers;
    settings.timezone =
        base::is_known_timezone(enterprise.timezone) ? enterprise.timezone : default_timezone;
    for (const auto& [id, line] : enterprise.lines) {
        settings.lines.insert(id);
    }
    if (const auto plan = enterprise.numbers) {
        settings.lines_with_rules = plan->lines_with_rules();
        settings.canonical_number = [plan](std::string_view number, std::string_view line) {
            return plan->canonical(number, line);
        };
    }
    settings.make_uuid = base::make_uuid;
    return settings;
}

tenants::Enterprise nameless(std::string number) {
    tenants::Enterprise enterprise;
    enterprise.number = std::move(number);
    return enterprise;
}

}  // namespace trunkline::ingest
