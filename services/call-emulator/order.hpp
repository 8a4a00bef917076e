#pragma once

#include <optional>
#include <string>

#include "base/error.hpp"
#include "json/document.hpp"
#include "pattern.hpp"
#include "plan.hpp"

namespace trunkline::call_emulator {

/// What POST /emulate asks for.
struct Order {
    const Pattern* pattern = nullptr;  ///< Of patterns(), which last for ever.
    FieldValues values;                ///< Of every field, defaults filled in.
    Pace pace;
    std::optional<std::string> target;
    bool wait = true;  ///< Answer when the call is over.
};

/// invalid_input with every wrong place: an unknown pattern or field, a value of a wrong kind or
/// too long, a pace over ten seconds. A text may be a number or a boolean; a list may be a text
/// with commas.
base::Result<Order> order_from_json(json::View view);

}  // namespace trunkline::call_emulator
