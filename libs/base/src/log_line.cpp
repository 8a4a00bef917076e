#include "log_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>

#include "base/redact.hpp"
#include "base/text.hpp"

namespace trunkline::base::detail {
namespace {

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20U || c == 0x7F; }

/// Control characters as `\n`, `\r` or `\x1b`, so that text from outside can neither forge a line
/// nor steer a terminal. Tabs stay, and newlines do where lines of our own making span several.
std::string escape_controls(std::string_view text, bool keep_newlines) {
    if (std::ranges::none_of(text, is_control)) {
        return std::string(text);
    }
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        if (!is_control(c) || c == '\t' || (c == '\n' && keep_newlines)) {
            out += c;
        } else if (c == '\n') {
            out += "\\n";
        } else if (c == '\r') {
            out += "\\r";
        } else {
            out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
        }
    }
    return out;
}

void append_json_string(std::string& out, std::string_view text) {
    out += '"';
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (c == '\n') {
            out += "\\n";
        } else if (is_control(c)) {
            out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
        } else {
            out += c;
        }
    }
    out += '"';
}

void append_json_member(std::string& out, std::string_view key, std::string_view value) {
    out += out.empty() ? "{" : ",";
    append_json_string(out, key);
    out += ':';
    append_json_string(out, value);
}

}  // namespace

std::string_view level_name(LogLevel level) {
    switch (level) {
        case LogLevel::debug:
            return "DEBUG";
        case LogLevel::info:
            return "INFO";
        case LogLevel::warning:
            return "WARNING";
        case LogLevel::error:
            return "ERROR";
        case LogLevel::critical:
            return "CRITICAL";
    }
    return "CRITICAL";
}

LineFormatter::LineFormatter(LogFormat format) : format_(format) {
    tzset();  // localtime_r need not do it.
}

std::string LineFormatter::format(const LogLine& line) {
    refresh_second(line.time);
    auto message = redact(std::string(line.message));
    if (!is_valid_utf8(message)) {
        message = replace_invalid_utf8(message);
    }
    const auto millis =
        static_cast<int>(std::chrono::floor<std::chrono::milliseconds>(line.time - second_).count()
        );
    return format_ == LogFormat::json ? as_json(line, message, millis)
                                      : as_text(line, message, millis);
}

void LineFormatter::refresh_second(std::chrono::system_clock::time_point time) {
    const auto second = std::chrono::floor<std::chrono::seconds>(time);
    if (second == second_ && !local_second_.empty()) {
        return;
    }
    second_ = second;
    const std::time_t seconds = second.time_since_epoch().count();
    std::tm local{};
    localtime_r(&seconds, &local);
    local_second_ = fmt::format(
        "{:04}-{:02}-{:02}{}{:02}:{:02}:{:02}",
        local.tm_year + 1900,
        local.tm_mon + 1,
        local.tm_mday,
        format_ == LogFormat::json ? 'T' : ' ',
        local.tm_hour,
        local.tm_min,
        local.tm_sec
    );
    const long minutes = std::labs(local.tm_gmtoff) / 60;
    offset_ =
        fmt::format("{}{:02}:{:02}", local.tm_gmtoff < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

std::string LineFormatter::as_text(const LogLine& line, std::string_view message, int millis)
    const {
    auto out = fmt::format("{},{:03} [{}] ", local_second_, millis, level_name(line.level));
    if (line.with_name) {
        out += line.name;
        out += ": ";
    }
    out += escape_controls(message, !line.with_name);
    // Nothing may follow the message in a log without names: its readers take the line's last
    // field.
    if (line.with_name && !line.trace_id.empty()) {
        out += " trace=";
        out += line.trace_id;
    }
    out += '\n';
    return out;
}

std::string LineFormatter::as_json(const LogLine& line, std::string_view message, int millis)
    const {
    std::string out;
    append_json_member(out, "time", fmt::format("{}.{:03}{}", local_second_, millis, offset_));
    append_json_member(out, "level", level_name(line.level));
    append_json_member(out, "name", line.name);
    append_json_member(out, "message", message);
    if (!line.trace_id.empty()) {
        append_json_member(out, "trace_id", line.trace_id);
    }
    out += "}\n";
    return out;
}

}  // namespace trunkline::base::detail
