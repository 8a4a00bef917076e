// Reads an AMI stream from a file as often as told and says how fast, as JSON: bench_ami WHAT FILE
// ROUNDS. WHAT: parser, tracker, strchr; memory follows all rounds with one tracker, each round
// with UniqueIds of its own, and says how much memory it took. The stream comes in pieces of 16
// KiB, as from a socket.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "ami/parser.hpp"
#include "base/clock.hpp"
#include "pbx/call_tracker.hpp"
#include "strchr_lexer.h"

namespace {

constexpr std::size_t piece = std::size_t{16} << 10;

struct Tally {
    unsigned long messages = 0;
    unsigned long headers = 0;
    unsigned long told = 0;  ///< Webhook events.
};

Tally run_parser(std::string_view stream) {
    trunkline::ami::Parser parser;
    Tally tally;
    for (std::size_t at = 0; at < stream.size(); at += piece) {
        parser.feed(stream.substr(at, piece));
        while (const auto message = parser.next()) {
            ++tally.messages;
            tally.headers += message->size();
        }
    }
    return tally;
}

Tally run_tracker(std::string_view stream) {
    trunkline::pbx::CallTrackerSettings settings;
    settings.token = "375293332255";
    trunkline::pbx::CallTracker tracker(settings);
    trunkline::ami::Parser parser;
    Tally tally;
    const auto now = trunkline::base::system_clock().now();
    for (std::size_t at = 0; at < stream.size(); at += piece) {
        parser.feed(stream.substr(at, piece));
        while (const auto message = parser.next()) {
            ++tally.messages;
            tally.headers += message->size();
            tally.told += tracker.take(*message, now).size();
        }
    }
    return tally;
}

/// The process's own memory in KiB.
unsigned long memory() {
    std::ifstream status("/proc/self/status");
    std::string word;
    while (status >> word) {
        if (word == "RssAnon:") {
            unsigned long kib = 0;
            status >> kib;
            return kib;
        }
    }
    return 0;
}

/// Where the stream's UniqueIds have their seven first digits, which are the same in all of them.
std::vector<std::size_t> places_of_ids(std::string_view stream) {
    std::vector<std::size_t> places;
    constexpr std::string_view header = "niqueid: ";
    const auto at = stream.find(header);
    const std::string_view first = stream.substr(at + header.size(), 7);
    for (auto place = stream.find(first); place != std::string_view::npos;
         place = stream.find(first, place + first.size())) {
        if (place + 10 < stream.size() && stream[place + 10] == '.') {
            places.push_back(place);
        }
    }
    return places;
}

/// One exchange that is never done: the load again and again, each time as new calls.
int run_memory(std::string stream, long rounds) {
    trunkline::pbx::CallTrackerSettings settings;
    settings.token = "375293332255";
    trunkline::pbx::CallTracker tracker(settings);
    trunkline::ami::Parser parser;
    const auto places = places_of_ids(stream);
    auto now = trunkline::base::system_clock().now();
    unsigned long hangups = 0;
    unsigned long settled = 0;
    unsigned long highest = 0;
    std::size_t left = 0;
    for (long round = 0; round < rounds; ++round) {
        const std::string digits = std::to_string(1'000'000 + round);
        for (const std::size_t place : places) {
            std::memcpy(stream.data() + place, digits.data(), digits.size());
        }
        now += std::chrono::minutes(1);
        for (std::size_t at = 0; at < stream.size(); at += piece) {
            parser.feed(std::string_view(stream).substr(at, piece));
            while (const auto message = parser.next()) {
                for (const auto& event : tracker.take(*message, now)) {
                    hangups += event.type == trunkline::call::EventType::hangup ? 1 : 0;
                }
            }
        }
        tracker.tick(now);
        left += tracker.channels() + tracker.calls() + tracker.bridges();
        // What the allocator and the bounded lists need has been taken after some rounds.
        settled = round == std::min(rounds - 1, 50L) ? memory() : settled;
        highest = std::max(highest, memory());
    }
    std::printf(
        "{\"calls\":%lu,\"left\":%zu,\"settled_kib\":%lu,\"highest_kib\":%lu,\"end_kib\":%lu}\n",
        hangups,
        left,
        settled,
        highest,
        memory()
    );
    return 0;
}

Tally run_strchr(std::string_view stream) {
    std::vector<char> buffer((2 * piece) + 1);
    Tally tally;
    std::size_t kept = 0;
    for (std::size_t at = 0; at < stream.size(); at += piece) {
        const auto part = stream.substr(at, piece);
        if (buffer.size() < kept + part.size() + 1) {
            buffer.resize(kept + part.size() + 1);
        }
        std::memcpy(buffer.data() + kept, part.data(), part.size());
        const std::size_t size = kept + part.size();
        // It writes NULs into what it reads, so the unfinished message is read again from a copy.
        const std::vector<char> copy(
            buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(size)
        );
        const auto used = strchr_lex(buffer.data(), size, &tally.messages, &tally.headers);
        kept = size - used;
        std::memcpy(buffer.data(), copy.data() + used, kept);
    }
    return tally;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) {
        std::fputs("usage: bench_ami parser|tracker|strchr|memory FILE ROUNDS\n", stderr);
        return 2;
    }
    std::ifstream file(argv[2], std::ios::binary);
    const std::string stream{
        std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()
    };
    const long rounds = std::strtol(argv[3], nullptr, 10);
    const std::string_view what = argv[1];
    if (what == "memory" && !stream.empty()) {
        return run_memory(stream, rounds);
    }
    const auto run = what == "parser"    ? run_parser
                     : what == "tracker" ? run_tracker
                     : what == "strchr"  ? run_strchr
                                         : nullptr;
    if (stream.empty() || rounds < 1 || run == nullptr) {
        std::fputs("bench_ami: nothing to measure\n", stderr);
        return 2;
    }
    Tally tally;
    const auto begin = std::chrono::steady_clock::now();
    for (long i = 0; i < rounds; ++i) {
        tally = run(stream);
    }
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    std::printf(
        "{\"messages\":%lu,\"headers\":%lu,\"told\":%lu,\"bytes\":%zu,\"rounds\":%ld,\"seconds\":%."
        "6f}\n",
        tally.messages,
        tally.headers,
        tally.told,
        stream.size(),
        rounds,
        seconds
    );
    return 0;
}
