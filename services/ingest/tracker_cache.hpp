#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "call/tracker.hpp"
#include "tenants/directory.hpp"

namespace trunkline::ingest {

/// Trackers in memory, so that a batch need not read back what the last one wrote. Whether one is
/// still the truth tells the version that each batch leaves in the database. Bounded by live calls;
/// the least recently used goes first.
class TrackerCache {
public:
    explicit TrackerCache(std::size_t max_calls) : max_calls_(max_calls) {}

    struct Entry {
        call::Tracker tracker;
        tenants::Directory::Pointer tenant;  ///< Whose settings it was made with.
        std::int64_t version = 0;
        base::WallTime no_timer_before{};
    };

    /// The enterprise's tracker if it is that version's and made for that tenant; it leaves the
    /// cache, so that a batch which fails cannot leave half of itself behind.
    std::optional<Entry> take(
        const std::string& enterprise,
        std::int64_t version,
        const tenants::Directory::Pointer& tenant
    );
    void put(const std::string& enterprise, Entry entry);

    /// When the first of the cached trackers wants to be asked.
    std::optional<base::WallTime> next_timer() const;
    /// Those that want to be asked at `now`, at most `limit`.
    std::vector<std::string> due(base::WallTime now, std::size_t limit) const;

    std::size_t calls() const { return calls_; }

private:
    struct Slot {
        Entry entry;
        std::size_t calls = 0;
        std::optional<base::WallTime> timer;
        std::list<std::string>::iterator use;
    };
    void forget(std::map<std::string, Slot>::iterator slot);

    std::size_t max_calls_;
    std::size_t calls_ = 0;
    std::map<std::string, Slot> slots_;
    std::list<std::string> uses_;  ///< The latest first.
    std::multimap<base::WallTime, std::string> timers_;
};

}  // namespace trunkline::ingest
