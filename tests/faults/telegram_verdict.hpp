#pragma once

#include <cstdint>
#include <string>

#include "telegram_site.hpp"

namespace trunkline::faults {

/// What was promised to the chats, and what they show.
struct TelegramVerdict {
    std::uint64_t calls = 0;        ///< Whose every event was acknowledged.
    std::uint64_t wrong_calls = 0;  ///< Of these, without a message that shows their end.
    std::uint64_t dead = 0;         ///< Cards that were given up.
    std::uint64_t requests = 0;
    std::uint64_t messages = 0;
    std::uint64_t doubles = 0;    ///< Messages beyond one a call.
    std::uint64_t in_flight = 0;  ///< Sends whose end nobody saw: their sender was killed.
    std::uint64_t unknown = 0;    ///< Sends that were answered by nothing, an error or garbage.
    std::uint64_t possible_doubles = 0;  ///< As the service counted them.
    std::uint64_t broken_limits = 0;
    int kills = 0;

    bool holds() const {
        return calls > 0 && wrong_calls == 0 && dead == 0 && broken_limits == 0 &&
               doubles <= in_flight + unknown;
    }
    std::string text() const;
};

/// After TelegramSite::settle().
TelegramVerdict judge(const TelegramSite& site);

}  // namespace trunkline::faults
