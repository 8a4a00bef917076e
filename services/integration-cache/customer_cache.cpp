#include "name_cache.hpp"

#include <utility>

namespace trunkline::integration_cache {
namespace {

std::string key_of(const std::string& enterprise, const std::string& phone) {
    return enterprise + '/' + phone;
}

}  // namespace

std::optional<std::string> NameCache::find(
    const std::string& enterprise, const std::string& phone
) {
    const auto found = entries_.find(key_of(enterprise, phone));
    if (found == entries_.end() || found->second->expires <= clock_.steady()) {
        ++misses_;
        return std::nullopt;
    }
    ++hits_;
    order_.splice(order_.begin(), order_, found->second);
    return found->second->name;
}

void NameCache::put(const std::string& enterprise, const std::string& phone, std::string name) {
    const auto key = key_of(enterprise, phone);
    if (const auto old = entries_.find(key); old != entries_.end()) {
        order_.erase(old->second);
        entries_.erase(old);
    }
    const auto life = name.empty() ? limits_.absent : limits_.present;
    order_.push_front({enterprise, key, std::move(name), clock_.steady() + life});
    entries_[key] = order_.begin();
    if (entries_.size() > limits_.entries) {
        entries_.erase(order_.back().key);
        order_.pop_back();
    }
}

void NameCache::invalidate(const std::string& enterprise) {
    for (auto entry = order_.begin(); entry != order_.end();) {
        if (enterprise.empty() || entry->enterprise == enterprise) {
            entries_.erase(entry->key);
            entry = order_.erase(entry);
        } else {
            ++entry;
        }
    }
}

}  // namespace trunkline::integration_cache
