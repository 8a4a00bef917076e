#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/error.hpp"
#include "json/document.hpp"
#include "pattern_book.hpp"
#include "playback/disturbance.hpp"
#include "playback/plan.hpp"

namespace trunkline::call_emulator {

using playback::Disturbance;
using playback::FieldValues;
using playback::Pace;

/// What POST /emulate asks for.
struct Order {
    std::shared_ptr<const Pattern> pattern;
    FieldValues values;  ///< Of every field, defaults filled in.
    Pace pace;
    std::optional<std::string> target;
    bool wait = true;       ///< Answer when all is over.
    unsigned repeat = 1;    ///< So many runs,
    unsigned parallel = 1;  ///< so many of them at once.
    Disturbance disturbance;
    std::optional<std::uint64_t> seed;  ///< Of the first run; the next has the next number.

    bool is_batch() const { return repeat > 1; }
};

/// invalid_input with every wrong place: an unknown pattern or field, a value of a wrong kind or
/// too long, a pace over ten seconds. A text may be a number or a boolean; a list may be a text
/// with commas.
base::Result<Order> order_from_json(json::View view, const PatternBook& book);

}  // namespace trunkline::call_emulator
