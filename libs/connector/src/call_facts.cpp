#include "connector/call_facts.hpp"

#include <array>
#include <utility>

#include "base/text.hpp"
#include "base/timezone.hpp"
#include "call/number.hpp"

namespace trunkline::connector {
namespace {

/// Q.850 numbers (ITU-T Q.850 table 1) as Asterisk's Cause has them, and the words of its
/// DIALSTATUS. 127 is what both legs end with when a caller gives up (captures 02b), 487 is SIP's.
constexpr std::pair<std::string_view, Ending> causes[] = {
    {"17", Ending::busy},
    {"busy", Ending::busy},
    {"cancel", Ending::canceled},
    {"127", Ending::canceled},
    {"487", Ending::canceled},
    {"21", Ending::declined},
    {"1", Ending::bad_number},
    {"28", Ending::bad_number},
    {"18", Ending::unreachable},
    {"20", Ending::unreachable},
    {"27", Ending::unreachable},
    {"chanunavail", Ending::unreachable},
    {"34", Ending::failed},
    {"38", Ending::failed},
    {"42", Ending::failed},
    {"failed", Ending::failed},
    {"congestion", Ending::failed},
};

}  // namespace

std::optional<std::string> reason_to_ignore(const call::Call& call) {
    if (call.direction == call::Direction::internal) {
        return "internal call";
    }
    if (!call::is_external(call.phone)) {
        return "the outside number is hidden, and CRMs require it";
    }
    return std::nullopt;
}

std::string external_id(const call::Call& call) {
    return call.pbx.empty() ? call.unique_id : call.pbx + "-" + call.unique_id;
}

bool is_outbound(const call::Call& call) { return call.direction == call::Direction::out; }

std::string who_talked(const call::Call& call) {
    if (!call.talkers.empty()) {
        return call.talkers.back();
    }
    return call.rang.empty() ? std::string() : call.rang.front();
}

std::string digits(std::string_view phone) { return call::match_key(phone); }

std::string international(std::string_view phone) {
    const auto text = digits(phone);
    return text.empty() ? std::string() : "+" + text;
}

std::string our_number(const tenants::Enterprise& enterprise, const call::Call& call) {
    const auto line = enterprise.lines.find(call.line);
    return line == enterprise.lines.end()
               ? std::string()
               : international(enterprise.canonical_number(line->second.number));
}

Ending ending_of(const call::Call& call) {
    if (call.answered) {
        return Ending::answered;
    }
    if (is_outbound(call)) {
        const auto cause = base::to_lower_ascii(call.hangup_cause);
        for (const auto& [word, ending] : causes) {
            if (word == cause) {
                return ending;
            }
        }
    }
    return Ending::no_answer;
}

std::string local_time(base::WallTime time, const std::string& zone) {
    return base::format_local_time(time, base::is_known_timezone(zone) ? zone : "UTC").value_or("");
}

}  // namespace trunkline::connector
