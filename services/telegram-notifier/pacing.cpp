#include "pacing.hpp"

#include <algorithm>
#include <chrono>

namespace trunkline::telegram {
namespace {

constexpr double bot_burst = 25;
constexpr auto bot_period = std::chrono::milliseconds(40);
constexpr auto forget_after = std::chrono::minutes(2);

}  // namespace

Pacing::Shape Pacing::shape_of_chat(std::int64_t chat) {
    // Groups and channels have negative ids.
    return chat < 0 ? Shape{3, std::chrono::milliseconds(3334)}
                    : Shape{3, std::chrono::milliseconds(1000)};
}

/// Refills the bucket; zero if it holds a token, else the time until it does.
base::Duration Pacing::missing(Bucket& bucket, Shape shape) const {
    const auto now = clock_.steady();
    if (bucket.at == base::SteadyTime{}) {
        bucket.tokens = shape.burst;
    } else {
        const auto grown = std::chrono::duration<double>(now - bucket.at) /
                           std::chrono::duration<double>(shape.period);
        bucket.tokens = std::min(shape.burst, bucket.tokens + grown);
    }
    bucket.at = now;
    if (bucket.blocked_until > now) {
        return bucket.blocked_until - now;
    }
    if (bucket.tokens >= 1) {
        return base::Duration::zero();
    }
    const auto share = std::chrono::duration<double>(shape.period) * (1 - bucket.tokens);
    return std::max(
        std::chrono::duration_cast<base::Duration>(share),
        base::Duration(std::chrono::milliseconds(1))
    );
}

base::Duration Pacing::take(std::int64_t bot, std::int64_t chat) {
    auto& of_bot = bots_[bot];
    auto& of_chat = chats_[{bot, chat}];
    const auto wait =
        std::max(missing(of_bot, {bot_burst, bot_period}), missing(of_chat, shape_of_chat(chat)));
    if (wait == base::Duration::zero()) {
        of_bot.tokens -= 1;
        of_chat.tokens -= 1;
    }
    return wait;
}

void Pacing::block(std::int64_t bot, std::int64_t chat, base::Duration pause) {
    auto& bucket = chats_[{bot, chat}];
    (void)missing(bucket, shape_of_chat(chat));
    bucket.blocked_until = std::max(bucket.blocked_until, clock_.steady() + pause);
}

void Pacing::sweep() {
    const auto now = clock_.steady();
    const auto is_quiet = [now](const auto& entry) {
        return entry.second.at + forget_after < now && entry.second.blocked_until < now;
    };
    std::erase_if(chats_, is_quiet);
    std::erase_if(bots_, is_quiet);
}

}  // namespace trunkline::telegram
