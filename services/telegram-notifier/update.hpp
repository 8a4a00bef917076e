#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "json/document.hpp"

namespace trunkline::telegram {

/// A chat as an update names it.
struct UpdateChat {
    std::int64_t id = 0;
    bool is_private = true;
    std::string title;  ///< The group's, or the person's name.
};

/// One Update of the Bot API, as far as we ask for it. Everything in it comes from strangers.
struct Update {
    enum class Kind { other, text, button, membership, moved } kind = Kind::other;
    std::int64_t id = 0;
    UpdateChat chat;
    std::int64_t from = 0;  ///< The user; 0 if it says none.
    std::optional<std::int64_t> thread;
    std::string text;           ///< text: the message's.
    std::string callback_id;    ///< button.
    std::string data;           ///< button.
    std::int64_t message = 0;   ///< button: the message that carries it; 0 if it is not told.
    std::string status;         ///< membership: new_chat_member.status.
    std::int64_t new_chat = 0;  ///< moved: the group's new id.
};

/// invalid_input: it has no update_id, so nobody can say whether it was acted on.
base::Result<Update> parse_update(json::View view);

struct Command {
    std::string name;      ///< `start`, lower case, without the slash.
    std::string argument;  ///< The first word behind it.
};

/// The command that a message begins with; nothing if it has none or is for another bot. `username`
/// is ours, without @; while it is empty any address is taken for ours.
std::optional<Command> parse_command(std::string_view text, std::string_view username);

/// Whether `code` may be an invite's: up to 64 of `A-Za-z0-9_-`.
bool is_start_code(std::string_view code);

}  // namespace trunkline::telegram
