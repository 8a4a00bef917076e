#include "ami/readings.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <utility>

#include "ascii.hpp"
#include "base/text.hpp"

namespace trunkline::ami {
namespace {

constexpr std::array<std::string_view, 9> device_words{
    "unknown",
    "not_in_use",
    "in_use",
    "busy",
    "invalid",
    "unavailable",
    "ringing",
    "ring_in_use",
    "on_hold"
};
constexpr std::int64_t not_in_use = 1;
constexpr std::int64_t invalid = 4;
constexpr std::int64_t unavailable = 5;

std::string text_of(const Message& message, std::string_view name) {
    const auto value = message.get(name);
    return equals_ascii(value, "<unknown>") ? std::string() : base::replace_invalid_utf8(value);
}

std::int64_t number_of(std::string_view text) {
    std::int64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

std::int64_t number_of(const Message& message, std::string_view name) {
    return number_of(message.get(name));
}

/// `01:02:03`, or seconds.
std::int64_t seconds_of(std::string_view text) {
    std::int64_t seconds = 0;
    for (const auto& part : base::split(text, ':')) {
        seconds = seconds * 60 + number_of(part);
    }
    return seconds;
}

/// The first of two headers that is there: versions name them differently.
std::string either(const Message& message, std::string_view name, std::string_view other) {
    auto value = text_of(message, name);
    return value.empty() ? text_of(message, other) : value;
}

Channel channel_of(const Message& message) {
    Channel out;
    out.name = text_of(message, "Channel");
    out.state = text_of(message, "ChannelStateDesc");
    out.caller_number = text_of(message, "CallerIDNum");
    out.caller_name = text_of(message, "CallerIDName");
    out.connected_number = text_of(message, "ConnectedLineNum");
    out.connected_name = text_of(message, "ConnectedLineName");
    out.account = text_of(message, "AccountCode");
    out.context = text_of(message, "Context");
    out.exten = either(message, "Exten", "Extension");
    out.application = text_of(message, "Application");
    out.uniqueid = text_of(message, "Uniqueid");
    out.linkedid = text_of(message, "Linkedid");
    out.bridge = text_of(message, "BridgeId");
    out.duration = seconds_of(either(message, "Duration", "Seconds"));
    out.formats = text_of(message, "Nativeformats");
    return out;
}

QueueMemberState member_of(const Message& message) {
    QueueMemberState out;
    out.name = either(message, "Name", "MemberName");
    out.interface = either(message, "Location", "Interface");
    out.state_interface = text_of(message, "StateInterface");
    out.is_dynamic = message.get("Membership") == "dynamic";
    out.penalty = number_of(message, "Penalty");
    out.calls_taken = number_of(message, "CallsTaken");
    out.last_call = number_of(message, "LastCall");
    out.device_state = number_of(message, "Status");
    out.in_call = message.get("InCall") == "1";
    out.paused = message.get("Paused") == "1";
    out.paused_reason = text_of(message, "PausedReason");
    return out;
}

QueueCaller caller_of(const Message& message) {
    QueueCaller out;
    out.position = number_of(message, "Position");
    out.channel = text_of(message, "Channel");
    out.uniqueid = text_of(message, "Uniqueid");
    out.number = text_of(message, "CallerIDNum");
    out.name = text_of(message, "CallerIDName");
    // QueueEntry has its own word for it.
    out.number = out.number == "unknown" ? "" : out.number;
    out.name = out.name == "unknown" ? "" : out.name;
    out.wait = number_of(message, "Wait");
    return out;
}

QueueState queue_of(const Message& message) {
    QueueState out;
    out.name = text_of(message, "Queue");
    out.strategy = text_of(message, "Strategy");
    out.max = number_of(message, "Max");
    out.calls = number_of(message, "Calls");
    out.hold_time = number_of(message, "Holdtime");
    out.talk_time = number_of(message, "TalkTime");
    out.completed = number_of(message, "Completed");
    out.abandoned = number_of(message, "Abandoned");
    out.service_level = number_of(message, "ServiceLevel");
    out.service_level_percent =
        std::strtod(std::string(message.get("ServicelevelPerf")).c_str(), nullptr);
    return out;
}

std::int64_t count(const QueueState& queue, bool (*fits)(const QueueMemberState&)) {
    return std::ranges::count_if(queue.members, fits);
}

}  // namespace

std::string_view QueueMemberState::status() const {
    const auto index = static_cast<std::size_t>(device_state);
    return device_state >= 0 && index < device_words.size() ? device_words[index]
                                                            : device_words.front();
}

bool QueueMemberState::is_reachable() const {
    return device_state != invalid && device_state != unavailable;
}

bool QueueMemberState::is_available() const {
    return !paused && !in_call && (device_state == not_in_use || device_state == 0);
}

std::int64_t QueueState::available() const {
    return count(*this, [](const QueueMemberState& m) { return m.is_available(); });
}

std::int64_t QueueState::paused() const {
    return count(*this, [](const QueueMemberState& m) { return m.paused; });
}

std::int64_t QueueState::busy() const {
    return count(*this, [](const QueueMemberState& m) {
        return m.is_reachable() && !m.paused && !m.is_available();
    });
}

std::int64_t QueueState::logged_in() const {
    return count(*this, [](const QueueMemberState& m) { return m.is_reachable(); });
}

std::int64_t QueueState::longest_wait() const {
    std::int64_t longest = 0;
    for (const auto& caller : callers) {
        longest = std::max(longest, caller.wait);
    }
    return longest;
}

std::vector<Channel> channels_in(const Reply& reply) {
    std::vector<Channel> out;
    for (const auto& item : reply.items) {
        const auto message = item.view();
        if (message.is("CoreShowChannel") || message.is("Status")) {
            out.push_back(channel_of(message));
        }
    }
    return out;
}

std::vector<QueueState> queues_in(const Reply& reply) {
    std::vector<QueueState> out;
    const auto queue_named = [&out](const std::string& name) {
        return std::ranges::find(out, name, &QueueState::name);
    };
    for (const auto& item : reply.items) {
        const auto message = item.view();
        if (message.is("QueueParams")) {
            out.push_back(queue_of(message));
            continue;
        }
        const auto queue = queue_named(text_of(message, "Queue"));
        if (queue == out.end()) {
            continue;
        }
        if (message.is("QueueMember")) {
            queue->members.push_back(member_of(message));
        } else if (message.is("QueueEntry")) {
            queue->callers.push_back(caller_of(message));
        }
    }
    return out;
}

std::map<std::string, std::string> devices_in(const Reply& reply) {
    // The others are the exchange's own: Queue:support_avail, Local/..., confbridge:...
    constexpr std::array phones{
        std::string_view("PJSIP/"),
        std::string_view("SIP/"),
        std::string_view("IAX2/"),
        std::string_view("DAHDI/")
    };
    std::map<std::string, std::string> out;
    for (const auto& item : reply.items) {
        const auto message = item.view();
        const auto device = text_of(message, "Device");
        if (std::ranges::any_of(phones, [&](auto start) { return device.starts_with(start); })) {
            out[device] = base::to_lower_ascii(message.get("State"));
        }
    }
    return out;
}

std::vector<ParkedCall> parked_in(const Reply& reply) {
    std::vector<ParkedCall> out;
    for (const auto& item : reply.items) {
        const auto message = item.view();
        if (message.is("ParkedCall")) {
            out.push_back(
                {.channel = either(message, "ParkeeChannel", "Channel"),
                 .lot = text_of(message, "Parkinglot"),
                 .space = either(message, "ParkingSpace", "Exten"),
                 .timeout = number_of(message, "ParkingTimeout")}
            );
        }
    }
    return out;
}

}  // namespace trunkline::ami
