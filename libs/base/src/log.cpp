#include "base/log.hpp"

#include <fmt/format.h>
#include <pthread.h>
#include <spdlog/async_logger.h>
#include <spdlog/details/thread_pool.h>
#include <spdlog/sinks/sink.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <thread>
#include <unordered_map>

#include "base/text.hpp"
#include "log_file.hpp"
#include "log_line.hpp"

namespace trunkline::base {

/// Which file a Logger writes to; the open file itself belongs to the LogState.
struct Logger::Sink {
    std::string file;
    bool with_name = true;
};

namespace {

constexpr std::size_t queue_lines = 8192;
/// Longer messages are cut, so that a full queue has a bound in bytes too.
constexpr std::size_t max_message_bytes = std::size_t{256} * 1024;

/// What travels through spdlog's queue as a message: `+` or `-` (with_name), name, newline, trace
/// id, newline, text. Neither name nor trace id holds a newline.
std::string encode(
    bool with_name, std::string_view name, std::string_view trace_id, std::string_view message
) {
    std::string record;
    record.reserve(name.size() + trace_id.size() + message.size() + 3);
    record += with_name ? '+' : '-';
    record += name;
    record += '\n';
    record += trace_id;
    record += '\n';
    record += message;
    return record;
}

detail::LogLine decode(std::string_view record) {
    const auto name_end = record.find('\n');
    const auto trace_end = record.find('\n', name_end + 1);
    detail::LogLine line;
    line.with_name = record.front() == '+';
    line.name = record.substr(1, name_end - 1);
    line.trace_id = record.substr(name_end + 1, trace_end - name_end - 1);
    line.message = record.substr(trace_end + 1);
    return line;
}

spdlog::level::level_enum to_spdlog(LogLevel level) {
    switch (level) {
        case LogLevel::debug:
            return spdlog::level::debug;
        case LogLevel::info:
            return spdlog::level::info;
        case LogLevel::warning:
            return spdlog::level::warn;
        case LogLevel::error:
            return spdlog::level::err;
        case LogLevel::critical:
            return spdlog::level::critical;
    }
    return spdlog::level::critical;
}

LogLevel from_spdlog(spdlog::level::level_enum level) {
    switch (level) {
        case spdlog::level::trace:
        case spdlog::level::debug:
            return LogLevel::debug;
        case spdlog::level::info:
            return LogLevel::info;
        case spdlog::level::warn:
            return LogLevel::warning;
        case spdlog::level::err:
            return LogLevel::error;
        default:
            return LogLevel::critical;
    }
}

std::atomic<std::uint64_t>& refused_lines() {
    static std::atomic<std::uint64_t> count = 0;
    return count;
}

/// Files with lines that are not written yet. Lines gather while more are waiting behind them, so
/// that a busy log costs a write per some kilobytes instead of one per line; as soon as the queue
/// is empty all is written. Log thread only.
class FileSink;
class Unwritten {
public:
    void add(FileSink* sink) { sinks_.push_back(sink); }
    void remove(FileSink* sink) { std::erase(sinks_, sink); }
    /// Whether it is time to write everything: nobody waits, or the first has waited long.
    bool is_due(std::size_t waiting);
    void write_all();
    /// While lines come one upon another: the next ones shall not wake us one by one, which costs
    /// those who log, the more so if they are on the same processor.
    void rest();

private:
    static constexpr std::chrono::milliseconds rest_for{2};
    /// Lines further apart than this are written at once.
    static constexpr std::chrono::milliseconds busy_within{10};
    static constexpr unsigned most_lines = 256;  ///< Of all files, between two writes of all.

    std::vector<FileSink*> sinks_;
    unsigned lines_ = 0;
    unsigned written_ = 0;  ///< By the last write_all().
    std::chrono::steady_clock::time_point last_write_;
};

/// One file behind spdlog's queue. spdlog's own rotating sink is not used: it holds the size in
/// memory and would leave a hole when somebody empties the file. Only the log thread comes here.
class FileSink final : public spdlog::sinks::sink {
public:
    FileSink(
        const LogSettings& settings,
        std::string_view file,
        std::shared_ptr<Unwritten> unwritten,
        spdlog::details::thread_pool& pool
    )
        : file_(settings.folder / file, settings.max_bytes, settings.backups),
          formatter_(settings.format),
          unwritten_(std::move(unwritten)),
          pool_(pool) {}
    ~FileSink() override {
        unwritten_->remove(this);
        write();
    }
    FileSink(const FileSink&) = delete;
    FileSink& operator=(const FileSink&) = delete;

    Result<> open() { return file_.open(); }

