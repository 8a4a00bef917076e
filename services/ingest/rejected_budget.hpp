#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>

#include "base/clock.hpp"
#include "net/address.hpp"

namespace trunkline::ingest {

/// How many refused events a minute are kept, so that a flood of them fills neither the disk nor
/// the log: by number and bytes, of one source and of all. An IPv6 source is its /64. One thread.
class RejectedBudget {
public:
    struct Limits {
        std::size_t per_source = 300;
        std::size_t total = 3'000;
        std::size_t bytes_per_source = std::size_t{1} << 20;
        std::size_t bytes_total = std::size_t{4} << 20;
        std::size_t sources = 10'000;  ///< Told apart in a minute; the rest share what is left.
    };

    explicit RejectedBudget(const base::Clock& clock) : clock_(clock) {}
    RejectedBudget(const base::Clock& clock, Limits limits) : clock_(clock), limits_(limits) {}

    struct Decision {
        bool keep = false;
        std::uint64_t suppressed = 0;  ///< Of this source, not kept since its last one that was.
    };
    Decision take(const net::IpAddress& source, std::size_t bytes);

private:
    struct Spent {
        std::size_t number = 0;
        std::size_t bytes = 0;
        std::uint64_t suppressed = 0;
    };

    void begin_minute(base::SteadyTime now);
    bool fits(const Spent& of_source, std::size_t bytes) const;

    const base::Clock& clock_;
    Limits limits_;
    base::SteadyTime minute_began_;
    Spent total_;
    std::unordered_map<std::string, Spent> sources_;
};

}  // namespace trunkline::ingest
