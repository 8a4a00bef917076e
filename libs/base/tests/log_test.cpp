#include "base/log.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <regex>
#include <thread>
#include <vector>

#include "base/clock.hpp"
#include "log_file.hpp"
#include "log_line.hpp"
#include "testing/catch.hpp"
#include "testing/temp_folder.hpp"

using namespace trunkline;
using base::LogLevel;
using base::detail::LineFormatter;
using base::detail::LogFile;
using base::detail::LogLine;

namespace {

std::string content(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> lines(const std::filesystem::path& path) {
    std::vector<std::string> all;
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        all.push_back(line);
    }
    return all;
}

/// The local zone for one test; formatters made meanwhile use it.
class LocalZone {
public:
    explicit LocalZone(const char* zone) { setenv("TZ", zone, 1); }
    ~LocalZone() {
        unsetenv("TZ");
        tzset();
    }
    LocalZone(const LocalZone&) = delete;
    LocalZone& operator=(const LocalZone&) = delete;
};

/// The open log of one test.
class OpenLog {
public:
    explicit OpenLog(base::LogSettings settings = {}) {
        settings.folder = folder_.path() / "logs";
        const auto opened = base::open_log(settings);
        REQUIRE(opened.has_value());
    }
    ~OpenLog() { base::close_log(); }
    OpenLog(const OpenLog&) = delete;
    OpenLog& operator=(const OpenLog&) = delete;

    std::filesystem::path path(std::string_view file) const {
        return folder_.path() / "logs" / file;
    }

private:
    testing::TempFolder folder_;
};

LogLine example_line() {
    const auto time = base::parse_iso8601("2025-10-01T11:23:45.123Z").value();
    LogLine line;
    line.time = time;
    line.name = "ingest";
    line.message = "started";
    return line;
}

std::string formatted(const LogLine& line, base::LogFormat format) {
    const LocalZone zone("Europe/Minsk");
    return LineFormatter(format).format(line);
}

}  // namespace

TEST_CASE("a text line has local time, level, name and message", "[base]") {
    auto line = example_line();
    CHECK(
        formatted(line, base::LogFormat::text) == "2025-10-01 14:23:45,123 [INFO] ingest: started\n"
    );
    line.level = LogLevel::warning;
    line.trace_id = "4bf92f3577b34da6a3ce929d0e0e4736";
    CHECK(
        formatted(line, base::LogFormat::text) ==
        "2025-10-01 14:23:45,123 [WARNING] ingest: started trace=4bf92f3577b34da6a3ce929d0e0e4736\n"
    );
}

TEST_CASE("a line without a name ends with its message", "[base]") {
    auto line = example_line();
    line.with_name = false;
    line.trace_id = "4bf92f3577b34da6a3ce929d0e0e4736";
    line.message = "🧪 TEST EVENT: hangup";
    CHECK(
        formatted(line, base::LogFormat::text) ==
        "2025-10-01 14:23:45,123 [INFO] 🧪 TEST EVENT: hangup\n"
    );
}

TEST_CASE("a JSON line has time with its zone and the trace id", "[base]") {
    auto line = example_line();
    line.level = LogLevel::critical;
    line.message = "a \"quoted\"\nline\x01 of М\\";
    CHECK(
        formatted(line, base::LogFormat::json) ==
        "{\"time\":\"2025-10-01T14:23:45.123+03:00\",\"level\":\"CRITICAL\",\"name\":\"ingest\","
        "\"message\":\"a \\\"quoted\\\"\\nline\\u0001 of М\\\\\"}\n"
    );
    line.message = "x";
    line.trace_id = "0af7";
    CHECK_THAT(
        formatted(line, base::LogFormat::json),
        ContainsSubstring("\"message\":\"x\",\"trace_id\":\"0af7\"}\n")
    );
}

TEST_CASE("a named line cannot be forged by text from outside", "[base]") {
    auto line = example_line();
    line.message = "name: Bob\r\n2025-10-01 14:23:45,123 [INFO] forged: line \x1b[2J\tend";
    CHECK(
        formatted(line, base::LogFormat::text) ==
        "2025-10-01 14:23:45,123 [INFO] ingest: name: Bob\\r\\n2025-10-01 14:23:45,123 [INFO] "
        "forged: line "
        "\\x1b[2J\tend\n"
    );
}

TEST_CASE("a line without a name may span several", "[base]") {
    auto line = example_line();
    line.with_name = false;
    line.message = "📦 Full Body: {\n  \"a\": 1\n}";
    CHECK(
        formatted(line, base::LogFormat::text) ==
        "2025-10-01 14:23:45,123 [INFO] 📦 Full Body: {\n  \"a\": 1\n}\n"
    );
}

TEST_CASE("bytes that are not UTF-8 are replaced and secrets are hidden", "[base]") {
    auto line = example_line();
    line.message = "name \xCC, api_key=abc";
    CHECK_THAT(
        formatted(line, base::LogFormat::json), ContainsSubstring("name \xEF\xBF\xBD, api_key=***")
    );
}

