#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace trunkline::telegram {

/// One call in one chat.
struct CardKey {
    std::string enterprise;
    std::string call_uuid;
    std::int64_t chat = 0;

    auto operator<=>(const CardKey&) const = default;
};

}  // namespace trunkline::telegram
