#include "timetable.hpp"

#include <algorithm>
#include <chrono>

namespace trunkline::call_emulator {
namespace {

// More than the two seconds in which a hangup may still be of the call before
// (call::Timers::reorder).
constexpr std::chrono::seconds pause{3};
constexpr std::chrono::minutes farthest_ahead{60};
constexpr std::size_t most_tokens = 1000;

}  // namespace

base::WallTime Timetable::free_from(const std::string& token, base::WallTime now) {
    const auto found = taken_until_.find(token);
    if (found == taken_until_.end()) {
        return {};
    }
    if (found->second > now + farthest_ahead) {
        taken_until_.erase(found);
        return {};
    }
    return found->second + pause;
}

void Timetable::take(const std::string& token, base::WallTime until) {
    if (taken_until_.size() >= most_tokens) {
        taken_until_.clear();
    }
    auto& taken_until = taken_until_[token];
    taken_until = std::max(taken_until, until);
}

}  // namespace trunkline::call_emulator
