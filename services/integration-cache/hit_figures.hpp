#pragma once

#include <array>
#include <chrono>
#include <cstdint>

#include "base/clock.hpp"

namespace trunkline::integration_cache {

/// Hits and misses of all look-ups since the start and over the last ten minutes. Pure; not
/// thread-safe.
class HitFigures {
public:
    static constexpr std::chrono::minutes window{10};

    struct Count {
        std::uint64_t hits = 0;
        std::uint64_t misses = 0;

        std::uint64_t all() const { return hits + misses; }
        /// 0 to 100, two decimals; 0 without look-ups.
        double percent() const;
    };

    /// `clock` must outlive it.
    explicit HitFigures(const base::Clock& clock);

    void add_hit() { ++present().hits, ++total_.hits; }
    void add_miss() { ++present().misses, ++total_.misses; }

    const Count& total() const { return total_; }
    Count recent() const;

    /// Whether the cache does not do its work: fewer than half of the last ten minutes' look-ups
    /// hit, and there were enough of them to say so.
    bool is_sick() const;
    /// The same, and look-ups have come for the whole ten minutes: time to call somebody.
    bool is_alarming() const;

private:
    static constexpr std::size_t slots = 20;
    static constexpr auto slot_length = std::chrono::seconds(window) / slots;
    static constexpr std::uint64_t enough_lookups = 100;

    struct Slot {
        std::int64_t number = -1;  ///< Since the clock's epoch, in lengths of a slot.
        Count count;
    };

    std::int64_t slot_number() const;
    Count& present();

    const base::Clock& clock_;
    Count total_;
    std::array<Slot, slots> slots_;
    base::SteadyTime first_lookup_ = base::SteadyTime::max();
};

}  // namespace trunkline::integration_cache
