#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <utility>

#include "base/clock.hpp"

namespace trunkline::telegram {

/// When the next request to a chat may go (contracts/telegram.md section 6): 25 in any second per
/// bot, one a second with a burst of three per chat, 18 in any minute per group besides. Edits,
/// sends and deletes share. A request counts from the moment when its answer came, for only then is
/// it known to have arrived: however long others were under way, Telegram never sees more than
/// this. Pure; not thread-safe.
class Pacing {
public:
    explicit Pacing(const base::Clock& clock) : clock_(clock) {}

    /// Zero: a request by this bot may go now, as far as the bot itself is concerned.
    base::Duration bot_wait(std::int64_t bot);
    /// The same for the chat; requests to one chat must go one after another.
    base::Duration chat_wait(std::int64_t bot, std::int64_t chat);

    /// A request goes out now; end() must follow.
    void begin(std::int64_t bot, std::int64_t chat);
    /// Its answer is here, or no longer waited for.
    void end(std::int64_t bot, std::int64_t chat);
    /// It was not sent after all: what end() would be, but nothing counts.
    void cancel(std::int64_t bot, std::int64_t chat);

    /// A request of another process, answered `age` ago; older ones first.
    void note_past(std::int64_t bot, std::int64_t chat, base::Duration age);

    /// After a 429: nothing to that chat until then. True: it is the third chat of this bot within
    /// a second, and nothing goes by the whole bot until then.
    bool flooded(std::int64_t bot, std::int64_t chat, base::Duration pause);
    void block_chat(std::int64_t bot, std::int64_t chat, base::Duration pause);
    void block_bot(std::int64_t bot, base::Duration pause);
    void unblock_bot(std::int64_t bot);

    /// Somebody else speaks for the bot from now on.
    void forget(std::int64_t bot);
    /// Forgets chats that have been quiet; call now and then.
    void sweep();

    std::size_t size() const { return chats_.size() + bots_.size(); }

private:
    struct Bot {
        int under_way = 0;
        std::deque<base::SteadyTime> answered;  ///< Of the last second.
        base::SteadyTime blocked_until;
        std::deque<std::pair<base::SteadyTime, std::int64_t>> floods;  ///< Of the last second.
    };
    struct Chat {
        /// When the allowance is whole again (the theoretical arrival time of GCRA).
        base::SteadyTime full_at;
        base::SteadyTime blocked_until;
        std::deque<base::SteadyTime> answered;  ///< Of the last minute, groups only.
        int under_way = 0;
    };
    void count(Bot& of_bot, Chat& of_chat, std::int64_t chat, base::SteadyTime at);

    const base::Clock& clock_;
    std::map<std::int64_t, Bot> bots_;
    std::map<std::pair<std::int64_t, std::int64_t>, Chat> chats_;
};

}  // namespace trunkline::telegram
