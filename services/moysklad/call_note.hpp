#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "mapping.hpp"

namespace trunkline::moysklad {

/// What MoySklad's API forces us to remember of a call between its steps: the ordinal of the last
/// card event and who has which card. Written before every request and after it, so that a process
/// that dies in between leaves a doubt behind and never a number that is used twice. Pure.
struct CallNote {
    enum class Card { shown, talking, hidden };
    enum class End { none, missed, answered };

    static constexpr auto creating = "create";
    static constexpr auto ending = "end";
    /// Card events of a call whose note was lost go on beyond any number that it can have come to.
    static constexpr std::int64_t beyond_lost = 1000;

    std::int64_t sequence = 0;  ///< The last one that may have been sent.
    bool is_there = false;      ///< MoySklad has the call.
    /// The request whose outcome is unknown: creating, ending, or a card event's `SHOW 151`.
    std::string doubt;
    std::string extension;              ///< The one it was created with: it cannot be changed.
    std::string started;                ///< `startTime` it was created with; "" if unknown.
    End end = End::none;                ///< What MoySklad was told of the end.
    std::map<std::string, Card> cards;  ///< By extension.

    /// The end has been told and nothing about it can be mended.
    bool is_closed(const call::Call& call) const {
        return end == End::answered || (end == End::missed && !call.answered);
    }
    Stored stored() const;

    bool operator==(const CallNote&) const = default;
};

std::string to_json(const CallNote& note);
/// An unreadable note is as good as none: MoySklad is asked then.
base::Result<CallNote> note_from_json(std::string_view text);

/// A card event without its number yet.
struct CardChange {
    std::string type;
    std::string extension;

    std::string name() const { return type + " " + extension; }
    bool operator==(const CardChange&) const = default;
};
/// SHOW for each extension that rings and has had no card.
std::vector<CardChange> cards_for_ringing(const CallNote& note, const call::Call& call);
/// The timer for whoever talks now, whose card is shown first if it is not, then HIDE for each
/// other card.
std::vector<CardChange> cards_for_talk(const CallNote& note, const std::string& talker);
/// What a change that was taken makes of the cards.
void apply(CallNote& note, const CardChange& change);

}  // namespace trunkline::moysklad
