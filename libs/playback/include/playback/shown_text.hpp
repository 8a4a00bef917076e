#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "playback/plan.hpp"

namespace trunkline::playback {

/// The numbers of a call as its texts show them, by which names beside them are known.
struct Parties {
    std::string outside;            ///< `+375 (29) 000-00-01`; "" for none.
    std::vector<std::string> ours;  ///< `151`, also a mobile as shown.
};

/// Of the fields that a run was given: `phone` is outside, all others but Token and line are ours.
Parties parties_of(const FieldValues& values);

/// A card's text without what the enterprise's directory and its CRM add: names, extra lines.
std::string without_names(std::string_view text, const Parties& parties);

/// Whether a chat that shows `received` shows what `expected`, a text without names, says. A
/// ringing card may have the line's name instead of the greeting.
bool is_same_text(std::string_view received, std::string_view expected, const Parties& parties);

/// Whether it is a card in the language of the expectations.
bool is_russian_card(std::string_view text);

}  // namespace trunkline::playback
