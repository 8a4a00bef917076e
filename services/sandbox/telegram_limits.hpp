#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "json/document.hpp"

namespace trunkline::sandbox {

/// Telegram's limits to the letter (contracts/telegram.md section 6), for whoever must not break
/// one: 30 requests in any second per bot, 20 in any minute per group, one a second with a burst of
/// 3 per private chat; and nothing to a chat before its retry_after has passed. What breaks one is
/// counted, and answered with 429 if the limits are enforced. Pure; not thread-safe.
class TelegramLimits {
public:
    explicit TelegramLimits(const base::Clock& clock) : clock_(clock) {}

    struct Settings {
        bool enforce = false;
        std::int64_t bot_per_second = 30;
        std::int64_t group_per_minute = 20;
        std::int64_t private_burst = 3;
    };
    void set(Settings settings);
    const Settings& settings() const { return settings_; }

    /// Counts a request that the limits are for. Seconds to wait: it breaks one and is refused.
    std::optional<int> take(std::int64_t bot, std::int64_t chat);
    /// The chat was told 429 for another reason.
    void told_to_wait(std::int64_t bot, std::int64_t chat, int seconds);

    struct Broken {
        std::uint64_t bot = 0;
        std::uint64_t group = 0;
        std::uint64_t chat = 0;
        std::uint64_t early = 0;  ///< Before a retry_after had passed.

        std::uint64_t all() const { return bot + group + chat + early; }
    };
    const Broken& broken() const { return broken_; }
    std::uint64_t requests() const { return requests_; }
    /// The most that any bot sent within a second.
    std::size_t busiest_second() const { return busiest_second_; }
    void reset();

private:
    struct Chat {
        std::deque<base::SteadyTime> minute;  ///< Groups.
        base::SteadyTime full_at;             ///< When the burst is whole again.
        base::SteadyTime wait_until;
    };

    const base::Clock& clock_;
    Settings settings_;
    std::map<std::int64_t, std::deque<base::SteadyTime>> bots_;
    std::map<std::pair<std::int64_t, std::int64_t>, Chat> chats_;
    Broken broken_;
    std::uint64_t requests_ = 0;
    std::size_t busiest_second_ = 0;
};

/// `{"enforce":true,"bot_per_second":30,...}`; what is missing keeps Telegram's own value.
base::Result<TelegramLimits::Settings> limits_from_json(json::View view);
std::string to_json(const TelegramLimits& limits);

}  // namespace trunkline::sandbox
