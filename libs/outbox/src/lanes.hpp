#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace trunkline::outbox {

/// Keeps one slow target from taking every slot: each (enterprise, target) may hold a few only.
class Lanes {
public:
    Lanes(std::size_t slots, std::size_t slots_per_lane)
        : slots_(slots), per_lane_(slots_per_lane) {}

    void enter(const std::string& enterprise, const std::string& target);
    void leave(const std::string& enterprise, const std::string& target);

    std::size_t free_slots() const { return slots_ - used_; }
    std::size_t used() const { return used_; }
    /// Lanes that may not take another message now, as two parallel lists.
    std::pair<std::vector<std::string>, std::vector<std::string>> full() const;
    /// How many one lane may take at the most in one claim.
    std::size_t per_lane() const { return per_lane_; }

private:
    std::size_t slots_;
    std::size_t per_lane_;
    std::size_t used_ = 0;
    std::map<std::pair<std::string, std::string>, std::size_t> lanes_;
};

}  // namespace trunkline::outbox
