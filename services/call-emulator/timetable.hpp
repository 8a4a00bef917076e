#pragma once

#include <map>
#include <string>

#include "base/clock.hpp"

namespace trunkline::call_emulator {

/// The clock of the exchanges that are played. Calls that are sent faster than they happen would
/// lie on top of each other there: one pair of phones in two conversations at once, which no rule
/// can take apart and no exchange can send. So calls of one Token come one after another, if need
/// be ahead of our clock.
class Timetable {
public:
    /// From when on a call of this Token may take place; at most an hour ahead, then it begins
    /// anew.
    base::WallTime free_from(const std::string& token, base::WallTime now);
    void take(const std::string& token, base::WallTime until);

private:
    std::map<std::string, base::WallTime> taken_until_;
};

}  // namespace trunkline::call_emulator
