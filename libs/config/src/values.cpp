#include "values.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.hpp"

namespace trunkline::config {
namespace {

std::string describe(const Range& range) {
    constexpr Range any;
    if (range.min == any.min && range.max == any.max) {
        return "";
    }
    if (range.max == any.max) {
        return fmt::format(" of at least {}", range.min);
    }
    if (range.min == any.min) {
        return fmt::format(" of at most {}", range.max);
    }
    return fmt::format(" from {} to {}", range.min, range.max);
}

}  // namespace

Parsed<std::int64_t> parse_number(
    std::string_view text, const Range& range, std::string_view what
) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = error == std::errc() && end == text.data() + text.size();
    if (!whole || value < range.min || value > range.max) {
        return std::unexpected(fmt::format("a {}{}", what, describe(range)));
    }
    return value;
}

Parsed<bool> parse_bool(std::string_view text) {
    constexpr auto yes = std::to_array<std::string_view>({"1", "true", "yes", "on"});
    constexpr auto no = std::to_array<std::string_view>({"0", "false", "no", "off"});
    const auto lower = base::to_lower_ascii(text);
    if (std::ranges::find(yes, lower) != yes.end()) {
        return true;
    }
    if (std::ranges::find(no, lower) != no.end()) {
        return false;
    }
    return std::unexpected("one of 1, true, yes, on, 0, false, no, off");
}

Parsed<std::string> parse_choice(std::string_view text, std::span<const std::string> allowed) {
    if (std::ranges::find(allowed, text) == allowed.end()) {
        return std::unexpected(fmt::format("one of {}", fmt::join(allowed, ", ")));
    }
    return std::string(text);
}

std::string password_in_url(std::string_view url) {
    const auto scheme = url.find("://");
    if (scheme == std::string_view::npos) {
        return {};
    }
    const auto rest = url.substr(scheme + 3);
    const auto authority = rest.substr(0, rest.find_first_of("/?#"));
    const auto at = authority.rfind('@');
    const auto colon = authority.find(':');
    if (at == std::string_view::npos || colon >= at) {
        return {};
    }
    return std::string(authority.substr(colon + 1, at - colon - 1));
}

}  // namespace trunkline::config