TEST_CASE("times before and after the change of clocks show their own offset", "[base]") {
    const LocalZone zone("Europe/Berlin");
    LineFormatter formatter(base::LogFormat::json);
    auto line = example_line();
    line.time = base::parse_iso8601("2025-10-26T00:59:59.999Z").value();
    CHECK_THAT(formatter.format(line), ContainsSubstring("2025-10-26T02:59:59.999+02:00"));
    line.time = base::parse_iso8601("2025-10-26T01:00:00Z").value();
    CHECK_THAT(formatter.format(line), ContainsSubstring("2025-10-26T02:00:00.000+01:00"));
}

TEST_CASE("a file over its limit becomes a backup and old backups go", "[base]") {
    const testing::TempFolder folder;
    const auto path = folder.path() / "app.log";
    LogFile file(path, 10, 2);
    for (const auto* line : {"first\n", "second\n", "third\n", "fourth\n", "5\n"}) {
        REQUIRE(file.write(line));
    }
    CHECK(content(path) == "fourth\n5\n");
    CHECK(content(path.string() + ".1") == "third\n");
    CHECK(content(path.string() + ".2") == "second\n");
    CHECK_FALSE(std::filesystem::exists(path.string() + ".3"));
}

TEST_CASE("without backups a full file is emptied", "[base]") {
    const testing::TempFolder folder;
    LogFile file(folder.path() / "app.log", 8, 0);
    REQUIRE(file.write("first\n"));
    REQUIRE(file.write("second\n"));
    CHECK(content(folder.path() / "app.log") == "second\n");
    CHECK_FALSE(std::filesystem::exists(folder.path() / "app.log.1"));
}

TEST_CASE("a line longer than the limit is written whole", "[base]") {
    const testing::TempFolder folder;
    LogFile file(folder.path() / "app.log", 4, 1);
    REQUIRE(file.write("longer than four\n"));
    CHECK(content(folder.path() / "app.log") == "longer than four\n");
}

TEST_CASE("a file that was there is appended to and counts towards the limit", "[base]") {
    const testing::TempFolder folder;
    const auto path = folder.path() / "app.log";
    std::ofstream(path) << "from yesterday\n";
    LogFile file(path, 32, 1);
    REQUIRE(file.write("today\n"));
    CHECK(content(path) == "from yesterday\ntoday\n");
    REQUIRE(file.write("no longer fits in\n"));
    CHECK(content(path) == "no longer fits in\n");
}

TEST_CASE("emptying the file while it is written leaves no hole and resets the size", "[base]") {
    const testing::TempFolder folder;
    const auto path = folder.path() / "app.log";
    LogFile file(path, 20, 1);
    REQUIRE(file.write("sixteen bytes..\n"));
    std::filesystem::resize_file(path, 0);
    REQUIRE(file.write("after\n"));
    CHECK(content(path) == "after\n");
    struct stat status{};
    REQUIRE(stat(path.c_str(), &status) == 0);
    CHECK(status.st_size == 6);
    CHECK_FALSE(std::filesystem::exists(path.string() + ".1"));
}

TEST_CASE("a deleted file or folder is made again", "[base]") {
    const testing::TempFolder folder;
    const auto path = folder.path() / "logs" / "app.log";
    LogFile file(path, 1000, 1);
    REQUIRE(file.write("one\n"));
    std::filesystem::remove(path);
    REQUIRE(file.write("two\n"));
    CHECK(content(path) == "two\n");
    std::filesystem::remove_all(folder.path() / "logs");
    REQUIRE(file.write("three\n"));
    CHECK(content(path) == "three\n");
}

TEST_CASE("a file that was moved away is left alone", "[base]") {
    const testing::TempFolder folder;
    const auto path = folder.path() / "app.log";
    LogFile file(path, 1000, 1);
    REQUIRE(file.write("one\n"));
    std::filesystem::rename(path, folder.path() / "moved.log");
    REQUIRE(file.write("two\n"));
    CHECK(content(path) == "two\n");
    CHECK(content(folder.path() / "moved.log") == "one\n");
}

TEST_CASE("a file that cannot be opened says which and why", "[base]") {
    const testing::TempFolder folder;
    std::ofstream(folder.path() / "file") << "x";
    LogFile file(folder.path() / "file" / "app.log", 10, 1);
    const auto opened = file.open();
    REQUIRE_FALSE(opened.has_value());
    CHECK(opened.error().code == base::Errc::unavailable);
    CHECK_THAT(opened.error().detail, ContainsSubstring("app.log"));
}

TEST_CASE("lines of the main log arrive in order with level and name", "[base]") {
    std::vector<std::string> written;
    {
        const OpenLog log({.level = LogLevel::debug});
        const base::Logger logger("pg.pool");
        logger.debug("{}", 1);
        logger.info("{} and {}", 2, "three");
        logger.warning("w");
        logger.error("e");
        logger.with_trace("0af7").critical("c");
        base::close_log();
        written = lines(log.path("app.log"));
    }
    REQUIRE(written.size() == 5);
    const std::regex shape(R"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} \[[A-Z]+\] pg\.pool: .*)");
    for (const auto& line : written) {
        CAPTURE(line);
        CHECK(std::regex_match(line, shape));
    }
    CHECK_THAT(written[0], ContainsSubstring("[DEBUG] pg.pool: 1"));
    CHECK_THAT(written[1], ContainsSubstring("[INFO] pg.pool: 2 and three"));
    CHECK_THAT(written[2], ContainsSubstring("[WARNING]"));
    CHECK_THAT(written[3], ContainsSubstring("[ERROR]"));
    CHECK_THAT(written[4], ContainsSubstring("[CRITICAL] pg.pool: c trace=0af7"));
}

