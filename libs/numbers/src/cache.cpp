#include "cache.hpp"

#include <functional>
#include <utility>

namespace trunkline::numbers {

std::size_t Cache::Hash::operator()(const Key& key) const {
    const std::hash<std::string_view> hash;
    return hash(key.raw) ^ (hash(key.line) * 31) ^ (key.plan * 0x9E3779B97F4A7C15ULL);
}

const Identity* Cache::look_up(const Key& key) {
    const auto found = index_.find(key);
    if (found == index_.end()) {
        return nullptr;
    }
    order_.splice(order_.begin(), order_, found->second);
    return &found->second->identity;
}

void Cache::put(
    std::uint64_t plan, std::string_view line, std::string_view raw, Identity identity
) {
    const std::lock_guard lock(mutex_);
    if (look_up({plan, line, raw}) != nullptr) {
        return;  // Another thread was faster.
    }
    if (index_.size() >= limit_) {
        const Entry& last = order_.back();
        index_.erase(Key{last.plan, last.line, last.raw});
        order_.pop_back();
    }
    order_.push_front({plan, std::string(line), std::string(raw), std::move(identity)});
    const Entry& entry = order_.front();
    index_.emplace(Key{entry.plan, entry.line, entry.raw}, order_.begin());
}

std::size_t Cache::size() const {
    const std::lock_guard lock(mutex_);
    return index_.size();
}

}  // namespace trunkline::numbers
