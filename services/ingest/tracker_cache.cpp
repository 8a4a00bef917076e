#include "tracker_cache.hpp"

#include <algorithm>
#include <utility>

namespace trunkline::ingest {

std::optional<TrackerCache::Entry> TrackerCache::take(
    const std::string& enterprise, std::int64_t version, const tenants::Directory::Pointer& tenant
) {
    const auto found = slots_.find(enterprise);
    if (found == slots_.end()) {
        return std::nullopt;
    }
    auto entry = std::move(found->second.entry);
    forget(found);
    if (entry.version != version || entry.tenant != tenant) {
        return std::nullopt;
    }
    return entry;
}

void TrackerCache::put(const std::string& enterprise, Entry entry) {
    if (const auto old = slots_.find(enterprise); old != slots_.end()) {
        forget(old);
    }
    auto timer = entry.tracker.next_timer();
    if (timer) {
        timer = std::max(*timer, entry.no_timer_before);
    }
    const auto calls = entry.tracker.size() + 1;  // An idle tracker weighs something too.
    uses_.push_front(enterprise);
    slots_.emplace(enterprise, Slot{std::move(entry), calls, timer, uses_.begin()});
    calls_ += calls;
    if (timer) {
        timers_.emplace(*timer, enterprise);
    }
    while (calls_ > max_calls_ && uses_.size() > 1) {
        forget(slots_.find(uses_.back()));
    }
}

std::optional<base::WallTime> TrackerCache::next_timer() const {
    return timers_.empty() ? std::nullopt : std::optional(timers_.begin()->first);
}

std::vector<std::string> TrackerCache::due(base::WallTime now, std::size_t limit) const {
    std::vector<std::string> out;
    for (auto at = timers_.begin(); at != timers_.end() && at->first <= now && out.size() < limit;
         ++at) {
        out.push_back(at->second);
    }
    return out;
}

void TrackerCache::forget(std::map<std::string, Slot>::iterator slot) {
    calls_ -= slot->second.calls;
    uses_.erase(slot->second.use);
    if (const auto timer = slot->second.timer) {
        const auto [first, last] = timers_.equal_range(*timer);
        for (auto at = first; at != last; ++at) {
            if (at->second == slot->first) {
                timers_.erase(at);
                break;
            }
        }
    }
    slots_.erase(slot);
}

}  // namespace trunkline::ingest