TEST_CASE("lines below the level are not written", "[base]") {
    const OpenLog log({.level = LogLevel::warning});
    const base::Logger logger("quiet");
    CHECK_FALSE(logger.is_enabled(LogLevel::info));
    logger.info("not this");
    logger.write(LogLevel::info, "nor this");
    logger.error("this");
    base::close_log();
    CHECK(lines(log.path("app.log")).size() == 1);
}

TEST_CASE("a logger of its own file shares it with others of that file", "[base]") {
    const OpenLog log({.level = LogLevel::error});
    const auto first = base::Logger::to_file("debug", "0367.log", false);
    const auto second = base::Logger::to_file("debug", "0367.log", false);
    first.info("🧪 TEST EVENT: {}", "hangup");
    second.info("📋 Token: {}, UniqueId: {}", "375293332255", "1.2");
    base::close_log();
    const auto written = lines(log.path("0367.log"));
    REQUIRE(written.size() == 2);
    CHECK_THAT(written[0], ContainsSubstring(" [INFO] 🧪 TEST EVENT: hangup"));
    CHECK(written[0].ends_with(" hangup"));
    CHECK_THAT(written[1], ContainsSubstring("] 📋 Token: 375293332255, UniqueId: 1.2"));
    CHECK(lines(log.path("app.log")).empty());
}

TEST_CASE("a file name cannot leave the folder of the logs", "[base]") {
    const OpenLog log;
    base::Logger::to_file("x", "../../escaped.log", false).info("line");
    base::close_log();
    CHECK(lines(log.path("_.._.._escaped.log")).size() == 1);
}

TEST_CASE("an overlong message is cut", "[base]") {
    const OpenLog log;
    base::Logger("long").info("{}", std::string(300'000, 'x'));
    base::close_log();
    const auto written = content(log.path("app.log"));
    CHECK(written.size() < 263'000);
    CHECK(written.ends_with("x... (cut, 300000 bytes)\n"));
}

TEST_CASE("a folder that cannot be made fails the opening", "[base]") {
    const testing::TempFolder folder;
    std::ofstream(folder.path() / "file") << "x";
    const auto opened = base::open_log({.folder = folder.path() / "file" / "logs"});
    CHECK_FALSE(opened.has_value());
}

TEST_CASE("the log can be closed and opened again", "[base]") {
    const testing::TempFolder folder;
    for (const auto* line : {"first", "second"}) {
        REQUIRE(base::open_log({.folder = folder.path()}).has_value());
        base::Logger("again").info("{}", line);
        base::close_log();
    }
    CHECK(lines(folder.path() / "app.log").size() == 2);
}

TEST_CASE("every line of every thread is written whole or counted as dropped", "[base]") {
    constexpr int threads = 4;
    constexpr int each = 5'000;
    const OpenLog log;
    const auto dropped_before = base::dropped_log_lines();
    {
        std::vector<std::jthread> writers;
        for (int number = 0; number < threads; ++number) {
            writers.emplace_back([number] {
                const base::Logger logger("writer");
                for (int line = 0; line < each; ++line) {
                    logger.info("{} {} end", number, line);
                }
            });
        }
    }
    base::close_log();
    const auto written = lines(log.path("app.log"));
    for (const auto& line : written) {
        REQUIRE(line.ends_with(" end"));
    }
    CHECK(written.size() + base::dropped_log_lines() - dropped_before == threads * each);
}

TEST_CASE("the log may be closed while threads still write", "[base]") {
    // Standard error takes the lines that come too late, so they are few.
    const OpenLog log({.level = LogLevel::error});
    std::atomic<bool> done = false;
    std::jthread writer([&done] {
        const base::Logger logger("late");
        const auto debug = base::Logger::to_file("late", "late.log", true);
        while (!done) {
            logger.info("below the level");
            static_cast<void>(debug.is_enabled(LogLevel::error));
        }
        debug.error("the last line, on standard error");
    });
    base::close_log();
    done = true;
}

TEST_CASE("level names are read in any case and nothing else is a level", "[base]") {
    CHECK(base::parse_log_level("DEBUG") == LogLevel::debug);
    CHECK(base::parse_log_level("Info") == LogLevel::info);
    CHECK(base::parse_log_level("warning") == LogLevel::warning);
    CHECK(base::parse_log_level("error") == LogLevel::error);
    CHECK(base::parse_log_level("critical") == LogLevel::critical);
    CHECK_FALSE(base::parse_log_level("warn").has_value());
    CHECK_FALSE(base::parse_log_level("").has_value());
}
