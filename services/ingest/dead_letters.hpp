#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace trunkline::ingest {

/// A Telegram card that died: one chat's message about one call.
struct CardId {
    std::string call_uuid;
    std::int64_t chat = 0;
    std::string enterprise_number;

    bool operator==(const CardId&) const = default;
};

/// What a dead letter's id names: a row of dead_letters (`1234`), or a card
/// (`t-<call uuid>.<chat>.<enterprise>`), since cards have no queue of messages.
using DeadLetterId = std::variant<std::int64_t, CardId>;

/// Nothing if `text` is the id of neither.
std::optional<DeadLetterId> parse_dead_letter_id(std::string_view text);

/// What a person may do so that a replay succeeds, in one sentence.
std::string mend_of(std::string_view queue, std::string_view reason);

}  // namespace trunkline::ingest
