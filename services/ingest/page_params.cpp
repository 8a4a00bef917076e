#include "page_params.hpp"

#include <charconv>

#include "base/clock.hpp"

namespace trunkline::ingest {
namespace {

constexpr int default_limit = 100;
constexpr int max_limit = 1000;

}  // namespace

base::Result<std::optional<std::int64_t>> number_param(
    const httpd::Request& request, std::string_view name, std::int64_t least, std::int64_t most
) {
    const auto text = request.query_param(name);
    if (!text) {
        return std::nullopt;
    }
    std::int64_t number = 0;
    const auto* end = text->data() + text->size();
    const auto parsed = std::from_chars(text->data(), end, number);
    if (parsed.ec != std::errc{} || parsed.ptr != end || number < least || number > most) {
        return base::fail(
            base::Errc::invalid_input,
            std::string(name) + ": must be a whole number from " + std::to_string(least) + " to " +
                std::to_string(most)
        );
    }
    return number;
}

base::Result<int> page_limit(const httpd::Request& request) {
    const auto limit = number_param(request, "limit", 1, max_limit);
    if (!limit) {
        return std::unexpected(limit.error());
    }
    return static_cast<int>(limit->value_or(default_limit));
}

base::Result<std::optional<std::string>> time_param(
    const httpd::Request& request, std::string_view name
) {
    const auto text = request.query_param(name);
    if (!text) {
        return std::nullopt;
    }
    const auto time = base::parse_iso8601(*text);
    if (!time) {
        return base::fail(
            base::Errc::invalid_input, std::string(name) + ": " + time.error().detail
        );
    }
    return base::format_iso8601(*time);
}

base::Result<bool> flag_param(const httpd::Request& request, std::string_view name) {
    const auto text = request.query_param(name);
    if (!text || *text == "false" || *text == "0") {
        return false;
    }
    if (text->empty() || *text == "true" || *text == "1") {
        return true;
    }
    return base::fail(base::Errc::invalid_input, std::string(name) + ": must be true or false");
}

}  // namespace trunkline::ingest
