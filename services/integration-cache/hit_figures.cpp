#include "hit_figures.hpp"

#include <algorithm>
#include <cmath>

namespace trunkline::integration_cache {

double HitFigures::Count::percent() const {
    if (all() == 0) {
        return 0;
    }
    const auto share = static_cast<double>(hits) / static_cast<double>(all());
    return std::round(share * 10000) / 100;
}

HitFigures::HitFigures(const base::Clock& clock) : clock_(clock) {}

std::int64_t HitFigures::slot_number() const {
    return static_cast<std::int64_t>(clock_.steady().time_since_epoch() / slot_length);
}

HitFigures::Count& HitFigures::present() {
    const auto number = slot_number();
    auto& slot = slots_[static_cast<std::size_t>(number) % slots];
    if (slot.number != number) {
        slot = {number, {}};
        first_lookup_ = std::min(first_lookup_, clock_.steady());
    }
    return slot.count;
}

HitFigures::Count HitFigures::recent() const {
    const auto oldest = slot_number() - static_cast<std::int64_t>(slots) + 1;
    Count out;
    for (const auto& slot : slots_) {
        if (slot.number >= oldest) {
            out.hits += slot.count.hits;
            out.misses += slot.count.misses;
        }
    }
    return out;
}

bool HitFigures::is_sick() const {
    const auto count = recent();
    return count.all() >= enough_lookups && count.hits * 2 < count.all();
}

bool HitFigures::is_alarming() const {
    return is_sick() && first_lookup_ <= clock_.steady() - window;
}

}  // namespace trunkline::integration_cache
