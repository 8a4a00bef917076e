#include "telegram_answer.hpp"

#include <charconv>

#include "json/writer.hpp"

namespace trunkline::sandbox::telegram {
namespace {

constexpr std::size_t min_secret = 30;

}  // namespace

ApiAnswer error(unsigned code, const std::string& description) {
    json::Writer writer;
    writer.begin_object()
        .member("ok", false)
        .member("error_code", code)
        .member("description", description)
        .end_object();
    return {.status = code, .body = writer.take(), .retry_after = std::nullopt};
}

ApiAnswer result(const std::string& json) {
    return {
        .status = 200, .body = "{\"ok\":true,\"result\":" + json + "}", .retry_after = std::nullopt
    };
}

std::optional<std::int64_t> integer_of(const Parameters& parameters, std::string_view name) {
    const auto found = parameters.find(name);
    if (found == parameters.end()) {
        return std::nullopt;
    }
    std::int64_t value = 0;
    const auto* end = found->second.data() + found->second.size();
    const auto parsed = std::from_chars(found->second.data(), end, value);
    if (parsed.ec != std::errc{} || parsed.ptr != end) {
        return std::nullopt;
    }
    return value;
}

std::string text_of(const Parameters& parameters, std::string_view name) {
    const auto found = parameters.find(name);
    return found == parameters.end() ? std::string() : found->second;
}

bool flag_of(const Parameters& parameters, std::string_view name) {
    const auto text = text_of(parameters, name);
    return text == "true" || text == "1" || text == "True";
}

std::optional<std::int64_t> bot_of(const std::string& token) {
    const auto colon = token.find(':');
    if (colon == std::string::npos || token.size() - colon - 1 < min_secret) {
        return std::nullopt;
    }
    std::int64_t bot = 0;
    const auto parsed = std::from_chars(token.data(), token.data() + colon, bot);
    return parsed.ec == std::errc{} && parsed.ptr == token.data() + colon && bot > 0
               ? std::optional(bot)
               : std::nullopt;
}

}  // namespace trunkline::sandbox::telegram
