#include <algorithm>
#include <map>
#include <set>

#include "base/text.hpp"
#include "outcome_parts.hpp"
#include "playback/shown_text.hpp"

namespace trunkline::call_emulator {
namespace {

// At real pace the host's own times, which have no fractions, make the lengths.
constexpr std::int64_t real_pace_tolerance_s = 2;

Difference difference(
    std::string what,
    std::string path,
    std::string expected,
    std::string received,
    std::string russian,
    std::string english
) {
    return {
        .what = std::move(what),
        .path = std::move(path),
        .expected = std::move(expected),
        .received = std::move(received),
        .text_ru = std::move(russian),
        .text_en = std::move(english)
    };
}

/// The expectations of a run, read once. Views of an empty document where there are none.
class Expected {
public:
    explicit Expected(const Run& run) {
        auto document =
            json::parse(run.plan.expected, {.max_bytes = std::size_t{1} << 20, .max_depth = 32});
        if (document) {
            document_ = std::move(*document);
        }
    }
    json::View part(std::string_view name) const {
        return document_.root().find(name).value_or(json::Document().root());
    }

private:
    json::Document document_;
};

/// PostgreSQL keeps no order of members.
bool is_same(json::View a, json::View b) {
    if (a.is_object() && b.is_object() && a.size() == b.size()) {
        for (const auto [key, value] : a.members()) {
            const auto other = b.find(key);
            if (!other || !is_same(value, *other)) {
                return false;
            }
        }
        return true;
    }
    if (a.is_array() && b.is_array() && a.size() == b.size()) {
        for (std::size_t i = 0; i < a.size(); ++i) {
            if (!is_same(a[i], b[i])) {
                return false;
            }
        }
        return true;
    }
    return a.kind() == b.kind() && a.dump() == b.dump();
}

std::map<std::string, json::View, std::less<>> stored_events(const Testimony& trace) {
    std::map<std::string, json::View, std::less<>> stored;
    for (const auto item : items_of(trace, "event")) {
        if (const auto detail = item.find("detail")) {
            stored.emplace(std::string(text_of(detail, "event_id")), *detail);
        }
    }
    return stored;
}

bool is_truncated(const Testimony& trace) {
    const auto truncated = trace.find("truncated");
    return truncated && truncated->boolean().value_or(false);
}

std::optional<Difference> event_difference(
    const Sent& sent,
    const std::string& path,
    const std::map<std::string, json::View, std::less<>>& stored
) {
    const auto name = std::string(call::to_string(sent.event));
    const auto body = base::replace_invalid_utf8(sent.body);
    const auto found = stored.find(sent.event_id());
    if (found == stored.end()) {
        return difference(
            "event",
            path,
            body,
            "null",
            "событие " + name + " принято, но среди сохранённых событий звонка его нет",
            "the event " + name + " was accepted, but is not among the call's stored events"
        );
    }
    const auto was = json::parse(body);
    const auto is = found->second.find("raw");
    if (was && is && !is_same(was->root(), *is)) {
        return difference(
            "event",
            path,
            body,
            is->dump(),
            "событие " + name + " сохранено не таким, каким отправлено",
            "the event " + name + " was not stored as it was sent"
        );
    }
    return std::nullopt;
}

/// A stored call's member for one of the canonical call's; null JSON where there is none.
std::string stored_member(json::View call, std::string_view key) {
    static const std::map<std::string_view, const char*> columns{
        {"direction", "call_type"},
        {"rang", "extensions"},
        {"answered", "call_status"},
        {"talk_s", "duration"},
        {"wait_s", "wait"},
    };
    const auto column = columns.find(key);
    const auto value = call.find(column == columns.end() ? key : column->second);
    if (!value) {
        return "null";
    }
    if (key == "direction") {
        const auto type = value->integer().value_or(-1);
        return type == 0 ? R"("in")" : type == 1 ? R"("out")" : R"("internal")";
    }
    if (key == "answered") {
        return value->integer() == 2 ? "true" : "false";
    }
    return value->dump();
}

/// At real pace lengths may be off by the exchange's clock, which has no fractions.
bool is_same_figure(std::string_view key, json::View wanted, const std::string& is, bool is_real) {
    const auto received = json::parse(is);
    return received && playback::is_same_member(
                           key, wanted, received->root(), is_real ? real_pace_tolerance_s : 0
                       );
}

bool has_code(const CallEvidence& evidence, std::initializer_list<std::string_view> codes) {
    const auto reasons = items_of(evidence.trace, "reason");
    return std::ranges::any_of(reasons, [&codes](json::View item) {
        return std::ranges::find(codes, text_of(item, "code")) != codes.end();
    });
}

std::vector<std::string> texts_of(json::View list) {
    std::vector<std::string> texts;
    for (const auto item : list.elements()) {
        texts.emplace_back(item.string().value_or(""));
    }
    return texts;
}

/// At real pace a length in a text may be a second off; lengths stand last.
std::string without_length(const std::string& text, bool is_real) {
    const auto comma = text.rfind(", ");
    return is_real && text.starts_with("✅") && comma != std::string::npos ? text.substr(0, comma)
                                                                           : text;
}

class ChatComparison {
public:
    ChatComparison(const Run& run, std::vector<std::string> wanted)
        : run_(run),
          wanted_(std::move(wanted)),
          parties_(playback::parties_of(run.plan.values)),
          is_real_(run.pace.kind == Pace::Kind::real) {}

