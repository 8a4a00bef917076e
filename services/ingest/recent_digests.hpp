#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace trunkline::ingest {

/// Which events came lately, so that a batch of nothing but new ones is written the cheap way. A
/// hint only, event_keys_by_minute decides: an event has one place to be remembered at, and the
/// next one that has the same takes it over; nothing is known of other replicas, and one event may
/// be taken for another. Any thread.
class RecentDigests {
public:
    /// Half a megabyte; some seconds at the highest rates.
    static constexpr std::size_t places = 65'536;

    explicit RecentDigests(std::size_t count = places) : places_(count) {}

    /// Notes the event; true if it was noted before.
    bool note(std::string_view enterprise, std::string_view digest);

private:
    std::vector<std::atomic<std::uint64_t>> places_;
};

}  // namespace trunkline::ingest
