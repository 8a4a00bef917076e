#include "moysklad_answer.hpp"

#include <algorithm>
#include <chrono>

#include "base/clock.hpp"
#include "base/text.hpp"
#include "json/writer.hpp"

namespace trunkline::sandbox::moysklad {
namespace {

bool has_shape(std::string_view text, std::string_view shape) {
    return text.size() == shape.size() && std::ranges::equal(text, shape, [](char c, char s) {
               return s == 'd' ? c >= '0' && c <= '9' : c == s;
           });
}

base::Result<base::WallTime> time_of(std::string_view moment) {
    return base::parse_iso8601(std::string(moment) + "+03:00");
}

}  // namespace

Answer error(unsigned status, int code, const std::string& text, std::string_view parameter) {
    json::Writer writer;
    writer.begin_object().key("errors").begin_array().begin_object().member("error", text);
    if (!parameter.empty()) {
        writer.member("parameter", parameter);
    }
    writer.member("code", code)
        .member(
            "moreInfo", "https://dev.moysklad.ru/doc/api/remap/1.2/#error_" + std::to_string(code)
        )
        .end_object()
        .end_array()
        .end_object();
    Answer answer{.status = status, .body = writer.take(), .headers = {}};
    if (status == 401) {
        answer.headers.emplace_back("X-Lognex-Auth", std::to_string(code));
        answer.headers.emplace_back("X-Lognex-Auth-Message", "authentication failed");
    }
    return answer;
}

Answer ok(std::string body) { return {.status = 200, .body = std::move(body), .headers = {}}; }

bool offers_gzip(std::string_view accept_encoding) {
    return std::ranges::any_of(base::split(accept_encoding, ','), [](const std::string& coding) {
        const auto parts = base::split(coding, ';');
        const bool is_refused = parts.size() > 1 && (parts[1] == "q=0" || parts[1] == "q=0.0");
        return !parts.empty() && base::to_lower_ascii(parts.front()) == "gzip" && !is_refused;
    });
}

bool is_accept_allowed(std::string_view accept) {
    auto text = base::to_lower_ascii(accept);
    std::erase(text, ' ');
    return text.empty() || text == "*/*" || text == "application/json;charset=utf-8";
}

bool is_json_type(std::string_view content_type) {
    const auto parts = base::split(content_type, ';');
    return !parts.empty() && base::to_lower_ascii(parts.front()) == "application/json";
}

bool is_moment(std::string_view text) {
    return (has_shape(text, "dddd-dd-dd dd:dd:dd") || has_shape(text, "dddd-dd-dd dd:dd:dd.ddd")) &&
           time_of(text).has_value();
}

std::string full_moment(std::string_view moment) {
    return std::string(moment) + (moment.contains('.') ? "" : ".000");
}

long long milliseconds_between(std::string_view from, std::string_view to) {
    const auto begin = time_of(from);
    const auto end = time_of(to);
    return begin && end
               ? std::chrono::duration_cast<std::chrono::milliseconds>(*end - *begin).count()
               : 0;
}

bool is_uuid(std::string_view text) {
    return text.size() == 36 && std::ranges::all_of(text, [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || c == '-';
           });
}

}  // namespace trunkline::sandbox::moysklad
