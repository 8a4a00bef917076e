#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "call/card.hpp"

namespace trunkline::telegram {

/// An ended call as a line of a digest.
struct DigestItem {
    std::string call_uuid;
    base::WallTime ended_at;
    bool answered = false;
    std::string text;  ///< The card's final text, HTML.
};

/// One message that tells of several calls which had no card: after quiet hours, or after an
/// outage. HTML, always within Telegram's limits: when there are too many calls, missed ones stay
/// longest and the message says how many are left out. Times in `timezone`. Pure. No items: empty.
std::string digest_text(
    std::vector<DigestItem> items, call::Language language, std::string_view timezone
);

}  // namespace trunkline::telegram