    void compare(const Chat& chat, const std::string& path, std::vector<Difference>& out) const {
        const ChatMessage* card = nullptr;
        for (std::size_t i = 0; i < chat.messages.size(); ++i) {
            const auto& message = chat.messages[i];
            const auto place = path + "/messages/" + std::to_string(i);
            if (message.is_deleted || message.history.empty()) {
                continue;
            }
            if (card == nullptr) {
                card = &message;
                compare_history(message, place, out);
            } else if (message.reply_to != card->id) {
                out.push_back(difference(
                    "chat",
                    place,
                    "null",
                    json::quote(message.history.back().text),
                    "второе сообщение об одном звонке",
                    "a second message about one call"
                ));
            }
        }
    }

private:
    bool is_same(const std::string& received, const std::string& wanted) const {
        return playback::is_same_text(
            without_length(received, is_real_), without_length(wanted, is_real_), parties_
        );
    }

    /// Texts that were overtaken are left out of a chat; none may be strange, or come too early.
    void compare_history(
        const ChatMessage& message, const std::string& place, std::vector<Difference>& out
    ) const {
        if (!playback::is_russian_card(message.history.front().text)) {
            return;  // The subscriber's language is another; expectations are the seed's texts.
        }
        if (run_.plan.known.chat) {
            compare_order(message, place, out);
        }
        if (run_.plan.known.chat_end && !is_same(message.history.back().text, wanted_.back())) {
            out.push_back(difference(
                "chat",
                place + "/history/" + std::to_string(message.history.size() - 1),
                json::quote(wanted_.back()),
                json::quote(message.history.back().text),
                "последний текст в чате другой",
                "the last text in the chat differs"
            ));
        }
    }

    void compare_order(
        const ChatMessage& message, const std::string& place, std::vector<Difference>& out
    ) const {
        std::size_t next = 0;
        for (std::size_t i = 0; i + 1 < message.history.size(); ++i) {
            const auto& text = message.history[i].text;
            auto at = next;
            while (at < wanted_.size() && !is_same(text, wanted_[at])) {
                ++at;
            }
            if (at < wanted_.size()) {
                next = at;
                continue;
            }
            out.push_back(difference(
                "chat",
                place + "/history/" + std::to_string(i),
                next < wanted_.size() ? json::quote(wanted_[next]) : "null",
                json::quote(text),
                "неожиданный текст в чате",
                "an unexpected text in the chat"
            ));
        }
    }

