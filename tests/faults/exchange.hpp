#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "poster.hpp"

namespace trunkline::faults {

/// What an exchange sent and heard.
struct Account {
    struct Sent {
        std::string marker;  ///< `<exchange>:<call>:<event>`; also a member of the event's body.
        bool acknowledged = false;
    };
    std::vector<Sent> events;
    std::uint64_t resent = 0;      ///< Attempts beyond the first.
    std::uint64_t refused = 0;     ///< Answers of 503.
    std::uint64_t surprises = 0;   ///< Answers of neither 200 nor 503.
    std::vector<double> waits_ms;  ///< From the first attempt to the acknowledgement.
};

/// One exchange with one queue, as real ones send: event after event, three seconds for each, whole
/// calls of ten events. What was not answered with 200 is sent again, but only as long as ingest
/// knows a repeat (five seconds); then it is given up and counts as not acknowledged.
class Exchange {
public:
    Exchange(int number, std::uint16_t port, std::string token, double events_per_second);
    ~Exchange();
    Exchange(const Exchange&) = delete;
    Exchange& operator=(const Exchange&) = delete;

    /// The present call is the last one.
    void end_soon() { stopping_ = true; }
    /// Ends the present call and the thread.
    void stop();
    /// After stop().
    const Account& account() const { return account_; }

private:
    void run();
    void send_call(int call);
    bool deliver(const std::string& path, const std::string& body);

    int number_;
    Poster poster_;
    std::string token_;
    std::chrono::duration<double> pace_;
    std::chrono::steady_clock::time_point due_;
    std::atomic<bool> stopping_ = false;
    Account account_;
    std::thread thread_;
};

}  // namespace trunkline::faults
