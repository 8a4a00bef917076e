#include "bitrix24_answer.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>

#include "json/writer.hpp"

namespace trunkline::sandbox::bitrix24 {
namespace {

constexpr auto operating_window = std::chrono::minutes(10);

std::int64_t seconds_of(base::WallTime time) {
    return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

}  // namespace

ApiAnswer error(unsigned status, std::string_view code, std::string_view description) {
    json::Writer writer;
    writer.begin_object()
        .member("error", code)
        .member("error_description", description)
        .end_object();
    return {.status = status, .body = writer.take(), .retry_after = std::nullopt};
}

ApiAnswer core_error(std::string_view description) { return error(400, "ERROR_CORE", description); }

ApiAnswer result(const std::string& json, base::WallTime now) {
    json::Writer writer;
    writer.begin_object()
        .key("result")
        .raw(json)
        .key("time")
        .begin_object()
        .member("start", seconds_of(now))
        .member("finish", seconds_of(now))
        .member("duration", 0.01)
        .member("processing", 0.005)
        .member("date_start", base::format_iso8601(now))
        .member("date_finish", base::format_iso8601(now))
        .member("operating_reset_at", seconds_of(now + operating_window))
        .member("operating", 0.1)
        .end_object()
        .end_object();
    return {.status = 200, .body = writer.take(), .retry_after = std::nullopt};
}

std::string text_of(json::View parameters, std::string_view name) {
    const auto member = parameters.find(name);
    return member ? std::string(member->scalar_text().value_or("")) : std::string();
}

std::optional<std::int64_t> number_in(json::View value) {
    const auto text = value.is_boolean() ? std::nullopt : value.scalar_text();
    std::int64_t number = 0;
    if (!text || text->empty()) {
        return std::nullopt;
    }
    const auto& digits = *text;
    const auto* const end = digits.data() + digits.size();
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return parsed.ec == std::errc{} && parsed.ptr == end ? std::optional(number) : std::nullopt;
}

std::optional<std::int64_t> number_of(json::View parameters, std::string_view name) {
    const auto member = parameters.find(name);
    return member ? number_in(*member) : std::nullopt;
}

std::string unknown_member(json::View parameters, std::initializer_list<std::string_view> known) {
    for (const auto& [name, value] : parameters.members()) {
        if (name != "auth" && std::ranges::find(known, name) == known.end()) {
            return std::string(name);
        }
    }
    return {};
}

}  // namespace trunkline::sandbox::bitrix24