    void log(const spdlog::details::log_msg& message) override {
        auto line = decode({message.payload.data(), message.payload.size()});
        line.time = message.time;
        line.level = from_spdlog(message.level);
        if (lines_ == 0) {
            unwritten_->add(this);
        }
        buffer_ += formatter_.format(line);
        ++lines_;
        if (unwritten_->is_due(pool_.queue_size())) {
            unwritten_->write_all();
            unwritten_->rest();
        } else if (buffer_.size() >= most_bytes) {
            unwritten_->remove(this);
            write();
        }
    }
    void write() {
        if (lines_ > 0 && !file_.write(buffer_)) {
            refused_lines().fetch_add(lines_, std::memory_order_relaxed);
        }
        buffer_.clear();
        lines_ = 0;
    }
    void flush() override {}
    void set_pattern(const std::string& /*pattern*/) override {}
    void set_formatter(std::unique_ptr<spdlog::formatter> /*formatter*/) override {}

private:
    static constexpr std::size_t most_bytes = 32UL * 1024;

    detail::LogFile file_;
    detail::LineFormatter formatter_;
    std::shared_ptr<Unwritten> unwritten_;
    spdlog::details::thread_pool&
        pool_;  ///< Whose thread we are on, so it lives as long as needed.
    std::string buffer_;
    std::uint64_t lines_ = 0;
};

bool Unwritten::is_due(std::size_t waiting) {
    ++lines_;
    return waiting == 0 || lines_ >= most_lines;
}

void Unwritten::write_all() {
    for (auto* sink : std::exchange(sinks_, {})) {
        sink->write();
    }
    written_ = std::exchange(lines_, 0);
}

void Unwritten::rest() {
    const auto now = std::chrono::steady_clock::now();
    const bool is_busy = now - std::exchange(last_write_, now) < busy_within;
    if (is_busy && written_ < most_lines) {
        std::this_thread::sleep_for(rest_for);
    }
}

void start_log_thread() {
    // Signals belong to the threads that wait for them.
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
    pthread_setname_np(pthread_self(), "log");
}

/// Letters, digits, `.`, `_`, `-` and what is not ASCII; never a way out of the folder.
std::string safe_file_name(std::string_view file) {
    std::string name(file);
    std::ranges::replace_if(
        name,
        [](char c) { return c == '/' || (static_cast<unsigned char>(c) <= 0x20U) || c == 0x7F; },
        '_'
    );
    if (name.empty() || name.front() == '.') {
        name.insert(0, 1, '_');
    }
    return name;
}

std::string single_line(std::string text) {
    std::ranges::replace_if(
        text, [](char c) { return static_cast<unsigned char>(c) < 0x20U || c == 0x7F; }, '_'
    );
    return text;
}

using AsyncLogger = std::shared_ptr<spdlog::async_logger>;

/// The process's open log files. Every line is written under the shared lock, opening and closing
/// under the other.
class LogState {
public:
    Result<> open(LogSettings settings) {
        close();
        std::error_code error;
        const auto folder = std::filesystem::absolute(settings.folder, error);
        if (!error) {
            settings.folder =
                folder;  // The log stays where it is if the process changes its folder.
        }
        auto pool =
            std::make_shared<spdlog::details::thread_pool>(queue_lines, 1, start_log_thread);
        auto unwritten = std::make_shared<Unwritten>();
        auto sink =
            std::make_shared<FileSink>(settings, safe_file_name(settings.file), unwritten, *pool);
        if (auto opened = sink->open(); !opened) {
            return opened;
        }
        const std::unique_lock lock(mutex_);
        pool_ = std::move(pool);
        unwritten_ = std::move(unwritten);
        settings_ = std::move(settings);
        main_ = make_logger(std::move(sink));
        files_[safe_file_name(settings_.file)] = main_;
        level_.store(settings_.level, std::memory_order_relaxed);
        return {};
    }

    void close() {
        std::shared_ptr<spdlog::details::thread_pool> pool;
        std::unordered_map<std::string, AsyncLogger> files;
        {
            const std::unique_lock lock(mutex_);
            if (pool_ == nullptr) {
                return;
            }
            overrun_before_ += pool_->overrun_counter();
            pool = std::move(pool_);
            pool_ = nullptr;
            main_ = nullptr;
            files = std::move(files_);
            files_.clear();
        }
        pool = nullptr;  // Writes what waits, then joins the log thread.
        files.clear();   // Only now, so that nothing is closed under the log thread's feet.
    }

