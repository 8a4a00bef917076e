#include "telegram_api.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "base/text.hpp"
#include "json/document.hpp"
#include "json/writer.hpp"
#include "telegram_html.hpp"

namespace trunkline::sandbox {
namespace {

constexpr std::size_t max_text = 4096;
constexpr std::size_t max_raw_bytes = 32768;
constexpr std::size_t min_secret = 30;

ApiAnswer error(unsigned code, const std::string& description) {
    json::Writer writer;
    writer.begin_object()
        .member("ok", false)
        .member("error_code", code)
        .member("description", description)
        .end_object();
    return {.status = code, .body = writer.take(), .retry_after = std::nullopt};
}

ApiAnswer bad_request(const std::string& what) { return error(400, "Bad Request: " + what); }

ApiAnswer result(const std::string& json) {
    return {
        .status = 200, .body = "{\"ok\":true,\"result\":" + json + "}", .retry_after = std::nullopt
    };
}

std::optional<std::int64_t> integer_of(const Parameters& parameters, std::string_view name) {
    const auto found = parameters.find(name);
    if (found == parameters.end()) {
        return std::nullopt;
    }
    std::int64_t value = 0;
    const auto* end = found->second.data() + found->second.size();
    const auto parsed = std::from_chars(found->second.data(), end, value);
    if (parsed.ec != std::errc{} || parsed.ptr != end) {
        return std::nullopt;
    }
    return value;
}

std::string text_of(const Parameters& parameters, std::string_view name) {
    const auto found = parameters.find(name);
    return found == parameters.end() ? std::string() : found->second;
}

/// `<bot id>:<secret>`; nothing if it has not that form.
std::optional<std::int64_t> bot_of(const std::string& token) {
    const auto colon = token.find(':');
    if (colon == std::string::npos || token.size() - colon - 1 < min_secret) {
        return std::nullopt;
    }
    std::int64_t bot = 0;
    const auto parsed = std::from_chars(token.data(), token.data() + colon, bot);
    return parsed.ec == std::errc{} && parsed.ptr == token.data() + colon && bot > 0
               ? std::optional(bot)
               : std::nullopt;
}

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

std::string message_json(std::int64_t bot, std::int64_t chat, const TelegramApi::Message& message) {
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
    if (message.history.size() > 1) {
        writer.member("edit_date", unix_seconds(message.history.back().at));
    }
    return writer.end_object().take();
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
            if (!text || (!url && !button.find("callback_data"))) {
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
    const auto text = displayed(parameters);
    if (!text) {
        return text.error();
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
    const auto text = displayed(parameters);
    if (!text) {
        return text.error();
    }
    auto* message = find(bot, *chat, *id);
    if (message == nullptr) {
        return bad_request("message to edit not found");
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
