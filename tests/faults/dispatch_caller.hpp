#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "poster.hpp"

namespace trunkline::faults {

/// A call as it was dispatched.
struct DispatchedCall {
    std::string unique_id;
    bool has_dial = false;  ///< Else the gateway has to make one up.
    bool has_bridge = false;
    bool is_internal = false;  ///< Nothing of it may reach a CRM.
};

/// Sends the gateway whole calls of one enterprise, as ingest does: event after event, each again
/// until it is accepted. Some with the member `call`, some with the seed's four members alone.
class DispatchCaller {
public:
    DispatchCaller(
        int number, std::vector<std::uint16_t> ports, std::string token, double events_per_second
    );
    ~DispatchCaller();
    DispatchCaller(const DispatchCaller&) = delete;
    DispatchCaller& operator=(const DispatchCaller&) = delete;

    /// Ends the present call and the thread. The gateway must run.
    void stop();
    // After stop():
    const std::vector<DispatchedCall>& calls() const { return calls_; }
    std::uint64_t accepted() const { return accepted_; }
    std::uint64_t repeated() const { return repeated_; }    ///< Answered as duplicates.
    std::uint64_t surprises() const { return surprises_; }  ///< Answers of no known kind.

private:
    void run();
    void send_call(int call);
    void send(const std::string& kind, const std::string& body);

    int number_;
    std::string token_;
    std::vector<std::unique_ptr<Poster>> posters_;
    std::size_t next_poster_ = 0;
    std::chrono::duration<double> pace_;
    std::chrono::steady_clock::time_point due_;
    std::atomic<bool> stopping_ = false;
    std::vector<DispatchedCall> calls_;
    std::uint64_t accepted_ = 0;
    std::uint64_t repeated_ = 0;
    std::uint64_t surprises_ = 0;
    std::thread thread_;
};

}  // namespace trunkline::faults
