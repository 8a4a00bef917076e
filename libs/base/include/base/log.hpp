#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.hpp"

namespace trunkline::base {

enum class LogLevel { debug, info, warning, error, critical };

/// `DEBUG`, `info`, ...: any case; nothing else is a level.
Result<LogLevel> parse_log_level(std::string_view text);

enum class LogFormat { text, json };

struct LogSettings {
    std::filesystem::path folder = "logs";
    /// File name without folder, e.g. `app.log`. One file per process, except access.log and debug
    /// logs of enterprises.
    std::string file = "app.log";
    LogLevel level = LogLevel::info;
    LogFormat format = LogFormat::text;
    std::uintmax_t max_bytes = std::uintmax_t{10} * 1024 * 1024;
    unsigned backups = 5;
};

/// Opens the process's main log. Before that, and after close_log(), lines go to standard error.
/// Lines are written by one thread of the log's own; when its queue (8192 lines) is full the oldest
/// waiting line is dropped and counted, so that logging never blocks a request. Secrets are hidden
/// (base/redact.hpp), invalid UTF-8 is replaced, messages over 256 KiB are cut. A file over
/// `max_bytes` becomes `<file>.1` and so on; somebody may empty, move or delete it at any time. An
/// open log is closed first. Fails if the folder cannot be made or written.
Result<> open_log(const LogSettings& settings);

/// Writes what waits and closes the files; called at the end of main. exit() calls it too.
void close_log();

/// Lines lost since the start because the queue was full or the disk refused them.
std::uint64_t dropped_log_lines();

/// From now on `secret` (8 characters or more; shorter is ignored) is written as `***` wherever it
/// turns up in a line.
void add_log_secret(std::string secret);

/// A file of its own, e.g. `access.log` or `0367.log`, in the main log's folder and rotation. Same
/// queue. Text format is `time [LEVEL] message` when `with_name` is false (INTERFACES section 7),
/// `time [LEVEL] name: message` otherwise. Without a name, newlines in the message stay, nothing
/// follows the message, and LOG_LEVEL does not silence INFO and above; with a name, control
/// characters are escaped, so that foreign input forges no line. Any thread.
class Logger {
public:
    /// Lines into the main log under `name`. Cheap; may be made before open_log().
    explicit Logger(std::string name);
    /// Lines into `<folder>/<file>`. Two loggers of one file share it.
    static Logger to_file(std::string name, std::string_view file, bool with_name);

    /// The same logger whose lines carry this trace id (text with a name: ` trace=<id>` at the end;
    /// JSON: `trace_id`).
    Logger with_trace(std::string trace_id) const;

    bool is_enabled(LogLevel level) const;
    void write(LogLevel level, std::string message) const;

    template <class... Args>
    void log(LogLevel level, fmt::format_string<Args...> format, Args&&... args) const {
        if (is_enabled(level)) {
            write(level, fmt::format(format, std::forward<Args>(args)...));
        }
    }
    template <class... Args>
    void debug(fmt::format_string<Args...> format, Args&&... args) const {
        log(LogLevel::debug, format, std::forward<Args>(args)...);
    }
    template <class... Args>
    void info(fmt::format_string<Args...> format, Args&&... args) const {
        log(LogLevel::info, format, std::forward<Args>(args)...);
    }
    template <class... Args>
    void warning(fmt::format_string<Args...> format, Args&&... args) const {
        log(LogLevel::warning, format, std::forward<Args>(args)...);
    }
    template <class... Args>
    void error(fmt::format_string<Args...> format, Args&&... args) const {
        log(LogLevel::error, format, std::forward<Args>(args)...);
    }
    template <class... Args>
    void critical(fmt::format_string<Args...> format, Args&&... args) const {
        log(LogLevel::critical, format, std::forward<Args>(args)...);
    }

private:
    struct Sink;
    Logger(std::string name, std::shared_ptr<Sink> sink);

    std::string name_;
    std::string trace_id_;
    std::shared_ptr<Sink> sink_;  ///< Empty: the main log, looked up at each line.
};

}  // namespace trunkline::base
