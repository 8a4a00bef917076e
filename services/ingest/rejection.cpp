#include "rejection.hpp"

#include <utility>

#include "httpd/problem.hpp"

namespace trunkline::ingest {

Rejected rejected_of(
    const ReceivedEvent& event,
    std::string enterprise_number,
    std::string token,
    const base::Error& error
) {
    auto raw = event.raw;
    raw.signature = {};
    return {
        .id = 0,
        .received_at = event.received_at,
        .source = event.source,
        .enterprise_number = std::move(enterprise_number),
        .token = token.empty() ? token_hint(raw) : std::move(token),
        .status = httpd::status_of(error.code),
        .reason = reason_of(error),
        .raw = std::move(raw),
        .suppressed = 0,
        .event_id = {},
    };
}

std::string reason_of(const base::Error& error) {
    std::string reason;
    for (const auto& field : error.fields) {
        reason += (reason.empty() ? "" : "; ") + field.path + ": " + field.detail;
    }
    return reason.empty() ? error.detail : reason;
}

base::Error unknown_token(const std::string& token) {
    return base::fail(base::Errc::not_found, "no enterprise has the Token \"" + token + "\"")
        .error();
}

}  // namespace trunkline::ingest
