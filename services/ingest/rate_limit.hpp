#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/clock.hpp"

namespace trunkline::ingest {

/// Events a second of each exchange, an exchange being an enterprise and its X-PBX-Id: a token
/// bucket that holds two seconds' worth. Bounded: buckets that are full again are forgotten, and an
/// enterprise that invents names beyond `max_exchanges` shares one bucket among them. Any thread.
class RateLimit {
public:
    static constexpr std::size_t max_exchanges = 64;  ///< Of one enterprise.
    static constexpr std::size_t max_enterprises = 10'000;

    /// `rate` 0: no limit.
    RateLimit(std::uint64_t rate, const base::Clock& clock) : rate_(rate), clock_(clock) {}

    /// Takes one event's share. False: too many; one more will be allowed within a second. `own`
    /// stands instead of the installation's rate, 0 for no limit.
    bool take(
        const std::string& enterprise, const std::string& pbx, std::optional<std::int64_t> own
    );

    /// Buckets held, for tests.
    std::size_t size() const;

private:
    struct Bucket {
        double left = 0;
        base::SteadyTime at;
    };
    using Buckets = std::map<std::string, Bucket, std::less<>>;

    void forget_full(base::SteadyTime now);
    static bool is_full(const Bucket& bucket, base::SteadyTime now);

    std::uint64_t rate_;
    const base::Clock& clock_;
    mutable std::mutex mutex_;
    std::unordered_map<std::string, Buckets> enterprises_;
};

}  // namespace trunkline::ingest
