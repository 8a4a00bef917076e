#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "call_patterns.hpp"
#include "connection.hpp"
#include "latencies.hpp"

namespace trunkline::bench {

struct LoadOptions {
    std::uint16_t port = 0;
    std::size_t connections = 64;
    std::chrono::milliseconds warm_up{2000};  ///< Not counted in latencies and the rate.
    std::chrono::milliseconds duration{10000};
    /// Events a second, whatever the answers do; 0: each connection sends when it has its answer.
    double rate = 0;
    std::uint32_t enterprises = 1;
    std::uint64_t run = 0;
};

struct LoadReport {
    double seconds = 0;            ///< Of the counted part.
    std::uint64_t counted_ok = 0;  ///< Answers with 2xx in the counted part.
    std::uint64_t all_ok = 0;      ///< With warm-up and what was still under way at the end.
    std::uint64_t duplicates = 0;  ///< Of all_ok, those that the answer calls one.
    std::uint64_t failed = 0;      ///< Other answers, broken connections, no answer.
    std::map<int, std::uint64_t> statuses;
    std::string first_failure;
    Latencies latencies;
};

/// Plays calls over many connections from one thread with epoll. At a fixed rate, an event's
/// latency counts from the moment that it was due, so that a server that stalls cannot hide the
/// events which it kept from being sent.
class Runner {
public:
    Runner(LoadOptions options, std::vector<CallPattern> patterns);
    ~Runner();
    Runner(const Runner&) = delete;
    Runner& operator=(const Runner&) = delete;

    /// Throws std::system_error if the server cannot be reached at all.
    LoadReport run();

private:
    struct Player {
        explicit Player(std::uint16_t port) : connection(port) {}
        Connection connection;
        const CallPattern* pattern = nullptr;
        std::size_t next_event = 0;
        CallValues values;
    };

    void open_all();
    void watch(Player& player);
    void send_next(Player& player, Clock::time_point counts_from);
    void start_call(Player& player);
    void send_what_is_due(Clock::time_point now);
    void on_ready(Player& player);
    void count_answer(const Player& player, Clock::time_point now);
    void fail(Player& player, const std::string& why);
    void wait_and_handle(Clock::time_point until);
    bool has_outstanding() const;

    LoadOptions options_;
    std::vector<CallPattern> patterns_;
    std::vector<std::unique_ptr<Player>> players_;
    std::deque<Player*> idle_;
    int epoll_ = -1;
    std::uint64_t calls_ = 0;
    std::uint64_t due_sent_ = 0;
    Clock::time_point begin_;
    Clock::time_point counted_from_;
    Clock::time_point end_;
    bool is_ending_ = false;
    std::string request_;
    LoadReport report_;
};

}  // namespace trunkline::bench
