#include "outcome_parts.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>

#include "base/text.hpp"

namespace trunkline::call_emulator {
namespace {

using MessageKey = std::tuple<std::int64_t, std::int64_t, std::int64_t>;  // bot, chat, message

constexpr std::array crm_apis =
    std::to_array<std::string_view>({"retailcrm", "uon", "moysklad", "bitrix24"});
// Shorter ones are numbers of things that other calls speak of too.
constexpr std::size_t shortest_foreign_id = 12;

std::int64_t integer_of(std::optional<json::View> parent, std::string_view name) {
    const auto value = parent ? parent->find(name) : std::nullopt;
    return value ? value->integer().value_or(0) : 0;
}

MessageKey key_of(std::optional<json::View> detail) {
    return {integer_of(detail, "bot"), integer_of(detail, "chat"), integer_of(detail, "message")};
}

std::set<MessageKey> messages_of(const Testimony& trace) {
    std::set<MessageKey> keys;
    for (const auto item : items_of(trace, "telegram")) {
        const auto key = key_of(item.find("detail"));
        if (std::get<2>(key) != 0) {
            keys.insert(key);
        }
    }
    return keys;
}

ChatMessage message_from(json::View view) {
    ChatMessage message;
    message.id = integer_of(view, "message_id");
    const auto deleted = view.find("deleted");
    message.is_deleted = deleted && deleted->boolean().value_or(false);
    const auto reply_to = view.find("reply_to");
    message.reply_to = reply_to ? reply_to->integer() : std::nullopt;
    const auto history = view.find("history");
    for (const auto version : history ? history->elements() : view.elements()) {
        message.history.push_back(
            {std::string(text_of(version, "text")), std::string(text_of(version, "at"))}
        );
    }
    const auto markup = view.find("reply_markup");
    const auto text = markup ? markup->string() : std::nullopt;
    if (text) {
        message.reply_markup = json::parse(*text) ? std::string(*text) : "";
    } else if (markup && !markup->is_null()) {
        message.reply_markup = markup->dump();
    }
    return message;
}

std::vector<Chat> played_chats(const Testimony& chats, const std::set<MessageKey>& wanted) {
    std::vector<Chat> all;
    const auto list = chats.find("chats");
    if (!list) {
        return all;
    }
    for (const auto place : list->elements()) {
        Chat chat{
            .bot = integer_of(place, "bot_id"), .chat = integer_of(place, "chat_id"), .messages = {}
        };
        const auto messages = place.find("messages");
        for (const auto view : messages ? messages->elements() : place.elements()) {
            if (wanted.contains({chat.bot, chat.chat, integer_of(view, "message_id")})) {
                chat.messages.push_back(message_from(view));
            }
        }
        if (!chat.messages.empty()) {
            all.push_back(std::move(chat));
        }
    }
    return all;
}

/// From the notifier's requests that were done.
std::vector<Chat> logged_chats(const Testimony& trace) {
    std::map<MessageKey, ChatMessage> messages;
    for (const auto item : items_of(trace, "telegram")) {
        const auto detail = item.find("detail");
        const auto key = key_of(detail);
        if (integer_of(detail, "status") != 200 || std::get<2>(key) == 0) {
            continue;
        }
        auto& message = messages[key];
        message.id = std::get<2>(key);
        if (text_of(detail, "method") == "deleteMessage") {
            message.is_deleted = true;
        } else {
            message.history.push_back(
                {std::string(text_of(detail, "text")), std::string(text_of(item, "at"))}
            );
        }
    }
    std::vector<Chat> all;
    for (auto& [key, message] : messages) {
        const auto [bot, chat, id] = key;
        if (all.empty() || all.back().bot != bot || all.back().chat != chat) {
            all.push_back({.bot = bot, .chat = chat, .messages = {}});
        }
        all.back().messages.push_back(std::move(message));
    }
    return all;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Whether `id` stands in `text` by itself, not as a part of a longer number.
bool mentions(std::string_view text, std::string_view id) {
    for (auto at = text.find(id); at != std::string_view::npos; at = text.find(id, at + 1)) {
        const bool is_clear_before = at == 0 || !is_digit(text[at - 1]);
        const auto end = at + id.size();
        const bool is_clear_behind = end == text.size() || !is_digit(text[end]);
        if (is_clear_before && is_clear_behind) {
            return true;
        }
    }
    return false;
}

std::string everything_in(json::View request) {
    std::string text(text_of(request, "method"));
    for (const auto* name : {"parameters", "body"}) {
        const auto part = request.find(name);
        if (!part) {
            continue;
        }
        if (const auto whole = part->string()) {
            text += " " + base::percent_decode(*whole);
        }
        for (const auto [key, value] : part->members()) {
            const auto scalar = value.string();
            text += " " + (scalar ? std::string(*scalar) : value.dump());
        }
    }
    return text;
}

/// What the CRM calls the thing that it was told of, for requests that speak of it by that id.
void learn_ids(json::View view, std::set<std::string>& ids) {
    for (const auto [key, value] : view.members()) {
        const auto text = value.string();
        if (text && (key == "id" || key == "CALL_ID") && text->size() >= shortest_foreign_id) {
            ids.emplace(*text);
        }
        learn_ids(value, ids);
    }
    for (const auto item : view.elements()) {
        learn_ids(item, ids);
    }
}

std::set<std::string> ids_of(const Run& run) {
    std::set<std::string> ids{run.plan.unique_id};
    for (const auto& event : run.plan.events) {
        const auto body = json::parse(base::replace_invalid_utf8(event.body));
        if (const auto id = text_of(body ? std::optional(body->root()) : std::nullopt, "UniqueId");
            !id.empty()) {
            ids.emplace(id);
        }
    }
    return ids;
}

/// U-ON knows no ids of ours (contracts/uon.md).
bool is_by_phone(json::View request, const Run& run) {
    const auto phone = run.plan.values.find("phone");
    if (text_of(request, "api") != "uon" || phone == run.plan.values.end() ||
        phone->second.empty()) {
        return false;
    }
    const auto digits = base::digits_of(phone->second.front());
    return digits.size() >= 7 && mentions(everything_in(request), digits);
}

}  // namespace

std::string_view text_of(std::optional<json::View> parent, std::string_view name) {
    const auto value = parent ? parent->find(name) : std::nullopt;
    return value ? value->string().value_or("") : std::string_view();
}

std::vector<json::View> items_of(const Testimony& trace, std::string_view what) {
    std::vector<json::View> items;
    const auto all = trace.find("items");
    if (!all) {
        return items;
    }
    for (const auto item : all->elements()) {
        if (text_of(item, "what") == what) {
            items.push_back(item);
        }
    }
    return items;
}

std::vector<Chat> chats_of(const Testimony& trace, const SandboxEvidence& sandbox) {
    auto chats = played_chats(sandbox.chats, messages_of(trace));
    return chats.empty() ? logged_chats(trace) : chats;
}

void write_chats(json::Writer& writer, const std::vector<Chat>& chats) {
    writer.begin_array();
    for (const auto& chat : chats) {
        writer.begin_object()
            .member("bot_id", chat.bot)
            .member("chat_id", chat.chat)
            .key("messages")
            .begin_array();
        for (const auto& message : chat.messages) {
            writer.begin_object()
                .member("message_id", message.id)
                .member("deleted", message.is_deleted)
                .member("reply_to", message.reply_to)
                .key("history")
                .begin_array();
            for (const auto& version : message.history) {
                writer.begin_object()
                    .member("text", version.text)
                    .member("at", version.at)
                    .end_object();
            }
            writer.end_array().key("reply_markup");
            writer.raw(message.reply_markup.empty() ? "null" : message.reply_markup).end_object();
        }
        writer.end_array().end_object();
    }
    writer.end_array();
}

std::vector<json::View> crm_requests_of(const Run& run, const SandboxEvidence& sandbox) {
    std::vector<json::View> found;
    const auto items = sandbox.requests.find("items");
    if (!items) {
        return found;
    }
    auto ids = ids_of(run);
    for (const auto request : items->elements()) {
        if (std::ranges::find(crm_apis, text_of(request, "api")) == crm_apis.end()) {
            continue;
        }
        const auto text = everything_in(request);
        const bool is_ours =
            std::ranges::any_of(ids, [&](const auto& id) { return mentions(text, id); }) ||
            is_by_phone(request, run);
        if (!is_ours) {
            continue;
        }
        found.push_back(request);
        if (const auto answer = json::parse(text_of(request, "answer"))) {
            learn_ids(answer->root(), ids);
        }
    }
    return found;
}

}  // namespace trunkline::call_emulator
