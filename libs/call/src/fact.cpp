#include "fact.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/timezone.hpp"

namespace trunkline::call {
namespace {

/// Longer than any id or number that an exchange makes; what is cut is noise that would only cost
/// memory.
constexpr std::size_t longest_text = 200;
constexpr std::size_t most_extensions = 200;

std::string bounded(const std::string& text) { return text.substr(0, longest_text); }

std::optional<base::WallTime> local_time(const std::string& text, const std::string& timezone) {
    if (text.empty() || text.size() > longest_text) {
        return std::nullopt;
    }
    const auto time = base::parse_local_time(text, timezone);
    return time ? std::optional(*time) : std::nullopt;
}

std::optional<base::WallTime> earlier(
    std::optional<base::WallTime> a, std::optional<base::WallTime> b
) {
    if (!a || !b) {
        return a ? a : b;
    }
    return std::min(*a, *b);
}

bool speaks_of_phone(EventType type) {
    return type == EventType::start || type == EventType::dial || type == EventType::hangup;
}

int rank(EventType type) {
    switch (type) {
        case EventType::start:
            return 0;
        case EventType::dial:
            return 1;
        case EventType::new_callerid:
            return 2;
        case EventType::bridge_create:
            return 3;
        case EventType::bridge:
            return 4;
        case EventType::bridge_leave:
            return 5;
        case EventType::bridge_destroy:
            return 6;
        case EventType::hangup:
            return 7;
    }
    return 8;
}

/// The same event told twice; when it came and by which way does not matter.
bool is_repeat(const Fact& a, const Fact& b) {
    const auto content = [](const Fact& fact) {
        return std::tie(
            fact.type,
            fact.unique_id,
            fact.bridge_id,
            fact.own,
            fact.other,
            fact.exten,
            fact.trunk,
            fact.extensions,
            fact.call_type,
            fact.call_status
        );
    };
    return content(a) == content(b);
}

std::string_view participant(const std::string& number) {
    const NumberKind kind = kind_of(number);
    const bool usable = kind == NumberKind::internal || kind == NumberKind::external;
    return usable ? std::string_view(number) : std::string_view();
}

}  // namespace

Fact make_fact(const Event& event, const std::string& timezone) {
    Fact fact;
    fact.type = event.type;
    fact.at = event.at;
    fact.received = event.received;
    fact.has_event_time = event.has_event_time;
    fact.recovered = event.recovered;
    fact.local = is_local_channel(event.channel);
    fact.unique_id = bounded(event.unique_id);
    fact.bridge_id = bounded(event.bridge_id);
    fact.own = bounded(speaks_of_phone(event.type) ? event.phone : event.caller_id_num);
    fact.other = bounded(event.connected_line_num);
    fact.exten = bounded(event.exten);
    fact.trunk = bounded(event.trunk);
    for (const std::string& extension : event.extensions) {
        if (fact.extensions.size() < most_extensions) {
            fact.extensions.push_back(bounded(extension));
        }
    }
    fact.call_type = event.call_type;
    if (!fact.call_type && event.type == EventType::dial && !event.ext_phone.empty()) {
        fact.call_type = CallType::inbound;  // Only inbound dials carry ExtPhone.
    }
    fact.call_status = event.call_status;
    fact.cause = bounded(event.hangup_cause);
    fact.host_start =
        earlier(local_time(event.start_time, timezone), local_time(event.date_received, timezone));
    fact.host_end = local_time(event.end_time, timezone);
    return fact;
}

bool comes_before(const Fact& a, const Fact& b) {
    return std::make_tuple(a.at, rank(a.type), a.extensions.size()) <
           std::make_tuple(b.at, rank(b.type), b.extensions.size());
}

bool insert_fact(std::vector<Fact>& facts, Fact fact) {
    const auto place = std::ranges::upper_bound(facts, fact, comes_before);
    for (auto before = place; before != facts.begin();) {
        --before;
        if (before->at != fact.at) {
            break;
        }
        if (is_repeat(*before, fact)) {
            return false;
        }
    }
    facts.insert(place, std::move(fact));
    return true;
}

bool is_membership(const Fact& fact) {
    return fact.type == EventType::bridge || fact.type == EventType::bridge_leave;
}

std::string_view own_number(const Fact& fact) { return participant(fact.own); }

std::string_view far_number(const Fact& fact) {
    const std::string_view connected = participant(fact.other);
    return connected.empty() ? participant(fact.exten) : connected;
}

}  // namespace trunkline::call
