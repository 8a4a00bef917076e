#include "recent_digests.hpp"

#include <algorithm>
#include <cstring>
#include <functional>

namespace trunkline::ingest {

bool RecentDigests::note(std::string_view enterprise, std::string_view digest) {
    // The digest is spread evenly already.
    std::uint64_t key = 0;
    std::memcpy(&key, digest.data(), std::min(sizeof key, digest.size()));
    key ^= std::hash<std::string_view>{}(enterprise);
    return places_[key % places_.size()].exchange(key, std::memory_order_relaxed) == key;
}

}  // namespace trunkline::ingest
