#include "schedule.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace trunkline::telegram {
namespace {

using namespace std::chrono_literals;

/// How much later than a living call's a finished one's text may come at a limit.
constexpr auto patience_of_finished = 5s;
constexpr auto never = base::SteadyTime::max();
/// What one bot keeps in memory; the table has the rest.
constexpr std::size_t most_due = 2000;

base::SteadyTime rank(const DueCard& card) {
    return card.wanted_at +
           (card.is_final ? base::Duration(patience_of_finished) : base::Duration::zero());
}

}  // namespace

void Schedule::add(std::int64_t bot, DueCard card) {
    auto& of_bot = bots_[bot];
    if (const auto out = of_bot.out.find(card.key); out != of_bot.out.end()) {
        out->second = std::move(card);
        return;
    }
    of_bot.look_at = {};
    if (const auto known = of_bot.due.find(card.key); known != of_bot.due.end()) {
        known->second.is_final = card.is_final;
        known->second.not_before = std::max(known->second.not_before, card.not_before);
        return;
    }
    if (of_bot.due.size() < most_due) {
        of_bot.due.emplace(card.key, std::move(card));
    }
}

std::optional<DueCard> Schedule::best(std::int64_t number, Bot& bot, base::SteadyTime now) {
    const auto bot_wait = pacing_.bot_wait(number);
    auto chosen = bot.due.end();
    bot.look_at = never;
    for (auto card = bot.due.begin(); card != bot.due.end(); ++card) {
        auto& due = card->second;
        if (bot.busy_chats.contains(due.key.chat)) {
            continue;  // finished() looks again.
        }
        const auto wait =
            std::max({bot_wait, pacing_.chat_wait(number, due.key.chat), due.not_before - now});
        if (wait > base::Duration::zero()) {
            due.was_held = true;
            bot.look_at = std::min(bot.look_at, now + wait);
        } else if (chosen == bot.due.end() || rank(due) < rank(chosen->second)) {
            chosen = card;
        }
    }
    if (chosen == bot.due.end()) {
        return std::nullopt;
    }
    auto card = std::move(chosen->second);
    bot.due.erase(chosen);
    return card;
}

std::vector<Schedule::Pick> Schedule::pick(std::size_t limit) {
    std::vector<Pick> picks;
    const auto now = clock_.steady();
    for (auto& [number, bot] : bots_) {
        while (bot.look_at <= now && picks.size() < limit) {
            auto card = best(number, bot, now);
            if (!card) {
                break;
            }
            bot.look_at = {};
            pacing_.begin(number, card->key.chat);
            bot.busy_chats.insert(card->key.chat);
            bot.out.emplace(card->key, std::nullopt);
            ++under_way_;
            picks.push_back({number, std::move(*card)});
        }
    }
    return picks;
}

void Schedule::finished(std::int64_t bot, const CardKey& key, std::optional<DueCard> again) {
    auto& of_bot = bots_[bot];
    const auto out = of_bot.out.find(key);
    if (out == of_bot.out.end()) {
        return;
    }
    --under_way_;
    auto meanwhile = std::move(out->second);
    of_bot.out.erase(out);
    of_bot.busy_chats.erase(key.chat);
    of_bot.look_at = {};
    if (again) {
        again->is_final = meanwhile ? meanwhile->is_final : again->is_final;
        add(bot, std::move(*again));
    } else if (meanwhile) {
        add(bot, std::move(*meanwhile));
    }
}

base::SteadyTime Schedule::next() const {
    auto next = never;
    for (const auto& [number, bot] : bots_) {
        if (!bot.due.empty()) {
            next = std::min(next, bot.look_at);
        }
    }
    return next;
}

void Schedule::look_again(std::int64_t bot) { bots_[bot].look_at = {}; }

void Schedule::forget(std::int64_t bot) {
    const auto found = bots_.find(bot);
    if (found != bots_.end()) {
        under_way_ -= found->second.out.size();
        bots_.erase(found);
    }
}

bool Schedule::is_idle(std::int64_t bot) const {
    const auto found = bots_.find(bot);
    return found == bots_.end() || (found->second.due.empty() && found->second.out.empty());
}

std::size_t Schedule::waiting(std::int64_t bot) const {
    const auto found = bots_.find(bot);
    return found == bots_.end() ? 0 : found->second.due.size() + found->second.out.size();
}

}  // namespace trunkline::telegram
