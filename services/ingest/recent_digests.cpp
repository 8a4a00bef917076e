#include "recent_digests.hpp"

#include <algorithm>
#include <cstring>
#include <functional>
#include <utility>

namespace trunkline::ingest {

bool RecentDigests::note(std::string_view enterprise, std::string_view digest) {
    // The digest is spread evenly already.
    std::uint64_t key = 0;
    std::memcpy(&key, digest.data(), std::min(sizeof key, digest.size()));
    key ^= std::hash<std::string_view>{}(enterprise);
    const std::lock_guard lock(mutex_);
    const bool known = young_.contains(key) || old_.contains(key);
    young_.insert(key);
    if (young_.size() >= half_) {
        old_ = std::exchange(young_, {});
    }
    return known;
}

}  // namespace trunkline::ingest
