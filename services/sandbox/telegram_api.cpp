#include "telegram_api.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "json/document.hpp"
#include "json/writer.hpp"
#include "telegram_html.hpp"

namespace trunkline::sandbox {
using namespace telegram;
namespace {

constexpr std::size_t max_text = 4096;
constexpr std::size_t max_raw_bytes = 32768;
constexpr std::size_t max_callback_data = 64;

ApiAnswer bad_request(const std::string& what) { return error(400, "Bad Request: " + what); }

/// The text as the chat will show it, or Telegram's refusal.
std::expected<std::string, ApiAnswer> displayed(const Parameters& parameters) {
    const auto raw = text_of(parameters, "text");
    if (raw.empty()) {
        return std::unexpected(bad_request("message text is empty"));
    }
    if (raw.size() > max_raw_bytes) {
        return std::unexpected(bad_request("text is too long"));
    }
    if (!base::is_valid_utf8(raw)) {
        return std::unexpected(bad_request("strings must be encoded in UTF-8"));
    }
    std::string shown(base::trim(raw));
    const auto mode = base::to_lower_ascii(text_of(parameters, "parse_mode"));
    if (mode == "html") {
        auto parsed = parse_telegram_html(raw);
        if (!parsed) {
            return std::unexpected(bad_request("can't parse entities: " + parsed.error().detail));
        }
        shown = std::move(*parsed);
    } else if (!mode.empty()) {
        return std::unexpected(bad_request("unsupported parse_mode"));
    }
    if (shown.empty()) {
        return std::unexpected(bad_request("text must be non-empty"));
    }
    if (length_in_code_points(shown) > max_text) {
        return std::unexpected(bad_request("message is too long"));
    }
    return shown;
}

std::int64_t unix_seconds(base::WallTime time) {
    return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

/// reply_parameters.message_id, or the older reply_to_message_id; and whether a missing target is
/// forgiven.
std::pair<std::optional<std::int64_t>, bool> reply_of(const Parameters& parameters) {
    const auto nested = text_of(parameters, "reply_parameters");
    if (nested.empty()) {
        return {
            integer_of(parameters, "reply_to_message_id"),
            text_of(parameters, "allow_sending_without_reply") == "true"
        };
    }
    const auto document = json::parse(nested);
    if (!document) {
        return {std::nullopt, false};
    }
    const auto id = document->root().find("message_id");
    const auto allow = document->root().find("allow_sending_without_reply");
    return {id ? id->integer() : std::nullopt, allow && allow->boolean().value_or(false)};
}

/// Telegram refuses a button whose address has no dot in its host.
std::optional<ApiAnswer> wrong_keyboard(const std::string& markup) {
    if (markup.empty()) {
        return std::nullopt;
    }
    const auto document = json::parse(markup);
    const auto rows = document ? document->root().find("inline_keyboard") : std::nullopt;
    if (!rows) {
        return bad_request("object expected as reply markup");
    }
    for (const auto row : rows->elements()) {
        for (const auto button : row.elements()) {
            const auto text = button.find("text");
            const auto url = button.find("url");
            const auto data = button.find("callback_data");
            if (url && data) {
                return bad_request(
                    "can't parse inline keyboard button: exactly one action is needed"
                );
            }
            const auto payload = data ? data->string().value_or("") : std::string_view();
            if (data && (payload.empty() || payload.size() > max_callback_data)) {
                return bad_request("BUTTON_DATA_INVALID");
            }
            if (!text || text->string().value_or("").empty() || (!url && !data)) {
                return bad_request(
                    "can't parse inline keyboard button: Text buttons are unallowed in the inline "
                    "keyboard"
                );
            }
            if (!url) {
                continue;
            }
            const std::string address(url->string().value_or(""));
            const auto host = address.substr(std::min(address.size(), address.find("://") + 3));
            if (host.substr(0, host.find('/')).find('.') == std::string::npos) {
                return bad_request(
                    "inline keyboard button URL '" + address + "' is invalid: Wrong HTTP URL"
                );
            }
        }
    }
    return std::nullopt;
}

}  // namespace

ApiAnswer TelegramApi::call(
    const std::string& token, const std::string& method, const Parameters& parameters
) {
    const auto bot = bot_of(token);
    if (!bot) {
        return error(404, "Not Found");
    }
    const auto name = base::to_lower_ascii(method);
    if (name == "getme") {
        return get_me(*bot);
    }
    if (name == "sendmessage") {
        return send_message(*bot, parameters);
    }
    if (name == "editmessagetext") {
        return edit_message_text(*bot, parameters);
    }
    if (name == "editmessagereplymarkup") {
        return edit_reply_markup(*bot, parameters);
    }
    if (name == "editmessagecaption") {
        return bad_request("there is no caption in the message to edit");
    }
    if (name == "deletemessage") {
        return delete_message(*bot, parameters);
    }
    return error(404, "Not Found: method not found");
}

ApiAnswer TelegramApi::get_me(std::int64_t bot) const {
    json::Writer writer;
    writer.begin_object()
        .member("id", bot)
        .member("is_bot", true)
        .member("first_name", "Sandbox")
        .member("username", "sandbox_" + std::to_string(bot) + "_bot")
        .member("can_join_groups", true)
        .end_object();
    return result(writer.take());
}

TelegramApi::Message* TelegramApi::find(std::int64_t bot, std::int64_t chat, std::int64_t message) {
    const auto found = chats_.find({bot, chat});
    if (found == chats_.end()) {
        return nullptr;
    }
    const auto entry = std::ranges::find(found->second, message, &Message::id);
    return entry == found->second.end() || entry->deleted ? nullptr : &*entry;
}

ApiAnswer TelegramApi::send_message(std::int64_t bot, const Parameters& parameters) {
    const auto chat = integer_of(parameters, "chat_id");
    if (!chat) {
        return bad_request(
            text_of(parameters, "chat_id").empty() ? "chat_id is empty" : "chat not found"
        );
    }
    if (auto refusal = unreachable(bot, *chat)) {
        return *refusal;
    }
    const auto text = displayed(parameters);
    if (!text) {
        return text.error();
    }
    const auto thread = integer_of(parameters, "message_thread_id");
    if (thread && *chat > 0) {
        return bad_request("message thread not found");
    }
    auto markup = text_of(parameters, "reply_markup");
    if (auto refusal = wrong_keyboard(markup)) {
        return *refusal;
    }
    auto [reply_to, forgiving] = reply_of(parameters);
    if (reply_to && find(bot, *chat, *reply_to) == nullptr) {
        if (!forgiving) {
            return bad_request("message to be replied not found");
        }
        reply_to.reset();
    }
    auto& messages = chats_[{bot, *chat}];
    Message message;
    message.id = messages.empty() ? 1 : messages.back().id + 1;
    message.reply_to = reply_to;
    message.thread = thread;
    message.reply_markup = std::move(markup);
    message.history.push_back({*text, text_of(parameters, "text"), clock_.now()});
    messages.push_back(std::move(message));
    return result(message_json(bot, *chat, messages.back()));
}

ApiAnswer TelegramApi::edit_message_text(std::int64_t bot, const Parameters& parameters) {
    const auto chat = integer_of(parameters, "chat_id");
    const auto id = integer_of(parameters, "message_id");
    if (!chat || !id) {
        return bad_request("message identifier is not specified");
    }
    if (auto refusal = unreachable(bot, *chat)) {
        return *refusal;
    }
    const auto text = displayed(parameters);
    if (!text) {
        return text.error();
    }
    auto* message = find(bot, *chat, *id);
    if (message == nullptr) {
        return bad_request("message to edit not found");
    }
    if (message->from_user) {
        return bad_request("message can't be edited");
    }
    auto markup = text_of(parameters, "reply_markup");
    if (auto refusal = wrong_keyboard(markup)) {
        return *refusal;
    }
    if (message->history.back().raw == text_of(parameters, "text") &&
        message->reply_markup == markup) {
        return bad_request(
            "message is not modified: specified new message content and reply markup are exactly "
            "the same as a current content "
            "and reply markup of the message"
        );
    }
    // Without reply_markup the keyboard disappears.
    message->reply_markup = std::move(markup);
    message->history.push_back({*text, text_of(parameters, "text"), clock_.now()});
    return result(message_json(bot, *chat, *message));
}

ApiAnswer TelegramApi::edit_reply_markup(std::int64_t bot, const Parameters& parameters) {
    const auto chat = integer_of(parameters, "chat_id");
    const auto id = integer_of(parameters, "message_id");
    auto* message = chat && id ? find(bot, *chat, *id) : nullptr;
    if (message == nullptr || !chat || message->from_user) {
        return bad_request(
            message == nullptr ? "message to edit not found" : "message can't be edited"
        );
    }
    if (auto refusal = unreachable(bot, *chat)) {
        return *refusal;
    }
    auto markup = text_of(parameters, "reply_markup");
    if (auto refusal = wrong_keyboard(markup)) {
        return *refusal;
    }
    if (message->reply_markup == markup) {
        return bad_request(
            "message is not modified: specified new message content and reply markup are exactly "
            "the same as a current content and reply markup of the message"
        );
    }
    message->reply_markup = std::move(markup);
    return result(message_json(bot, *chat, *message));
}

std::optional<ApiAnswer> TelegramApi::unreachable(std::int64_t bot, std::int64_t chat) const {
    if (!blocked_.contains({bot, chat})) {
        return std::nullopt;
    }
    return error(
        403,
        chat > 0 ? "Forbidden: bot was blocked by the user"
                 : "Forbidden: bot was kicked from the group chat"
    );
}

void TelegramApi::set_reachable(std::int64_t bot, std::int64_t chat, bool reachable) {
    if (reachable) {
        blocked_.erase({bot, chat});
    } else {
        blocked_.insert({bot, chat});
    }
}

std::int64_t TelegramApi::receive(
    std::int64_t bot, std::int64_t chat, const std::string& text, std::optional<std::int64_t> thread
) {
    auto& messages = chats_[{bot, chat}];
    Message message;
    message.id = messages.empty() ? 1 : messages.back().id + 1;
    message.from_user = true;
    message.thread = thread;
    message.history.push_back({text, text, clock_.now()});
    messages.push_back(std::move(message));
    return messages.back().id;
}

const TelegramApi::Message* TelegramApi::shown(
    std::int64_t bot, std::int64_t chat, std::int64_t message
) const {
    const auto found = chats_.find({bot, chat});
    if (found == chats_.end()) {
        return nullptr;
    }
    const auto entry = std::ranges::find(found->second, message, &Message::id);
    return entry == found->second.end() || entry->deleted ? nullptr : &*entry;
}

std::string TelegramApi::message_json(std::int64_t bot, std::int64_t chat, const Message& message) {
    json::Writer writer;
    writer.begin_object()
        .member("message_id", message.id)
        .key("from")
        .begin_object()
        .member("id", bot)
        .member("is_bot", true)
        .member("first_name", "Sandbox")
        .end_object()
        .key("chat")
        .begin_object()
        .member("id", chat)
        .member("type", chat > 0 ? "private" : "group")
        .end_object()
        .member("date", unix_seconds(message.history.front().at))
        .member("text", message.history.back().text);
    if (message.thread) {
        writer.member("message_thread_id", *message.thread).member("is_topic_message", true);
    }
    if (message.history.size() > 1) {
        writer.member("edit_date", unix_seconds(message.history.back().at));
    }
    if (!message.reply_markup.empty()) {
        writer.key("reply_markup").raw(message.reply_markup);
    }
    return writer.end_object().take();
}

ApiAnswer TelegramApi::delete_message(std::int64_t bot, const Parameters& parameters) {
    const auto chat = integer_of(parameters, "chat_id");
    const auto id = integer_of(parameters, "message_id");
    auto* message = chat && id ? find(bot, *chat, *id) : nullptr;
    if (message == nullptr) {
        return bad_request("message to delete not found");
    }
    message->deleted = true;
    return result("true");
}

}  // namespace trunkline::sandbox