    /// An empty file name is the main log. False before open() and after close().
    bool post(const std::string& file, LogLevel level, std::string_view record) {
        if (std::shared_lock lock(mutex_); pool_ == nullptr) {
            return false;
        } else if (const auto* const logger = find(file); logger != nullptr) {
            (*logger)->log(to_spdlog(level), spdlog::string_view_t(record.data(), record.size()));
            return true;
        }
        const std::unique_lock lock(mutex_);
        if (pool_ == nullptr) {
            return false;
        }
        auto& logger = files_[file];
        if (logger == nullptr) {
            logger = make_logger(std::make_shared<FileSink>(settings_, file, unwritten_, *pool_));
        }
        logger->log(to_spdlog(level), spdlog::string_view_t(record.data(), record.size()));
        return true;
    }

    std::uint64_t dropped() {
        const std::shared_lock lock(mutex_);
        const auto overrun = pool_ == nullptr ? 0 : pool_->overrun_counter();
        return overrun_before_ + overrun + refused_lines().load(std::memory_order_relaxed);
    }

    LogLevel level() const { return level_.load(std::memory_order_relaxed); }

private:
    const AsyncLogger* find(const std::string& file) const {
        if (file.empty()) {
            return &main_;
        }
        const auto found = files_.find(file);
        return found == files_.end() ? nullptr : &found->second;
    }

    AsyncLogger make_logger(std::shared_ptr<FileSink> sink) {
        auto logger = std::make_shared<spdlog::async_logger>(
            std::string(), std::move(sink), pool_, spdlog::async_overflow_policy::overrun_oldest
        );
        logger->set_level(spdlog::level::trace);  // Logger::is_enabled() has decided already.
        return logger;
    }

    std::shared_mutex mutex_;
    LogSettings settings_;
    std::shared_ptr<spdlog::details::thread_pool> pool_;
    std::shared_ptr<Unwritten> unwritten_;
    AsyncLogger main_;
    std::unordered_map<std::string, AsyncLogger> files_;
    std::uint64_t overrun_before_ = 0;
    std::atomic<LogLevel> level_ = LogLevel::info;
};

LogState& state() {
    // Never destroyed: lines may be written until the very end of the process; atexit writes what
    // waits.
    static auto* const instance = [] {
        std::atexit(close_log);
        return new LogState;
    }();
    return *instance;
}

void write_to_stderr(const detail::LogLine& line) {
    static std::mutex mutex;
    static detail::LineFormatter formatter(LogFormat::text);
    const std::lock_guard lock(mutex);
    const auto text = formatter.format(line);
    (void)!::write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace

Result<LogLevel> parse_log_level(std::string_view text) {
    for (const auto level :
         {LogLevel::debug, LogLevel::info, LogLevel::warning, LogLevel::error, LogLevel::critical
         }) {
        if (equals_ignoring_case(text, detail::level_name(level))) {
            return level;
        }
    }
    return fail(Errc::invalid_input, "is none of DEBUG, INFO, WARNING, ERROR, CRITICAL");
}

Result<> open_log(const LogSettings& settings) { return state().open(settings); }

void close_log() { state().close(); }

std::uint64_t dropped_log_lines() { return state().dropped(); }

Logger::Logger(std::string name) : Logger(std::move(name), nullptr) {}

Logger::Logger(std::string name, std::shared_ptr<Sink> sink)
    : name_(single_line(std::move(name))), sink_(std::move(sink)) {}

Logger Logger::to_file(std::string name, std::string_view file, bool with_name) {
    auto sink = std::make_shared<Sink>();
    sink->file = safe_file_name(file);
    sink->with_name = with_name;
    return {std::move(name), std::move(sink)};
}

Logger Logger::with_trace(std::string trace_id) const {
    auto logger = *this;
    logger.trace_id_ = single_line(std::move(trace_id));
    return logger;
}

bool Logger::is_enabled(LogLevel level) const {
    const bool always = sink_ != nullptr && !sink_->with_name && level >= LogLevel::info;
    return always || level >= state().level();
}

void Logger::write(LogLevel level, std::string message) const {
    if (!is_enabled(level)) {
        return;
    }
    if (message.size() > max_message_bytes) {
        const auto whole = message.size();
        message.resize(max_message_bytes);
        message += fmt::format("... (cut, {} bytes)", whole);
    }
    static const std::string main_file;
    const bool with_name = sink_ == nullptr || sink_->with_name;
    const auto& file = sink_ == nullptr ? main_file : sink_->file;
    if (state().post(file, level, encode(with_name, name_, trace_id_, message))) {
        return;
    }
    write_to_stderr(
        {.time = std::chrono::system_clock::now(),
         .level = level,
         .name = name_,
         .trace_id = trace_id_,
         .message = message,
         .with_name = with_name}
    );
}

}  // namespace trunkline::base