    const Run& run_;
    std::vector<std::string> wanted_;
    playback::Parties parties_;
    bool is_real_;
};

using Counts = std::map<std::string, int>;

bool is_crm_step(std::string_view kind) {
    return kind == "dial" || kind == "bridge" || kind == "hangup";
}

/// By CRM, what 8020 took note of: what was done, and what that CRM has nothing for.
std::map<std::string, Counts> crm_steps(const CallEvidence& evidence) {
    std::map<std::string, Counts> steps;
    for (const auto item : items_of(evidence.trace, "crm")) {
        const auto code = text_of(item, "code");
        const auto detail = item.find("detail");
        const auto kind = text_of(detail, "event_type");
        const bool counts = code == "crm_step_done" || code == "crm_step_duplicate" ||
                            code == "crm_step_ignored" || code == "crm_skipped";
        if (counts && is_crm_step(kind)) {
            ++steps[std::string(text_of(detail, "crm"))][std::string(kind)];
        }
    }
    return steps;
}

std::string counts_json(const Counts& counts) {
    json::Writer writer;
    writer.begin_object();
    for (const auto& [kind, count] : counts) {
        writer.member(kind, count);
    }
    return writer.end_object().take();
}

void compare_steps(
    const Counts& wanted, const CallEvidence& evidence, std::vector<Difference>& out
) {
    const auto steps = crm_steps(evidence);
    for (const auto& [crm, counts] : steps) {
        if (counts != wanted) {
            out.push_back(difference(
                "crm",
                "/crm_steps/" + crm,
                counts_json(wanted),
                counts_json(counts),
                crm + ": шаги не те",
                crm + ": the steps differ"
            ));
        }
    }
    const bool is_excused =
        has_code(evidence, {"crm_none_enabled", "crm_internal_call", "crm_disabled"});
    if (steps.empty() && !wanted.empty() && !is_excused) {
        out.push_back(difference(
            "crm",
            "/crm_steps",
            counts_json(wanted),
            "{}",
            "ни одна CRM ничего не получила",
            "no CRM got anything"
        ));
    }
}

/// RetailCRM's records of the call: JSON lists in the parameter `calls`.
std::vector<json::Document> uploads_in(const std::vector<json::View>& requests) {
    std::vector<json::Document> uploads;
    for (const auto request : requests) {
        const bool is_upload = text_of(request, "api") == "retailcrm" &&
                               text_of(request, "method").ends_with("calls/upload");
        const auto status = request.find("status");
        if (!is_upload || !status || status->integer().value_or(0) >= 300) {
            continue;
        }
        const auto list = json::parse(text_of(request.find("parameters"), "calls"));
        for (const auto call : list ? list->root().elements() : request.elements()) {
            if (auto copy = json::parse(call.dump())) {
                uploads.push_back(std::move(*copy));
            }
        }
    }
    return uploads;
}

/// Whether a record tells of the call as it ended, or as it had ended first: no record can be
/// corrected.
bool is_right_record(
    json::View upload, json::View wanted, std::optional<json::View> first_talk_s, bool is_real
) {
    const auto answered = wanted.find("answered");
    const bool is_answered = text_of(upload, "result") == "answered";
    if (!answered || is_answered != answered->boolean()) {
        return false;
    }
    const auto duration = upload.find("duration");
    const auto is_told = [&](const std::optional<json::View>& talk_s) {
        return talk_s && duration && is_same_figure("talk_s", *talk_s, duration->dump(), is_real);
    };
    return !is_answered || is_told(wanted.find("talk_s")) || is_told(first_talk_s);
}

void compare_uploads(
    const Run& run,
    const Expected& expected,
    const std::vector<json::View>& requests,
    std::vector<Difference>& out
) {
    const auto uploads = uploads_in(requests);
    if (uploads.size() > 1) {
        out.push_back(difference(
            "crm",
            "/crm/retailcrm/calls",
            "1",
            std::to_string(uploads.size()),
            "звонок записан в RetailCRM не один раз",
            "the call was recorded in RetailCRM more than once"
        ));
    }
    const auto wanted = expected.part("call");
    // Of shuffled events it has what was known when the hangup came, and stays so.
    if (!run.plan.known.crm || uploads.empty() || !wanted.find("answered") ||
        !wanted.find("talk_s")) {
        return;
    }
    const auto upload = uploads.front().root();
    const bool is_real = run.pace.kind == Pace::Kind::real;
    const auto first_talk_s = expected.part("first_record").find("talk_s");
    const bool is_right = is_right_record(upload, wanted, first_talk_s, is_real);
    if (!is_right) {
        out.push_back(difference(
            "crm",
            "/crm/retailcrm/calls/0",
            wanted.dump(),
            upload.dump(),
            "запись в RetailCRM не та",
            "the record in RetailCRM differs"
        ));
    }
}

}  // namespace

std::vector<Difference> event_differences(const Run& run, const CallEvidence& evidence) {
    std::vector<Difference> out;
    const auto stored = stored_events(evidence.trace);
    const bool is_known = evidence.trace.said && !is_truncated(evidence.trace);
    for (std::size_t i = 0; i < run.sent.size(); ++i) {
        const auto& sent = run.sent[i];
        const auto path = "/events/" + std::to_string(i);
        if (!sent.is_accepted()) {
            out.push_back(difference(
                "event",
                path + "/http_status",
                "200",
                sent.http_status ? std::to_string(*sent.http_status) : "null",
                "событие " + std::string(call::to_string(sent.event)) +
                    " не принято: " + (sent.error.empty() ? sent.answer : sent.error),
                "the event " + std::string(call::to_string(sent.event)) +
                    " was not accepted: " + (sent.error.empty() ? sent.answer : sent.error)
            ));
        } else if (is_known && !sent.is_repeat && !sent.event_id().empty()) {
            if (auto found = event_difference(sent, path, stored)) {
                out.push_back(std::move(*found));
            }
        }
    }
    return out;
}

std::vector<Difference> call_differences(const Run& run, const CallEvidence& evidence) {
    std::vector<Difference> out;
    const Expected expected(run);
    const auto wanted = expected.part("call");
    if (!run.plan.known.call || !evidence.why_no_calls.empty() || wanted.size() == 0) {
        return out;
    }
    if (evidence.calls.size() != 1) {
        out.push_back(difference(
            "call",
            "/calls",
            "1",
            std::to_string(evidence.calls.size()),
            evidence.calls.empty() ? "звонок не записан" : "один звонок записан как несколько",
            evidence.calls.empty() ? "no call was stored" : "one call was stored as several"
        ));
        return out;
    }
    const auto call = evidence.calls.front().root();
    for (const auto [key, value] : wanted.members()) {
        const auto received = stored_member(call, key);
        const bool is_real = run.pace.kind == Pace::Kind::real;
        if (!is_same_figure(key, value, received, is_real)) {
            out.push_back(difference(
                "call",
                "/calls/0/" + std::string(key),
                value.dump(),
                received,
                "в сохранённом звонке другое: " + std::string(key),
                "the stored call differs in " + std::string(key)
            ));
        }
    }
    return out;
}

std::vector<Difference> chat_differences(
    const Run& run, const CallEvidence& evidence, const std::vector<Chat>& chats
) {
    std::vector<Difference> out;
    const Expected expected(run);
    auto wanted = texts_of(expected.part("chat"));
    if (!evidence.trace.said || !run.plan.known.chat_end || wanted.empty()) {
        return out;
    }
    const bool is_excused = has_code(
        evidence,
        {"telegram_no_bot",
         "telegram_no_subscribers",
         "telegram_in_digest",
         "telegram_not_chosen",
         "telegram_subscriber_inactive"}
    );
    if (chats.empty() && !is_excused) {
        out.push_back(difference(
            "chat",
            "/chats",
            json::quote(wanted.back()),
            "null",
            "в чатах нет сообщения о звонке",
            "no chat has a message about the call"
        ));
    }
    const ChatComparison comparison(run, std::move(wanted));
    for (std::size_t i = 0; i < chats.size(); ++i) {
        comparison.compare(chats[i], "/chats/" + std::to_string(i), out);
    }
    return out;
}

std::vector<Difference> crm_differences(
    const Run& run, const CallEvidence& evidence, const std::vector<json::View>& requests
) {
    std::vector<Difference> out;
    if (!evidence.trace.said) {
        return out;
    }
    const Expected expected(run);
    if (run.plan.known.crm) {
        Counts wanted;
        for (const auto& kind : texts_of(expected.part("crm"))) {
            if (is_crm_step(kind)) {
                ++wanted[kind];
            }
        }
        compare_steps(wanted, evidence, out);
    }
    if (run.plan.known.call) {
        compare_uploads(run, expected, requests, out);
    }
    return out;
}

}  // namespace trunkline::call_emulator
