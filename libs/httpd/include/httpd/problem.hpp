#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "httpd/message.hpp"

namespace trunkline::httpd {

/// `application/problem+json` (RFC 9457) with type, title, status, detail and, if there are any,
/// errors[{path, detail}]. An empty title is the status's own phrase.
Response problem(
    unsigned status,
    std::string_view title,
    std::string_view detail,
    const std::vector<base::FieldError>& fields = {}
);

/// The suite's one table from Errc to HTTP status.
unsigned status_of(base::Errc code);

/// The problem for an error: its detail and fields; for `internal` only that it happened, since
/// such details are for the log. `unavailable`, `canceled` and `rate_limited` carry Retry-After.
Response to_response(const base::Error& error);

/// Sets Retry-After, rounded up to whole seconds, at least 1.
Response with_retry_after(Response response, std::chrono::milliseconds delay);

/// `Not Found` for 404; `Status` for what has no registered phrase.
std::string_view reason_phrase(unsigned status);

}  // namespace trunkline::httpd
