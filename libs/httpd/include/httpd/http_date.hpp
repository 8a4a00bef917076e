#pragma once

#include <ctime>
#include <optional>
#include <string>
#include <string_view>

namespace trunkline::httpd {

/// `Sun, 06 Nov 1994 08:49:37 GMT`, the one form that RFC 9110 section 5.6.7 lets senders produce.
std::string format_http_date(std::time_t time);
/// Nothing for any other form.
std::optional<std::time_t> parse_http_date(std::string_view text);

}  // namespace trunkline::httpd
