#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.hpp"

namespace trunkline::moysklad {

/// Keeps what was just found out for a moment. Not thread-safe.
template <class Value>
class BriefCache {
public:
    BriefCache(const base::Clock& clock, base::Duration life) : clock_(clock), life_(life) {}

    std::optional<Value> find(const std::string& key) const {
        const auto found = items_.find(key);
        if (found == items_.end() || found->second.until <= clock_.steady()) {
            return std::nullopt;
        }
        return found->second.value;
    }

    void keep(const std::string& key, Value value) {
        if (items_.size() >= most_items) {
            std::erase_if(items_, [now = clock_.steady()](const auto& item) {
                return item.second.until <= now;
            });
        }
        if (items_.size() < most_items || items_.contains(key)) {
            items_.insert_or_assign(
                key, Item{.until = clock_.steady() + life_, .value = std::move(value)}
            );
        }
    }

private:
    static constexpr std::size_t most_items = 10'000;
    struct Item {
        base::SteadyTime until;
        Value value;
    };

    const base::Clock& clock_;
    base::Duration life_;
    std::map<std::string, Item> items_;
};

}  // namespace trunkline::moysklad
