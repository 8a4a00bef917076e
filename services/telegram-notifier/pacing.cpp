#include "pacing.hpp"

#include <algorithm>
#include <chrono>
#include <limits>

namespace trunkline::telegram {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t bot_requests = 25;
constexpr auto bot_window = 1s;
constexpr auto chat_period = 1s;
constexpr auto chat_burst = 3;
constexpr std::size_t group_requests = 18;
constexpr auto group_window = 60s;
constexpr std::size_t chats_that_stop_a_bot = 3;
constexpr auto flood_window = 1s;
// A wait that is over to the nanosecond is none: Telegram's clock is not ours.
constexpr auto shortest_wait = 1ms;

constexpr auto busy_chat_wait = 50ms;

/// Groups and channels have negative ids.
bool is_group(std::int64_t chat) { return chat < 0; }

void drop_before(std::deque<base::SteadyTime>& times, base::SteadyTime limit) {
    while (!times.empty() && times.front() <= limit) {
        times.pop_front();
    }
}

base::Duration until(base::SteadyTime time, base::SteadyTime now) {
    return time > now ? std::max<base::Duration>(time - now, shortest_wait)
                      : base::Duration::zero();
}

}  // namespace

base::Duration Pacing::bot_wait(std::int64_t bot) {
    const auto now = clock_.steady();
    auto& of_bot = bots_[bot];
    drop_before(of_bot.answered, now - bot_window);
    auto wait = until(of_bot.blocked_until, now);
    const auto under_way = static_cast<std::size_t>(of_bot.under_way);
    if (under_way + of_bot.answered.size() < bot_requests) {
        return wait;
    }
    // With all of them under way, only an answer makes room.
    const auto room =
        of_bot.answered.empty() ? bot_window : until(of_bot.answered.front() + bot_window, now);
    return std::max<base::Duration>(wait, room);
}

base::Duration Pacing::chat_wait(std::int64_t bot, std::int64_t chat) {
    const auto now = clock_.steady();
    const auto found = chats_.find({bot, chat});
    if (found == chats_.end()) {
        return base::Duration::zero();
    }
    auto& of_chat = found->second;
    auto wait = std::max(
        until(of_chat.blocked_until, now),
        until(of_chat.full_at - (chat_burst - 1) * chat_period, now)
    );
    if (of_chat.under_way > 0) {
        // Counted only when it is answered.
        wait = std::max<base::Duration>(wait, busy_chat_wait);
    }
    if (is_group(chat)) {
        drop_before(of_chat.answered, now - group_window);
        if (of_chat.answered.size() >= group_requests) {
            wait = std::max(wait, until(of_chat.answered.front() + group_window, now));
        }
    }
    return wait;
}

void Pacing::begin(std::int64_t bot, std::int64_t chat) {
    ++bots_[bot].under_way;
    ++chats_[{bot, chat}].under_way;
}

void Pacing::cancel(std::int64_t bot, std::int64_t chat) {
    // What was forgotten meanwhile is under way no more.
    for (auto* under_way : {&bots_[bot].under_way, &chats_[{bot, chat}].under_way}) {
        *under_way = std::max(0, *under_way - 1);
    }
}

void Pacing::end(std::int64_t bot, std::int64_t chat) {
    cancel(bot, chat);
    count(bots_[bot], chats_[{bot, chat}], chat, clock_.steady());
}

void Pacing::count(Bot& of_bot, Chat& of_chat, std::int64_t chat, base::SteadyTime at) {
    of_bot.answered.push_back(at);
    of_chat.full_at = std::max(of_chat.full_at, at) + chat_period;
    if (is_group(chat)) {
        of_chat.answered.push_back(at);
    }
}

void Pacing::note_past(std::int64_t bot, std::int64_t chat, base::Duration age) {
    count(bots_[bot], chats_[{bot, chat}], chat, clock_.steady() - age);
}

bool Pacing::flooded(std::int64_t bot, std::int64_t chat, base::Duration pause) {
    const auto now = clock_.steady();
    block_chat(bot, chat, pause);
    auto& floods = bots_[bot].floods;
    std::erase_if(floods, [&](const auto& flood) {
        return flood.first <= now - flood_window || flood.second == chat;
    });
    floods.emplace_back(now, chat);
    if (floods.size() < chats_that_stop_a_bot) {
        return false;
    }
    block_bot(bot, pause);
    return true;
}

void Pacing::block_chat(std::int64_t bot, std::int64_t chat, base::Duration pause) {
    auto& blocked_until = chats_[{bot, chat}].blocked_until;
    blocked_until = std::max(blocked_until, clock_.steady() + pause);
}

void Pacing::block_bot(std::int64_t bot, base::Duration pause) {
    auto& blocked_until = bots_[bot].blocked_until;
    blocked_until = std::max(blocked_until, clock_.steady() + pause);
}

void Pacing::unblock_bot(std::int64_t bot) { bots_[bot].blocked_until = {}; }

void Pacing::forget(std::int64_t bot) {
    bots_.erase(bot);
    chats_.erase(
        chats_.lower_bound({bot, std::numeric_limits<std::int64_t>::min()}),
        chats_.upper_bound({bot, std::numeric_limits<std::int64_t>::max()})
    );
}

void Pacing::sweep() {
    const auto now = clock_.steady();
    std::erase_if(chats_, [now](const auto& entry) {
        const auto& chat = entry.second;
        return chat.under_way == 0 && chat.full_at < now && chat.blocked_until < now &&
               (chat.answered.empty() || chat.answered.back() + group_window < now);
    });
    std::erase_if(bots_, [now](const auto& entry) {
        const auto& bot = entry.second;
        return bot.under_way == 0 && bot.blocked_until < now &&
               (bot.answered.empty() || bot.answered.back() + bot_window < now);
    });
}

}  // namespace trunkline::telegram
