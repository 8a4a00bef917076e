#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/log.hpp"

namespace trunkline::base::detail {

struct LogLine {
    std::chrono::system_clock::time_point time;
    LogLevel level = LogLevel::info;
    std::string_view name;
    std::string_view trace_id;  ///< May be empty.
    std::string_view message;
    bool with_name = true;
};

/// `DEBUG` ... `CRITICAL`.
std::string_view level_name(LogLevel level);

/// Turns lines into bytes: secrets hidden, invalid UTF-8 replaced, control characters escaped.
/// Keeps the formatted second between calls, so each thread needs its own.
class LineFormatter {
public:
    explicit LineFormatter(LogFormat format);

    /// The line with its newline at the end.
    std::string format(const LogLine& line);

private:
    void refresh_second(std::chrono::system_clock::time_point time);
    std::string as_text(const LogLine& line, std::string_view message, int millis) const;
    std::string as_json(const LogLine& line, std::string_view message, int millis) const;

    LogFormat format_;
    std::chrono::sys_seconds second_;
    std::string local_second_;  ///< `2025-10-01 14:23:45`, or with `T` for JSON.
    std::string offset_;        ///< `+03:00`.
};

}  // namespace trunkline::base::detail
