#pragma once

#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

#include "numbers/plan.hpp"

namespace trunkline::numbers {

/// Identities by plan, line and raw number; the least recently used goes first. Not thread-safe.
class Cache {
public:
    /// Keeps one at the least.
    explicit Cache(std::size_t limit) : limit_(limit == 0 ? 1 : limit) {}

    /// Null if it is not there; lasts until the next put.
    const Identity* find(std::uint64_t plan, std::string_view line, std::string_view raw);
    /// For what find() did not know.
    const Identity& put(
        std::uint64_t plan, std::string_view line, std::string_view raw, Identity identity
    );
    std::size_t size() const { return index_.size(); }

private:
    struct Key {
        std::uint64_t plan = 0;
        std::string_view line;
        std::string_view raw;
        bool operator==(const Key&) const = default;
    };
    struct Hash {
        std::size_t operator()(const Key& key) const;
    };
    struct Entry {
        std::uint64_t plan = 0;
        std::string line;
        std::string raw;
        Identity identity;
    };
    using Order = std::list<Entry>;

    std::size_t limit_;
    Order order_;                                           ///< Most recently used first.
    std::unordered_map<Key, Order::iterator, Hash> index_;  ///< Keys look into the entries.
};

}  // namespace trunkline::numbers
