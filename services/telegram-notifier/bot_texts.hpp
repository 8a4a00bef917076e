#pragma once

#include <string_view>

#include "call/card.hpp"

namespace trunkline::telegram {

/// What the bot says besides cards, in one language. Texts with `{}` are filled by fmt; all are
/// HTML.
struct BotTexts {
    std::string_view welcome;        ///< {} enterprise.
    std::string_view welcome_group;  ///< {} enterprise.
    std::string_view already;        ///< {} enterprise.
    std::string_view explain;        ///< To somebody who has no code.
    std::string_view wrong_code;
    std::string_view code_is_for_group;
    std::string_view code_is_for_person;
    std::string_view welcome_back;
    std::string_view left;
    std::string_view not_subscribed;
    std::string_view later;  ///< Something of ours is away.

    std::string_view settings;  ///< {} enterprise.
    std::string_view language;
    std::string_view calls_all;
    std::string_view calls_missed;
    std::string_view internal_on;
    std::string_view internal_off;
    std::string_view extensions;  ///< {} which.
    std::string_view lines;       ///< {} which.
    std::string_view every;
    std::string_view quiet_button;  ///< {} when.
    std::string_view never;
    std::string_view pick_extensions;
    std::string_view pick_lines;
    std::string_view pick_quiet;  ///< {} zone.
    std::string_view quiet_off;
    std::string_view starts;
    std::string_view ends;
    std::string_view back;
    std::string_view close;
    std::string_view saved;

    std::string_view digest;       ///< {} calls, {} of them missed.
    std::string_view digest_more;  ///< {} calls.

    std::string_view recording;
    std::string_view call_back;
    std::string_view story;
    std::string_view calling;  ///< {} extension.
    std::string_view cannot_call;
    std::string_view not_allowed;
    std::string_view outdated;
};

const BotTexts& bot_texts(call::Language language);

}  // namespace trunkline::telegram
