#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "ami/action.hpp"
#include "ami/message.hpp"
#include "ami/reply.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"

namespace trunkline::ami {

struct SessionSettings {
    std::string username;
    std::string secret;
    bool use_challenge = true;  ///< MD5: the secret does not cross the wire.
    std::string events = "on";
    std::chrono::milliseconds login_limit{10'000};  ///< Banner, challenge and login together.
    /// How long after the login FullyBooted is waited for. A user without the class `system` never
    /// gets it.
    std::chrono::milliseconds boot_limit{3'000};
    std::chrono::milliseconds ping_after{15'000};  ///< Of silence.
    std::chrono::milliseconds ping_limit{10'000};
    std::size_t max_pending = 256;
    std::size_t max_items = 50'000;                       ///< Of one list.
    std::size_t max_reply_bytes = std::size_t{16} << 20;  ///< Of one reply.
    std::string id_prefix;  ///< Of our ActionIDs; random, so that nobody else's look like ours.
};

/// What came of one message or of time passing.
enum class News {
    none,
    event,    ///< An event for whoever listens.
    ready,    ///< Logged in, and the exchange has booted or does not say.
    booted,   ///< FullyBooted came after `ready`: what was asked before may be incomplete.
    refused,  ///< Wrong user, secret or address: trying again soon is of no use.
    broken,   ///< The connection is of no use any more; why() says why.
};

/// The talk with an exchange over one connection, without the connection: bytes to send come out
/// of take_output(), messages go into take(), time into tick(). Not thread-safe.
class Session {
public:
    enum class Phase { banner, challenge, login, booting, ready, over };

    Session(SessionSettings settings, base::SteadyTime now);

    struct Completion {
        std::uint64_t id = 0;
        base::Result<Reply> result;
    };

    News take(const Message& message, base::SteadyTime now);
    News tick(base::SteadyTime now);
    /// When tick() has something to do.
    base::SteadyTime next_deadline() const;

    /// `rate_limited` when too many wait already, `unavailable` before `ready` and after the end.
    base::Result<std::uint64_t> submit(const Action& action, base::SteadyTime deadline);
    /// Nobody waits for it any more.
    void forget(std::uint64_t id) { pending_.erase(id); }
    /// The connection has ended: what waits is completed, with `timeout`, for whether it was done
    /// is unknown.
    void end(std::string why);

    std::string take_output() { return std::exchange(output_, {}); }
    bool has_output() const { return !output_.empty(); }
    std::vector<Completion> take_completions() { return std::exchange(completions_, {}); }

    Phase phase() const { return phase_; }
    bool is_booted() const { return is_booted_; }
    const std::string& banner() const { return banner_; }
    const std::string& why() const { return why_; }
    std::size_t pending() const { return pending_.size(); }
    /// Of the last Ping; zero before.
    std::chrono::microseconds response_time() const { return response_time_; }
    /// Answers that nobody waited for any more, or that name no action.
    std::uint64_t strays() const { return strays_; }

private:
    struct Pending {
        base::SteadyTime deadline;
        std::vector<StoredMessage> parts;  ///< The response, then items.
        std::size_t bytes = 0;
        bool is_list = false;
        std::string name;
    };

    void write(const base::Result<Action>& action, std::string_view id);
    News take_banner(const Message& message);
    News take_challenge(const Message& message);
    News take_login(const Message& message, base::SteadyTime now);
    News take_event(const Message& message, base::SteadyTime now);
    News take_response(const Message& message);
    News fail(News news, std::string why);
    Pending* find(const Message& message);
    bool collect(std::uint64_t id, Pending& pending, const Message& message);
    void complete(std::uint64_t id, const Message* last);
    void refuse(std::uint64_t id, base::Errc code, std::string detail);
    News become_ready();
    bool is_in_login() const { return phase_ < Phase::booting; }

    SessionSettings settings_;
    Phase phase_ = Phase::banner;
    base::SteadyTime phase_limit_;
    base::SteadyTime heard_;
    base::SteadyTime ping_sent_{};
    bool is_pinging_ = false;
    bool is_booted_ = false;
    std::uint64_t next_id_ = 1;
    std::uint64_t found_id_ = 0;
    std::map<std::uint64_t, Pending> pending_;
    std::vector<Completion> completions_;
    std::string output_;
    std::string banner_;
    std::string why_;
    std::chrono::microseconds response_time_{0};
    std::uint64_t strays_ = 0;
};

}  // namespace trunkline::ami
