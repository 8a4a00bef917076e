#include "scenario.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/timezone.hpp"
#include "json/document.hpp"
#include "testing/catch.hpp"

namespace trunkline::call::scenario {
namespace {

Event make(EventType type, double t, std::string uid) {
    Event event;
    event.type = type;
    event.unique_id = std::move(uid);
    event.at = at(t);
    event.received = at(t);
    return event;
}

Event membership(
    EventType type,
    double t,
    std::string uid,
    std::string bridge,
    std::string own,
    std::string connected,
    std::string channel
) {
    Event event = make(type, t, std::move(uid));
    event.bridge_id = std::move(bridge);
    event.caller_id_num = std::move(own);
    event.connected_line_num = std::move(connected);
    event.channel = std::move(channel);
    return event;
}

/// A REQUIRE for what is checked a million times.
void must(bool truth) {
    if (!truth) {
        FAIL("the scenario broke its own rules");
    }
}

template <class T>
std::string joined(const std::vector<T>& parts) {
    return fmt::format("{}", fmt::join(parts, " » "));
}

}  // namespace

base::WallTime at(double seconds) {
    static const auto zero = base::parse_iso8601("2025-10-01T12:00:00Z");
    return zero.value() + std::chrono::microseconds(std::llround(seconds * 1e6));
}

std::string host_time(double seconds) {
    const auto text = base::format_local_time(at(seconds), "Europe/Minsk");
    REQUIRE(text);
    return *text;
}

Event start(double t, std::string uid, std::string phone, std::string trunk) {
    Event event = make(EventType::start, t, std::move(uid));
    event.phone = std::move(phone);
    event.trunk = std::move(trunk);
    event.call_type = CallType::inbound;
    return event;
}

Event dial(
    double t,
    std::string uid,
    int call_type,
    std::string phone,
    std::vector<std::string> extensions,
    std::string trunk
) {
    Event event = make(EventType::dial, t, std::move(uid));
    event.call_type = static_cast<CallType>(call_type);
    event.ext_phone = call_type == 0 ? phone : "";
    event.phone = std::move(phone);
    event.extensions = std::move(extensions);
    event.trunk = std::move(trunk);
    return event;
}

Event callerid(
    double t, std::string uid, std::string own, std::string connected, std::string channel
) {
    return membership(
        EventType::new_callerid,
        t,
        std::move(uid),
        "",
        std::move(own),
        std::move(connected),
        std::move(channel)
    );
}

Event create(double t, std::string bridge) {
    Event event = make(EventType::bridge_create, t, "");
    event.bridge_id = std::move(bridge);
    return event;
}

Event destroy(double t, std::string bridge) {
    Event event = make(EventType::bridge_destroy, t, "");
    event.bridge_id = std::move(bridge);
    return event;
}

Event bridge(
    double t,
    std::string uid,
    std::string bridge,
    std::string own,
    std::string connected,
    std::string exten,
    std::string channel
) {
    Event event = membership(
        EventType::bridge,
        t,
        std::move(uid),
        std::move(bridge),
        std::move(own),
        std::move(connected),
        std::move(channel)
    );
    event.exten = std::move(exten);
    return event;
}

Event leave(
    double t,
    std::string uid,
    std::string bridge,
    std::string own,
    std::string connected,
    std::string channel
) {
    return membership(
        EventType::bridge_leave,
        t,
        std::move(uid),
        std::move(bridge),
        std::move(own),
        std::move(connected),
        std::move(channel)
    );
}

Event hangup(
    double t,
    std::string uid,
    int call_type,
    std::string status,
    std::string phone,
    std::vector<std::string> extensions,
    double began,
    std::string trunk
) {
    Event event = make(EventType::hangup, t, std::move(uid));
    event.call_type = static_cast<CallType>(call_type);
    event.call_status = status == "2" ? CallStatus::answered : CallStatus::not_answered;
    event.phone = std::move(phone);
    event.extensions = std::move(extensions);
    event.trunk = call_type == 2 ? "" : std::move(trunk);
    event.start_time = began < 0 ? "" : host_time(began);
    event.date_received = host_time(std::abs(began));
    event.end_time = host_time(t);
    return event;
}

Event timed(Event event, double late) {
    event.has_event_time = true;
    event.received = event.at + std::chrono::microseconds(std::llround(late * 1e6));
    return event;
}

World::World() : World(Options()) {}

World::World(Options options) : options_(std::move(options)), now_(at(0)) {
    tracker_ = std::make_unique<Tracker>(settings());
}

TrackerSettings World::settings() {
    TrackerSettings settings = options_.tracker;
    settings.make_uuid = [this] { return fmt::format("{}{:03}", options_.uuid_prefix, ++made_); };
    return settings;
}

void World::apply(const Event& event) {
    now_ = std::max(now_, event.received);
    take(tracker_->tick(now_));
    take(tracker_->apply(event));
    if (options_.restart_between_events) {
        restart();
    }
}

void World::play(const std::vector<Event>& events) {
    for (const Event& event : events) {
        apply(event);
    }
}

void World::tick(double t) {
    now_ = std::max(now_, at(t));
    take(tracker_->tick(now_));
}

void World::settle() {
    for (int i = 0; i < 14; ++i) {
        now_ += std::chrono::seconds(5);
        take(tracker_->tick(now_));
    }
}

void World::take(const std::vector<Change>& changes) {
    for (const Change& change : changes) {
        changes_.push_back(change);
        show(change);
        for (const std::string& gone : change.absorbed) {
            rows_.erase(gone);
            cards_.erase(gone);
            calls_.erase(gone);
            std::erase(order_, gone);
        }
        if (change.over) {
            rows_.erase(change.call.uuid);
            continue;
        }
        const LiveCall* live =
            options_.restart_between_events ? tracker_->find(change.call.uuid) : nullptr;
        if (live != nullptr) {  // It may have been absorbed by a later change of the same event.
            rows_[change.call.uuid] = to_json(*live);
        }
    }
}

void World::check_json(const Change& change, const CardState& state) const {
    const auto call = json::parse(to_json(change.call));
    must(call.has_value() && call_from_json(call->root()) == change.call);
    const auto stored = json::parse(to_json(state));
    must(stored.has_value() && card_state_from_json(stored->root()) == state);
}

void World::show(const Change& change) {
    const Call& call = change.call;
    for (const DispatchKind kind : dispatches_of(change)) {
        dispatches_.emplace_back(to_string(kind));
    }
    if (call.phase == Phase::none) {
        return;
    }
    if (!calls_.contains(call.uuid)) {
        order_.push_back(call.uuid);
    }
    calls_[call.uuid] = call;
    Card& card = cards_[call.uuid];
    CardOptions options = options_.card;
    options.now = now_;
    CardStep step = next_card(card.state, call, options);
    if (options_.through_json) {
        check_json(change, step.state);
    }
    card.state = std::move(step.state);
    if (step.op == CardOp::none) {
        return;
    }
    must((step.op == CardOp::send) == card.texts.empty());
    const std::string mark = step.op == CardOp::comment ? "# " : "";
    card.texts.push_back(mark + step.text);
    card.phases.push_back(card.state.phase);
    sent_ += step.op == CardOp::send ? 1 : 0;
}

void World::restart() {
    auto fresh = std::make_unique<Tracker>(settings());
    for (const auto& [uuid, row] : rows_) {
        auto live = live_call_from_json(row);
        must(live.has_value());
        must(to_json(*live) == row);
        fresh->restore(std::move(*live));
    }
    must(fresh->size() == tracker_->size());
    tracker_ = std::move(fresh);
}

std::vector<std::string> World::messages() const {
    std::vector<std::string> messages;
    for (const std::string& uuid : order_) {
        const auto card = cards_.find(uuid);
        if (card != cards_.end()) {
            messages.push_back(joined(card->second.texts));
        }
    }
    return messages;
}

std::string World::history() const {
    const auto all = messages();
    must(all.size() == 1);
    return all.front();
}

std::vector<std::string> World::steps() const {
    must(cards_.size() == 1);
    const Card& card = cards_.begin()->second;
    std::vector<std::string> steps;
    for (std::size_t i = 0; i < card.texts.size(); ++i) {
        const bool again =
            i > 0 && card.phases[i] == Phase::done && card.phases[i - 1] == Phase::done;
        if (again) {
            steps.back() = card.texts[i];
        } else {
            steps.push_back(card.texts[i]);
        }
    }
    return steps;
}

Call World::call() const {
    const auto all = calls();
    must(all.size() == 1);
    return all.front();
}

std::vector<Call> World::calls() const {
    std::vector<Call> calls;
    for (const std::string& uuid : order_) {
        calls.push_back(calls_.at(uuid));
    }
    return calls;
}

}  // namespace trunkline::call::scenario
