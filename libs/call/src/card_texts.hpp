#pragma once

#include <string_view>

#include "call/card.hpp"

namespace trunkline::call {

/// The words of the card in one language (contract section 5; Russian is the seed's, to the
/// letter).
struct CardTexts {
    std::string_view ringing;
    std::string_view dialing;
    std::string_view talking;
    std::string_view done;
    std::string_view missed;
    std::string_view internal_ringing;
    std::string_view internal_talking;
    std::string_view internal_done;
    std::string_view internal_missed;
    std::string_view hidden_number;
    std::string_view greeting;
    std::string_view recording;
    std::string_view corrected;
};

const CardTexts& texts_of(Language language);

}  // namespace trunkline::call
