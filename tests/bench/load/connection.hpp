#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "answer_reader.hpp"

namespace trunkline::bench {

using Clock = std::chrono::steady_clock;

/// One keep-alive connection to 127.0.0.1 with at most one request under way, like an exchange that
/// sends one event after another. Not thread-safe.
class Connection {
public:
    explicit Connection(std::uint16_t port) : port_(port) {}
    ~Connection() { close(); }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// Throws std::system_error.
    void open();
    void close();
    int descriptor() const { return descriptor_; }

    /// `counts_from` is where the answer's latency begins. False: the connection is broken.
    bool send(std::string_view request, Clock::time_point counts_from);
    bool is_busy() const { return is_busy_; }
    Clock::time_point counts_from() const { return counts_from_; }

    /// What has arrived; after complete the answer can be looked at until the next send().
    AnswerReader::State receive();
    const AnswerReader& answer() const { return reader_; }

private:
    std::uint16_t port_;
    int descriptor_ = -1;
    bool is_busy_ = false;
    Clock::time_point counts_from_;
    AnswerReader reader_;
};

}  // namespace trunkline::bench
