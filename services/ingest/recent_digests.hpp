#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string_view>
#include <unordered_set>

namespace trunkline::ingest {

/// Which events came lately, so that a batch of nothing but new ones is written the cheap way. A
/// hint only, event_keys decides: it forgets (the older half at `max_kept`), knows nothing of other
/// replicas, and may take one event for another. Any thread.
class RecentDigests {
public:
    /// Some 2.5 MB when it is full.
    static constexpr std::size_t max_kept = 65'536;

    explicit RecentDigests(std::size_t kept = max_kept) : half_(kept / 2) {}

    /// Notes the event; true if it was noted before.
    bool note(std::string_view enterprise, std::string_view digest);

private:
    std::size_t half_;
    std::mutex mutex_;
    std::unordered_set<std::uint64_t> young_;
    std::unordered_set<std::uint64_t> old_;
};

}  // namespace trunkline::ingest
