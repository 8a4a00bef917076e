#include "dead_letters.hpp"

#include <array>
#include <charconv>

#include "base/ids.hpp"
#include "base/text.hpp"

namespace trunkline::ingest {
namespace {

constexpr std::string_view card_prefix = "t-";
constexpr std::size_t uuid_length = 36;

std::optional<std::int64_t> integer_of(std::string_view text) {
    std::int64_t number = 0;
    const auto parsed = std::from_chars(text.begin(), text.end(), number);
    if (parsed.ec != std::errc{} || parsed.ptr != text.end()) {
        return std::nullopt;
    }
    return number;
}

/// The enterprise's number comes last, for it may hold any character.
std::optional<DeadLetterId> parse_card(std::string_view text) {
    if (text.size() <= uuid_length || text[uuid_length] != '.') {
        return std::nullopt;
    }
    const auto uuid = text.substr(0, uuid_length);
    const auto rest = text.substr(uuid_length + 1);
    const auto dot = rest.find('.');
    const auto chat = integer_of(rest.substr(0, dot));
    if (!base::is_uuid(uuid) || dot == std::string_view::npos || !chat || dot + 1 == rest.size()) {
        return std::nullopt;
    }
    return CardId{std::string(uuid), *chat, std::string(rest.substr(dot + 1))};
}

struct Mend {
    std::string_view queue;
    std::string_view sign;  ///< Part of the lower-case reason; empty: any.
    std::string_view what;
};

// The first that fits counts. What the connectors know better stands in the reason behind " - ".
constexpr std::array<Mend, 13> mends{{
    {"telegram", "another bot now", "a replay sends it by the new bot"},
    {"telegram", "bot was blocked", "the person unblocks the bot and starts it again"},
    {"telegram", "can't initiate", "the person starts the bot"},
    {"telegram", "was kicked", "the bot is added to the group again"},
    {"telegram", "not a member", "the bot is added to the group again"},
    {"telegram", "rights", "the bot gets the right to write in the chat"},
    {"telegram", "chat not found", "the chat's id is corrected: trunkctl subscriber add"},
    {"telegram", "deactivated", "nothing: the account is gone"},
    {"telegram", "", "see the reason; the requests are under 8026's /messages"},
    {"gateway", "", "integration-cache is brought to ingest's version, or its log tells more"},
    {"crm", "there is no connector", "the connector is installed and 8020 is given its address"},
    {"crm", "connector refused", "the connector is brought to integration-cache's version"},
    {"", "", "the cause in the reason is mended"},
}};

}  // namespace

std::optional<DeadLetterId> parse_dead_letter_id(std::string_view text) {
    if (text.starts_with(card_prefix)) {
        return parse_card(text.substr(card_prefix.size()));
    }
    const auto id = integer_of(text);
    return id && *id > 0 ? std::optional<DeadLetterId>(*id) : std::nullopt;
}

std::string mend_of(std::string_view queue, std::string_view reason) {
    if (const auto dash = reason.rfind(" - "); queue == "crm" && dash != std::string_view::npos) {
        return std::string(reason.substr(dash + 3));
    }
    const auto text = base::to_lower_ascii(reason);
    for (const auto& mend : mends) {
        const bool is_queue = mend.queue.empty() || mend.queue == queue;
        if (is_queue && text.find(mend.sign) != std::string::npos) {
            return std::string(mend.what);
        }
    }
    return {};
}

}  // namespace trunkline::ingest
