#include "playback/disturbance.hpp"

#include <algorithm>
#include <random>
#include <utility>

namespace trunkline::playback {
namespace {

/// Alike with every standard library, which the distributions of <random> are not.
class Dice {
public:
    explicit Dice(std::uint64_t seed) : engine_(seed) {}

    bool falls_below(double share) {
        constexpr double range = 18446744073709551616.0;
        return static_cast<double>(engine_()) / range < share;
    }
    std::size_t below(std::size_t count) { return static_cast<std::size_t>(engine_() % count); }

private:
    std::mt19937_64 engine_;
};

/// Nothing of a call is made of these (libs/call/README.md).
bool tells_nothing(call::EventType type) {
    return type == call::EventType::bridge_create || type == call::EventType::bridge_destroy;
}

void drop_some(Plan& plan, const Disturbance& disturbance, Dice& dice) {
    auto before = std::exchange(plan.events, {});
    for (std::size_t i = 0; i < before.size(); ++i) {
        const bool is_last_hope = plan.events.empty() && i + 1 == before.size();
        const bool is_lost =
            disturbance.drop.contains(before[i].type) || dice.falls_below(disturbance.drop_share);
        if (is_lost && !is_last_hope) {
            plan.dropped.push_back(before[i].type);
        } else {
            plan.events.push_back(std::move(before[i]));
        }
    }
    if (!std::ranges::all_of(plan.dropped, tells_nothing)) {
        plan.known = {.call = false, .chat = false, .chat_end = false, .crm = false};
    }
}

void double_some(Plan& plan, double share, Dice& dice) {
    auto before = std::exchange(plan.events, {});
    for (auto& event : before) {
        const bool twice = dice.falls_below(share);
        plan.events.push_back(std::move(event));
        if (twice) {
            plan.events.push_back(plan.events.back());
            plan.events.back().is_repeat = true;
        }
    }
}

/// Events change places; when the places' turns come stays.
void shuffle_all(Plan& plan, Dice& dice) {
    for (std::size_t left = plan.events.size(); left > 1; --left) {
        auto& last = plan.events[left - 1];
        auto& other = plan.events[dice.below(left)];
        std::swap(last, other);
        std::swap(last.due, other.due);
    }
    plan.tells_time = true;
    plan.known.chat = false;
    plan.known.crm = false;
    if (plan.order_matters) {
        plan.known = {.call = false, .chat = false, .chat_end = false, .crm = false};
    }
}

}  // namespace

void disturb(Plan& plan, const Disturbance& disturbance, std::uint64_t seed) {
    Dice dice(seed);
    if (!disturbance.drop.empty() || disturbance.drop_share > 0) {
        drop_some(plan, disturbance, dice);
    }
    if (disturbance.double_share > 0) {
        double_some(plan, disturbance.double_share, dice);
    }
    if (disturbance.shuffle) {
        shuffle_all(plan, dice);
    }
}

}  // namespace trunkline::playback
