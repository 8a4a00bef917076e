#include "rejection.hpp"

#include <utility>

#include "httpd/problem.hpp"

namespace trunkline::ingest {

Rejected rejected_of(const ReceivedEvent& event, std::string token, const base::Error& error) {
    return {
        .source = event.source,
        .event_type = std::string(call::to_string(event.raw.type)),
        .token = std::move(token),
        .status = httpd::status_of(error.code),
        .reason = base::describe(error),
        .body = event.raw.body,
    };
}

base::Error unknown_token(const std::string& token) {
    return base::fail(base::Errc::not_found, "no enterprise has the Token \"" + token + "\"")
        .error();
}

}  // namespace trunkline::ingest
