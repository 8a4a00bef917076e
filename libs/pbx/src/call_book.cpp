#include "call_book.hpp"

#include <algorithm>
#include <utility>

#include "base/timezone.hpp"
#include "channel_name.hpp"
#include "json/writer.hpp"

namespace trunkline::pbx {
namespace {

using call::EventType;

std::string known(std::string_view number) {
    return is_unknown(number) ? std::string() : std::string(number);
}

bool is_outside_number(std::string_view number) {
    const auto digits = number.starts_with('+') ? number.substr(1) : number;
    return digits.size() >= 6 && is_digits(digits);
}

}  // namespace

CallBook::CallBook(const CallTrackerSettings& settings)
    : settings_(settings), seq_(settings.first_seq) {}

bool CallBook::is_extension(std::string_view number) const {
    return is_digits(number) && number.size() >= settings_.shortest_extension &&
           number.size() <= settings_.longest_extension;
}

Call& CallBook::of(const std::string& linked_id, const Now& now) {
    auto& entry = calls_[linked_id];
    if (!entry) {
        entry = std::make_unique<Call>();
        entry->id = linked_id;
        entry->root = linked_id;  // The Uniqueid of the channel that began it.
        entry->started = now.at;
    }
    return *entry;
}

/// A channel has come into being; its call knows it already as a member.
void CallBook::began(Channel& channel, const Now& now) {
    Call& call = *channel.call;
    if (call.root != channel.unique_id) {
        return;
    }
    call.exten = known(channel.exten);
    if (channel.kind == ChannelKind::phone) {
        call.caller = channel.number;
    } else if (channel.kind == ChannelKind::trunk && !call.is_originated) {
        call.kind = Call::Kind::inbound;
        call.has_outside = channel.is_outside = true;
        call.phone = channel.number;
        const auto line = settings_.lines.find(std::string(endpoint_of(channel.name)));
        call.line = line != settings_.lines.end() ? line->second
                    : call.exten.empty()          ? std::string(endpoint_of(channel.name))
                                                  : call.exten;
        tell_start(call, channel, now);
    }
}

void CallBook::move(Channel& channel, const std::string& linked_id, const Now& now) {
    Call& from = *channel.call;
    // Two outside parties that are joined stay two calls: each has its own line and its own end.
    const bool is_own = channel.is_outside && from.root == channel.unique_id;
    if (from.id == linked_id || is_own) {
        return;
    }
    Call& to = of(linked_id, now);
    channel.call = &to;
    ++to.members;
    --from.members;
    if (from.root == channel.unique_id) {
        from.is_root_alive = false;
    }
    drop_if_empty(from, now);
}

/// Nobody is left: what was told of it needs its end, what was not is forgotten.
void CallBook::drop_if_empty(Call& call, const Now& now) {
    if (call.members > 0) {
        return;
    }
    if (!call.is_final && call.is_told) {
        close(call, now);
    }
    calls_.erase(calls_.find(call.id));
}

void CallBook::dialled(Channel* from, Channel& to, std::string_view dial_string, const Now& now) {
    if (to.kind == ChannelKind::local) {
        return;
    }
    Call& call = *to.call;
    to.was_dialled = true;
    if (to.kind == ChannelKind::trunk) {
        const auto number = dialled_of(dial_string);
        to.number = !number.empty()      ? std::string(number)
                    : !to.number.empty() ? to.number
                                         : known(call.exten);
    }
    if (call.is_final || call.is_silent) {
        return;
    }
    if (from == nullptr) {
        call.is_originated = true;
    }
    if (call.root == to.unique_id) {  // An Originate rings who is to be connected first.
        if (to.kind == ChannelKind::trunk) {
            dial_outside(call, to, now);
        }
        return;
    }
    if (call.caller.empty() && from != nullptr && from->kind == ChannelKind::phone) {
        call.caller = from->number;
    }
    if (call.kind == Call::Kind::inbound) {
        add_dialled(call, to.number, now);
    } else if (to.kind == ChannelKind::trunk) {
        dial_outside(call, to, now);
    } else {
        dial_inside(call, to, now);
    }
}

/// Somebody of ours calls outside, over one trunk after the other if need be.
void CallBook::dial_outside(Call& call, Channel& to, const Now& now) {
    if (call.kind == Call::Kind::internal && call.has_talked) {
        return;  // An internal call that was handed on to outside: a mobile of ours, as it were.
    }
    call.kind = Call::Kind::outbound;
    call.has_outside = to.is_outside = true;
    call.phone = to.number;
    const std::string endpoint(endpoint_of(to.name));
    const auto line = settings_.lines.find(endpoint);
    call.line = line != settings_.lines.end() ? line->second : endpoint;
    if (call.root != to.unique_id) {
        tell_dial(call, now);
    }
}

void CallBook::dial_inside(Call& call, const Channel& to, const Now& now) {
    if (call.kind == Call::Kind::unknown) {
        call.kind = Call::Kind::internal;
    }
    if (call.kind == Call::Kind::internal) {
        if (call.caller.empty()) {  // The first phone of an Originate over Local channels.
            call.caller = to.number;
            call.kind = Call::Kind::unknown;
            return;
        }
        add_dialled(call, to.number, now);
    } else if (call.caller.empty()) {
        call.caller = to.number;  // The outside party was called first, then one of ours.
        tell_dial(call, now);
    }
}

void CallBook::add_dialled(Call& call, const std::string& number, const Now& now) {
    if (number.empty() || std::ranges::find(call.dialled, number) != call.dialled.end()) {
        return;
    }
    constexpr std::size_t most = 200;
    if (call.dialled.size() < most) {
        call.dialled.push_back(number);
        tell_dial(call, now);
    }
}

// ---- who talks with whom

Channel* CallBook::outside_of(const std::vector<Channel*>& persons) {
    Channel* found = nullptr;
    for (Channel* person : persons) {
        if (person->is_outside && (found == nullptr || person->order < found->order)) {
            found = person;
        }
    }
    return found;
}

void CallBook::connected(
    const std::vector<Channel*>& channels, const Switchboard& board, const Now& now
) {
    std::vector<Channel*> persons;
    for (Channel* channel : channels) {
        if (channel->is_person()) {
            persons.push_back(channel);
        }
    }
    if (persons.size() == 1) {
        alone(*persons.front(), channels.size() > 1, board, now);
    } else if (Channel* outside = outside_of(persons)) {
        talk_with_outside(*outside, persons, now);
    } else if (!persons.empty()) {
        talk_among_us(persons, now);
    }
}

/// The outside party stays in its conversation while it is held, parked or handed over; all others
/// leave theirs when nobody is there to talk with.
void CallBook::alone(Channel& person, bool is_connected, const Switchboard& board, const Now& now) {
    const Bridge* bridge = person.bridge.empty() ? nullptr : board.find_bridge(person.bridge);
    if (bridge != nullptr && bridge->is_conference) {
        const std::string number =
            is_extension(person.exten) && !person.was_dialled ? person.exten : bridge->conference;
        if (!number.empty()) {
            place(person, {"c-" + person.unique_id, number, ""}, now);
            talked(*person.call, number);
        }
        return;
    }
    const bool stays = person.is_outside && (bridge != nullptr || is_connected);
    if (!stays) {
        leave_place(person, now);
    } else if (person.told_bridge.empty() && person.call->has_talked) {
        place(person, {"v-" + person.unique_id, "", ""}, now);
    }
}

void CallBook::talk_with_outside(
    Channel& outside, const std::vector<Channel*>& persons, const Now& now
) {
    const std::string bridge = "v-" + outside.unique_id;
    for (Channel* person : persons) {
        if (!person->told_bridge.empty() && person->told_bridge != bridge) {
            leave_place(*person, now);
        }
    }
    // Who talks with it is the last that came.
    const Channel* partner = nullptr;
    for (const Channel* person : persons) {
        const bool is_new = person->told_bridge != bridge;
        if (person != &outside && (partner == nullptr || is_new)) {
            partner = person;
        }
    }
    if (partner == nullptr) {
        return;
    }
    Call& call = *outside.call;
    for (const Channel* person : persons) {
        if (person != &outside && person->was_dialled &&
            person->call->kind != Call::Kind::outbound) {
            if (call.kind == Call::Kind::inbound) {
                add_dialled(call, person->number, now);
            }
        }
    }
    place(outside, {bridge, partner->number, partner->shown_name}, now);
    for (Channel* person : persons) {
        if (person == &outside) {
            continue;
        }
        serve(*person, call);
        place(*person, {bridge, call.phone, outside.shown_name}, now);
        talked(call, person->number);
    }
}

/// Whose own call has told nothing came to pick up, or to take a parked call.
void CallBook::serve(Channel& person, const Call& call) {
    if (person.call != &call && !person.call->is_told) {
        person.call->is_silent = true;
    }
}

void CallBook::talk_among_us(std::vector<Channel*> persons, const Now& now) {
    // The caller's leg, whose UniqueId is known by the dial, introduces the conversation.
    std::ranges::sort(persons, {}, &Channel::order);
    const Channel* oldest = persons.front();
    const std::string bridge = "w-" + oldest->call->id;
    for (Channel* person : persons) {
        if (!person->told_bridge.empty() && person->told_bridge != bridge) {
            leave_place(*person, now);
        }
    }
    for (Channel* person : persons) {
        const Channel* partner = nullptr;
        for (const Channel* other : persons) {
            if (other != person && (partner == nullptr || other->order < partner->order)) {
                partner = other;
            }
        }
        serve(*person, *oldest->call);
        place(*person, {bridge, partner->number, partner->shown_name}, now);
    }
    Call& call = *oldest->call;
    if (call.kind == Call::Kind::unknown) {
        call.kind = Call::Kind::internal;
    }
    for (const Channel* person : persons) {
        const bool is_callee = person->unique_id != call.root && person->number != call.caller;
        if (is_callee && call.kind == Call::Kind::internal) {
            talked(call, person->number);
        }
    }
}

void CallBook::talked(Call& call, const std::string& talker) {
    call.has_talked = true;
    if (call.talker.empty()) {
        call.talker = talker;
    }
}

void CallBook::place(Channel& person, const Place& place, const Now& now) {
    if (person.told_bridge == place.bridge) {
        person.told_partner = place.partner;
        return;
    }
    leave_place(person, now);
    Call& call = *person.call;
    if (call.is_final && person.is_outside) {
        return;
    }
    auto& count = in_bridge_[place.bridge];
    if (count == 0 &&
        std::ranges::find(call.told_bridges, place.bridge) == call.told_bridges.end()) {
        call.told_bridges.push_back(place.bridge);
        tell_bridge_life(EventType::bridge_create, place.bridge, now);
    }
    ++count;
    call.is_told = call.is_told || !call.is_silent;
    person.told_bridge = place.bridge;
    person.told_partner = place.partner;
    const bool is_callers_leg = person.unique_id == call.root;
    const bool called_it = is_callers_leg && place.partner == call.exten;
    json::Writer body;
    body.begin_object()
        .member("Token", settings_.token)
        .member("UniqueId", person.unique_id)
        .member("BridgeUniqueid", place.bridge)
        .member("Channel", person.name)
        .member(
            "Exten",
            called_it                             ? call.exten
            : is_callers_leg && person.is_outside ? call.line
                                                  : ""
        )
        .member("CallerIDNum", person.is_outside ? call.phone : person.number)
        .member("CallerIDName", person.shown_name)
        .member("ConnectedLineNum", place.partner)
        .member("ConnectedLineName", place.partner_name)
        .end_object();
    tell(EventType::bridge, body.take(), now);
}

void CallBook::leave_place(Channel& person, const Now& now) {
    if (person.told_bridge.empty()) {
        return;
    }
    const std::string bridge = std::exchange(person.told_bridge, {});
    const auto count = in_bridge_.find(bridge);
    const unsigned stay = count != in_bridge_.end() && count->second > 0 ? --count->second : 0;
    if (count != in_bridge_.end() && stay == 0) {
        in_bridge_.erase(count);
    }
    json::Writer body;
    body.begin_object()
        .member("Token", settings_.token)
        .member("UniqueId", person.unique_id)
        .member("BridgeUniqueid", bridge)
        .member("Channel", person.name)
        .member("CallerIDNum", person.is_outside ? person.call->phone : person.number)
        .member("CallerIDName", person.shown_name)
        .member("ConnectedLineNum", std::exchange(person.told_partner, {}))
        .member("BridgeNumChannels", std::to_string(stay))
        .end_object();
    tell(EventType::bridge_leave, body.take(), now);
}

// ---- how it ends

void CallBook::hung_up(Channel& channel, std::string_view cause, const Now& now) {
    leave_place(channel, now);
    Call& call = *channel.call;
    channel.call = nullptr;
    --call.members;
    const bool is_root = call.root == channel.unique_id;
    if (is_root) {
        call.is_root_alive = false;
        call.was_up = call.was_up || channel.is_up;
    }
    if (is_root || (channel.is_outside && call.cause.empty())) {
        call.cause = cause;
    }
    if (channel.is_outside) {
        channel.is_outside = false;
    }
    close_if_over(call, now);
    drop_if_empty(call, now);
}

void CallBook::close_if_over(Call& call, const Now& now) {
    if (call.is_final || call.is_root_alive) {
        return;
    }
    // Whoever began it is gone. An outbound or internal call goes on while the others talk.
    const bool goes_on = call.kind != Call::Kind::inbound && call.members > 0;
    if (!goes_on) {
        close(call, now);
    }
}

void CallBook::close(Call& call, const Now& now) {
    call.is_final = true;
    const bool is_unknown_kind = call.kind == Call::Kind::unknown;
    const bool was_only_rung = call.is_originated && is_unknown_kind && !call.has_talked;
    if (call.is_silent || was_only_rung) {
        return;
    }
    if (is_unknown_kind) {
        // Nothing was dialled: a service answered, or who was called could not be rung.
        if (is_outside_number(call.exten)) {
            call.kind = Call::Kind::outbound;
            call.phone = call.exten;
        } else if (is_extension(call.exten) || call.has_talked) {
            call.kind = Call::Kind::internal;
            call.has_talked = call.has_talked || call.was_up;
        } else {
            return;
        }
    }
    for (const std::string& bridge : call.told_bridges) {
        if (!in_bridge_.contains(bridge)) {
            tell_bridge_life(EventType::bridge_destroy, bridge, now);
        }
    }
    tell_hangup(call, now);
}

// ---- what is told

void CallBook::tell_start(Call& call, const Channel& channel, const Now& now) {
    call.is_told = true;
    json::Writer body;
    body.begin_object()
        .member("Token", settings_.token)
        .member("UniqueId", channel.unique_id)
        .member("Phone", call.phone)
        .member("CallType", 0)
        .member("Trunk", call.line)
        .end_object();
    tell(EventType::start, body.take(), now);
}

void CallBook::tell_dial(Call& call, const Now& now) {
    call.is_told = true;
    const bool is_internal = call.kind == Call::Kind::internal;
    const bool is_outbound = call.kind == Call::Kind::outbound;
    json::Writer body;
    body.begin_object()
        .member("Token", settings_.token)
        .member("UniqueId", call.root)
        .member("Phone", is_internal ? call.caller : call.phone)
        .member("Extensions", is_outbound ? std::vector{call.caller} : call.dialled)
        .member(
            "CallType",
            is_internal   ? 2
            : is_outbound ? 1
                          : 0
        )
        .member("Trunk", is_internal ? "" : call.line)
        .member("ExtTrunk", "")
        .member("ExtPhone", is_internal || is_outbound ? "" : call.phone)
        .end_object();
    tell(EventType::dial, body.take(), now);
}

void CallBook::tell_hangup(Call& call, const Now& now) {
    const bool is_internal = call.kind == Call::Kind::internal;
    const bool is_outbound = call.kind == Call::Kind::outbound;
    std::string who = is_outbound ? call.caller : call.talker;
    if (is_internal && who.empty()) {
        who = call.dialled.empty() ? call.exten : call.dialled.front();
    }
    json::Writer body;
    body.begin_object()
        .member("Token", settings_.token)
        .member("UniqueId", call.root)
        .member("CallStatus", call.has_talked ? "2" : "0")
        .member("Phone", is_internal ? call.caller : call.phone)
        .member("Trunk", is_internal ? "" : call.line)
        .member("Extensions", std::vector{who})
        .member("StartTime", local_time(call.started))
        .member("DateReceived", local_time(call.started))
        .member("EndTime", local_time(now.at))
        .member(
            "CallType",
            is_internal   ? 2
            : is_outbound ? 1
                          : 0
        )
        .member("Cause", call.cause);
    if (!call.recording.empty()) {
        body.member("RecordingFile", call.recording);
    }
    tell(EventType::hangup, body.end_object().take(), now);
}

void CallBook::tell_bridge_life(EventType type, const std::string& bridge, const Now& now) {
    json::Writer body;
    body.begin_object()
        .member("Token", settings_.token)
        .member("UniqueId", "")
        .member("BridgeUniqueid", bridge)
        .member("BridgeType", "")
        .member("BridgeTechnology", "simple_bridge")
        .member("BridgeCreator", "<unknown>")
        .member("BridgeName", "<unknown>")
        .member("BridgeNumChannels", "0")
        .end_object();
    tell(type, body.take(), now);
}

/// Several things happen in one moment of the exchange, and whoever leaves one conversation for the
/// next has left before he enters: no two events have the same time, or their order would be lost.
base::WallTime CallBook::moment_after_last(base::WallTime at) {
    constexpr std::chrono::seconds clock_was_set{1};
    const bool is_later = at > last_told_ || last_told_ - at > clock_was_set;
    last_told_ = is_later ? at : last_told_ + std::chrono::microseconds(1);
    return last_told_;
}

void CallBook::tell(EventType type, std::string body, const Now& now) {
    events_.push_back(
        {.type = type,
         .body = std::move(body),
         .at = moment_after_last(now.at),
         .seq = seq_++,
         .recovered = now.recovered}
    );
}

std::string CallBook::local_time(base::WallTime at) const {
    return base::format_local_time(at, settings_.timezone).value_or("");
}

}  // namespace trunkline::pbx
