#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>

#include "base/clock.hpp"

namespace trunkline::sandbox {

/// RetailCRM's limits: 40 requests a second to an account's telephony and 10 to the rest, counted
/// apart (contracts/retailcrm.md section 2), here in any second and not in the clock's.
class RetailCrmLimits {
public:
    explicit RetailCrmLimits(const base::Clock& clock) : clock_(clock) {}

    /// Counts one request. True: it is to be refused, since it breaks a limit and they are
    /// enforced.
    bool breaks(const std::string& account, const std::string& path);
    void enforce(bool enforce) { enforce_ = enforce; }

    /// Requests that broke a limit, refused or not.
    struct Broken {
        std::int64_t telephony = 0;
        std::int64_t other = 0;
    };
    Broken broken(const std::string& account) const;
    void reset();

private:
    struct Window {
        std::deque<base::WallTime> requests;  ///< Of the last second.
        std::int64_t broken = 0;
    };

    const base::Clock& clock_;
    bool enforce_ = false;
    std::map<std::string, Window> telephony_;
    std::map<std::string, Window> other_;
};

}  // namespace trunkline::sandbox
