#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "codec.hpp"
#include "protocol.hpp"
#include "redis/settings.hpp"
#include "url.hpp"

namespace trunkline::redis {

/// Commands and their replies, matched by order.
class CommandProtocol final : public Protocol {
public:
    /// Called once, from inside a function of this class; must not throw.
    using Completion = std::function<void(base::Result<std::vector<Reply>>)>;

    CommandProtocol(Settings settings, const Address& address);

    /// Queues commands. An error is the answer, and `completion` is not called: `unavailable` when
    /// there is no connection or no room now, `too_large` when there never would be room,
    /// `invalid_input` for an empty command.
    base::Result<> submit(
        const std::vector<Words>& commands, base::SteadyTime now, Completion completion
    );

    void on_open(base::SteadyTime now) override;
    std::optional<base::Error> on_bytes(std::string_view bytes, base::SteadyTime now) override;
    std::optional<base::Error> on_time(base::SteadyTime now) override;
    void on_lost(const base::Error& reason, base::SteadyTime now) override;
    std::string take_output() override;
    base::SteadyTime next_deadline() const override;
    bool is_ready() const override { return state_ == State::ready; }

private:
    enum class State { closed, greeting, ready };
    // Commands of one submit; the oldest is at the front and so is the earliest deadline.
    struct Slot {
        std::size_t expected = 0;
        std::vector<Reply> replies;
        base::SteadyTime deadline;
        Completion completion;
    };

    base::Result<> check(const std::vector<Words>& commands, const std::string& bytes) const;
    void push(std::size_t count, std::string_view bytes, base::SteadyTime now, Completion done);
    std::optional<base::Error> accept(Reply reply);
    void finish_greeting(const base::Result<std::vector<Reply>>& replies);

    Settings settings_;
    std::vector<Words> greeting_;
    State state_ = State::closed;
    std::unique_ptr<Decoder> decoder_;
    std::deque<Slot> slots_;
    std::size_t in_flight_ = 0;
    std::string output_;
    base::SteadyTime last_activity_;
    std::optional<base::Error> refused_;  ///< An error reply to the greeting.
};

}  // namespace trunkline::redis
