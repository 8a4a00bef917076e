#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "call/call.hpp"
#include "json/document.hpp"

namespace trunkline::call {

enum class Language { ru, be, en };
std::optional<Language> parse_language(std::string_view code);

/// Names for numbers; what is absent is shown as the plain number.
struct CardNames {
    std::string customer;                                      ///< Of call.phone.
    std::map<std::string, std::string, std::less<>> managers;  ///< By internal number.
    std::string line;                                          ///< Of call.line.
};

enum class FinalMode { replace, comment };

struct CardOptions {
    Language language = Language::ru;
    FinalMode final_mode = FinalMode::replace;
    /// final_mode comment: only within this time after the conversation's message, else it is
    /// replaced.
    std::chrono::milliseconds comment_window{600'000};
    base::WallTime now;           ///< Needed for final_mode comment alone.
    bool show_line = false;       ///< Extra line `📡 ...`.
    bool show_recording = false;  ///< Extra line `🔉 ...`, answered calls with a link.
    /// A link that comes after the end was told, and that neither the text nor a button can carry,
    /// is told in a comment.
    bool comment_recording = false;
    CardNames names;
};

/// What was last wanted in one chat for one call. Stored with the message; a new chat begins with
/// the default.
struct CardState {
    Phase phase = Phase::none;
    std::string text;            ///< Of the card itself, HTML.
    std::string comment;         ///< Last comment, so that it is not repeated.
    std::uint64_t revision = 0;  ///< Of the snapshot that gave it.
    unsigned reopened = 0;
    bool has_recording = false;  ///< The end was told with a link, or the link was told since.
    base::WallTime changed_at;   ///< options.now of the last step that was not none.

    bool operator==(const CardState&) const = default;
};

std::string to_json(const CardState& state);
base::Result<CardState> card_state_from_json(json::View value);

enum class CardOp {
    none,
    send,     ///< A new message.
    replace,  ///< Edit the call's message; impossible: send anew, then delete the old one.
    comment,  ///< A reply to the call's message.
};

struct CardStep {
    CardOp op = CardOp::none;
    std::string text;  ///< HTML for parse_mode=HTML; "" for none.
    CardState state;   ///< What to keep instead of the state given. Also changes when op is none.
};

/// The next thing to do in a chat. Snapshots may be skipped or come in any order: an older one
/// gives none, and the card never goes back, but for a call that was reopened.
CardStep next_card(const CardState& state, const Call& call, const CardOptions& options);

/// The text of a snapshot by itself (contract section 5); "" in phase none. Never longer than
/// Telegram takes: names are cut first, then lists.
std::string card_text(const Call& call, const CardOptions& options);

/// `MM:SS`, from an hour `H:MM:SS`.
std::string format_duration(std::int64_t seconds);

/// `&`, `<`, `>` and `"` for Telegram's HTML.
std::string escape_html(std::string_view text);

/// What people read of Telegram's HTML: without tags, references resolved.
std::string plain_text(std::string_view html);

/// At most `longest` code points; a longer text ends with an ellipsis.
std::string shorten(std::string_view text, std::size_t longest);

}  // namespace trunkline::call
