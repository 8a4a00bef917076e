#pragma once

#include <chrono>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/clock.hpp"

namespace trunkline::integration_cache {

/// Names of callers by enterprise and number, absent ones too, bounded: the least recently used
/// goes first. Pure; asks the clock that it is given. Not thread-safe.
class NameCache {
public:
    struct Limits {
        std::chrono::seconds present{90};
        std::chrono::seconds absent{20};
        std::size_t entries = 50'000;
    };
    NameCache(const base::Clock& clock, Limits limits) : clock_(clock), limits_(limits) {}

    /// Nothing: not known or too old. An empty name: known to be absent.
    std::optional<std::string> find(const std::string& enterprise, const std::string& phone);
    void put(const std::string& enterprise, const std::string& phone, std::string name);
    /// Forgets one enterprise, or all of them when the number is empty.
    void invalidate(const std::string& enterprise);

    std::size_t size() const { return entries_.size(); }
    std::uint64_t hits() const { return hits_; }
    std::uint64_t misses() const { return misses_; }

private:
    struct Entry {
        std::string enterprise;
        std::string key;
        std::string name;
        base::SteadyTime expires;
    };
    using Order = std::list<Entry>;

    const base::Clock& clock_;
    Limits limits_;
    Order order_;  ///< Most recently used first.
    std::unordered_map<std::string, Order::iterator> entries_;
    std::uint64_t hits_ = 0;
    std::uint64_t misses_ = 0;
};

}  // namespace trunkline::integration_cache
