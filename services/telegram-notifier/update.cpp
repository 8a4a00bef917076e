#include "update.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace trunkline::telegram {
namespace {

constexpr std::size_t max_title = 100;  ///< Bytes; a name that is longer is nobody's.
constexpr std::size_t max_code = 64;

std::int64_t integer(json::View view, std::string_view key) {
    const auto found = view.find(key);
    return found ? found->integer().value_or(0) : 0;
}

std::string text(json::View view, std::string_view key) {
    const auto found = view.find(key);
    return found ? std::string(found->string().value_or("")) : std::string();
}

std::string shortened(std::string title) {
    std::ranges::replace_if(title, [](unsigned char c) { return c < ' '; }, ' ');
    if (title.size() > max_title) {
        auto end = max_title;
        while (end > 0 && (static_cast<unsigned char>(title[end]) & 0xC0U) == 0x80U) {
            --end;
        }
        title.resize(end);
    }
    return title;
}

std::string name_of(json::View person) {
    const auto last = text(person, "last_name");
    return shortened(text(person, "first_name") + (last.empty() ? "" : " " + last));
}

UpdateChat chat_of(json::View holder) {
    UpdateChat chat;
    if (const auto view = holder.find("chat")) {
        chat.id = integer(*view, "id");
        const auto type = text(*view, "type");
        chat.is_private = type.empty() ? chat.id > 0 : type == "private";
        chat.title = chat.is_private ? name_of(*view) : shortened(text(*view, "title"));
    }
    return chat;
}

std::int64_t sender_of(json::View holder) {
    const auto from = holder.find("from");
    return from ? integer(*from, "id") : 0;
}

void read_message(json::View message, Update& update) {
    update.chat = chat_of(message);
    update.from = sender_of(message);
    const auto in_topic = message.find("is_topic_message");
    if (in_topic && in_topic->boolean().value_or(false)) {
        update.thread = integer(message, "message_thread_id");
    }
    update.new_chat = integer(message, "migrate_to_chat_id");
    update.text = text(message, "text");
    if (update.chat.id != 0) {
        update.kind = update.new_chat != 0 ? Update::Kind::moved : Update::Kind::text;
    }
}

void read_button(json::View query, Update& update) {
    update.kind = Update::Kind::button;
    update.callback_id = text(query, "id");
    update.data = text(query, "data");
    update.from = sender_of(query);
    if (const auto message = query.find("message")) {
        update.chat = chat_of(*message);
        update.message = integer(*message, "message_id");
        const auto in_topic = message->find("is_topic_message");
        if (in_topic && in_topic->boolean().value_or(false)) {
            update.thread = integer(*message, "message_thread_id");
        }
    }
}

void read_membership(json::View change, Update& update) {
    update.chat = chat_of(change);
    update.from = sender_of(change);
    if (const auto member = change.find("new_chat_member")) {
        update.status = text(*member, "status");
    }
    if (update.chat.id != 0) {
        update.kind = Update::Kind::membership;
    }
}

}  // namespace

base::Result<Update> parse_update(json::View view) {
    const auto id = view.find("update_id");
    const auto number = id ? id->integer() : std::nullopt;
    if (!number) {
        return base::fail(base::Errc::invalid_input, "update_id: must be an integer");
    }
    Update update;
    update.id = *number;
    if (const auto message = view.find("message"); message && message->is_object()) {
        read_message(*message, update);
    } else if (const auto query = view.find("callback_query"); query && query->is_object()) {
        read_button(*query, update);
    } else if (const auto change = view.find("my_chat_member"); change && change->is_object()) {
        read_membership(*change, update);
    }
    return update;
}

std::optional<Command> parse_command(std::string_view text, std::string_view username) {
    if (!text.starts_with('/')) {
        return std::nullopt;
    }
    constexpr std::string_view blanks = " \t\n\r";
    const auto end = std::min(text.find_first_of(blanks), text.size());
    const auto word = text.substr(1, end - 1);
    const auto at = std::min(word.find('@'), word.size());
    if (at < word.size() && !username.empty() &&
        !base::equals_ignoring_case(word.substr(at + 1), username)) {
        return std::nullopt;
    }
    Command command;
    command.name = base::to_lower_ascii(word.substr(0, at));
    const auto rest = base::trim(text.substr(end));
    command.argument = rest.substr(0, rest.find_first_of(blanks));
    return command;
}

bool is_start_code(std::string_view code) {
    return !code.empty() && code.size() <= max_code && std::ranges::all_of(code, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               c == '_' || c == '-';
    });
}

}  // namespace trunkline::telegram
