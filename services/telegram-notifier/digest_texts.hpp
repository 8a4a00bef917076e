#pragma once

#include <string>

#include "call/card.hpp"

namespace trunkline::telegram {

/// The first line of the message that tells of calls which ended while nothing could be sent.
inline std::string digest_heading(call::Language language) {
    switch (language) {
        case call::Language::be:
            return "🗂 Званкі за час перапынку сувязі:";
        case call::Language::en:
            return "🗂 Calls while messages could not be sent:";
        case call::Language::ru:
            break;
    }
    return "🗂 Звонки за время перерыва связи:";
}

}  // namespace trunkline::telegram
