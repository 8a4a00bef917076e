#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace trunkline::sandbox::moysklad {

/// What MoySklad answers; an empty body is sent without a type.
struct Answer {
    unsigned status = 200;
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers;
};

/// The form that both APIs share (contracts/moysklad.md section 2.1).
Answer error(unsigned status, int code, const std::string& text, std::string_view parameter = {});
Answer ok(std::string body);

/// The bases of MoySklad's own references.
inline constexpr std::string_view remap_base = "https://api.moysklad.ru/api/remap/1.2";
inline constexpr std::string_view phone_base = "https://api.moysklad.ru/api/phone/1.0";

/// `gzip` among the codings, and not with q=0.
bool offers_gzip(std::string_view accept_encoding);
/// Absent, `*/*` or `application/json;charset=utf-8`; anything else is error 1062.
bool is_accept_allowed(std::string_view accept);
bool is_json_type(std::string_view content_type);

/// `YYYY-MM-DD hh:mm:ss` with or without `.mmm`, a moment that exists.
bool is_moment(std::string_view text);
/// The same with its milliseconds, as answers have it.
std::string full_moment(std::string_view moment);
/// Whole milliseconds between two moments.
long long milliseconds_between(std::string_view from, std::string_view to);

bool is_uuid(std::string_view text);

}  // namespace trunkline::sandbox::moysklad
