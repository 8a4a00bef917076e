#pragma once

#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "numbers/plan.hpp"

namespace trunkline::numbers {

/// Identities by plan, line and raw number; the least recently used goes first. Any thread: the
/// enterprises of a Directory may be read by several.
class Cache {
public:
    /// Keeps one at the least.
    explicit Cache(std::size_t limit) : limit_(limit == 0 ? 1 : limit) {}

    /// Calls `read` with the identity if it is there. `read` must not come back here.
    template <class Read>
    bool find(std::uint64_t plan, std::string_view line, std::string_view raw, const Read& read) {
        const std::lock_guard lock(mutex_);
        const Identity* identity = look_up({plan, line, raw});
        if (identity != nullptr) {
            read(*identity);
        }
        return identity != nullptr;
    }
    void put(std::uint64_t plan, std::string_view line, std::string_view raw, Identity identity);
    std::size_t size() const;

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

    const Identity* look_up(const Key& key);

    std::size_t limit_;
    mutable std::mutex mutex_;
    Order order_;                                           ///< Most recently used first.
    std::unordered_map<Key, Order::iterator, Hash> index_;  ///< Keys look into the entries.
};

}  // namespace trunkline::numbers
