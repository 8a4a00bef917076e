#pragma once

#include <cstdint>
#include <map>
#include <utility>

#include "base/clock.hpp"

namespace trunkline::telegram {

/// When the next request to a chat may go: 25 a second per bot, one a second with a burst of three
/// per private chat, 18 a minute per group (contracts/telegram.md section 6). Edits and sends
/// share. Pure; not thread-safe.
class Pacing {
public:
    explicit Pacing(const base::Clock& clock) : clock_(clock) {}

    /// Zero: it may go now, and is counted. Else how long to wait before asking again.
    base::Duration take(std::int64_t bot, std::int64_t chat);
    /// After a 429: nothing to that chat until then.
    void block(std::int64_t bot, std::int64_t chat, base::Duration pause);
    /// Forgets those that have been quiet; call now and then.
    void sweep();

    std::size_t size() const { return chats_.size() + bots_.size(); }

private:
    /// A bucket of `burst` tokens, one more every `period`.
    struct Bucket {
        double tokens = 0;
        base::SteadyTime at;
        base::SteadyTime blocked_until;
    };
    struct Shape {
        double burst;
        base::Duration period;
    };
    static Shape shape_of_chat(std::int64_t chat);
    base::Duration missing(Bucket& bucket, Shape shape) const;

    const base::Clock& clock_;
    std::map<std::int64_t, Bucket> bots_;
    std::map<std::pair<std::int64_t, std::int64_t>, Bucket> chats_;
};

}  // namespace trunkline::telegram
