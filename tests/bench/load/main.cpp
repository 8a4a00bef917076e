// Posts call events to 127.0.0.1:PORT and prints one line of JSON. See usage.

#include <fmt/format.h>
#include <sys/resource.h>

#include <charconv>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iterator>
#include <map>
#include <stdexcept>
#include <string>

#include "json/writer.hpp"
#include "runner.hpp"

namespace {

using namespace trunkline;

constexpr auto usage =
    "usage: bench_load --calls FILE --port N [--connections 64] [--seconds 10] [--warm-up 2]\n"
    "                  [--rate EVENTS_A_SECOND] [--enterprises N] [--run N]\n"
    "Without --rate each connection sends its next event when it has the answer to the last one.\n";

double number(const std::map<std::string, std::string>& given, const char* name, double otherwise) {
    const auto found = given.find(name);
    if (found == given.end()) {
        return otherwise;
    }
    double value = 0;
    const auto* end = found->second.data() + found->second.size();
    const auto parsed = std::from_chars(found->second.data(), end, value);
    if (parsed.ec != std::errc{} || parsed.ptr != end || value < 0) {
        throw std::runtime_error(fmt::format("{} wants a number", name));
    }
    return value;
}

std::string content_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        throw std::runtime_error("cannot read " + path);
    }
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::chrono::milliseconds milliseconds(double seconds) {
    return std::chrono::milliseconds(static_cast<long>(seconds * 1000));
}

double own_cpu_seconds() {
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

std::string to_json(bench::LoadReport& report) {
    json::Writer writer;
    writer.begin_object()
        .member("seconds", report.seconds)
        .member("counted_ok", static_cast<std::int64_t>(report.counted_ok))
        .member("all_ok", static_cast<std::int64_t>(report.all_ok))
        .member("duplicates", static_cast<std::int64_t>(report.duplicates))
        .member("failed", static_cast<std::int64_t>(report.failed))
        .member("first_failure", report.first_failure)
        .member("cpu_seconds", own_cpu_seconds());
    for (const auto& [name, share] :
         {std::pair{"p50_us", 0.5},
          {"p90_us", 0.9},
          {"p99_us", 0.99},
          {"p999_us", 0.999},
          {"max_us", 1.0}}) {
        writer.member(name, static_cast<std::int64_t>(report.latencies.percentile(share)));
    }
    return writer.end_object().take();
}

int run(const std::map<std::string, std::string>& given) {
    if (!given.contains("--calls") || !given.contains("--port")) {
        std::fputs(usage, stderr);
        return 2;
    }
    auto patterns = bench::parse_patterns(content_of(given.at("--calls")));
    if (!patterns || patterns->empty()) {
        throw std::runtime_error(patterns ? "no calls in the file" : patterns.error().detail);
    }
    bench::LoadOptions options;
    options.port = static_cast<std::uint16_t>(number(given, "--port", 0));
    options.connections = static_cast<std::size_t>(number(given, "--connections", 64));
    options.duration = milliseconds(number(given, "--seconds", 10));
    options.warm_up = milliseconds(number(given, "--warm-up", 2));
    options.rate = number(given, "--rate", 0);
    options.enterprises =
        static_cast<std::uint32_t>(std::max(1.0, number(given, "--enterprises", 1)));
    options.run = static_cast<std::uint64_t>(number(given, "--run", 0));
    bench::Runner runner(options, std::move(*patterns));
    auto report = runner.run();
    fmt::print("{}\n", to_json(report));
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        std::map<std::string, std::string> given;
        for (int i = 1; i + 1 < argc; i += 2) {
            given[argv[i]] = argv[i + 1];
        }
        return run(given);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bench_load: %s\n", error.what());
        return 1;
    }
}
