#include "reactions.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "base/text.hpp"
#include "json/document.hpp"

namespace trunkline::telegram {
namespace {

using Kind = Reaction::Kind;

Reaction of(Kind kind, std::string reason) {
    Reaction reaction;
    reaction.kind = kind;
    reaction.reason = std::move(reason);
    return reaction;
}

struct Rule {
    unsigned status;
    std::string_view text;  ///< Part of the lower-case description; texts and codes may change, so
                            ///< never all of it.
    Kind kind;
};

// In this order: the first that matches counts.
constexpr std::array<Rule, 27> rules{{
    {400, "message is not modified", Kind::done},
    {400, "message to delete not found", Kind::done},
    {400, "message can't be deleted", Kind::done},
    {400, "message identifier is not specified", Kind::send_anew},
    {400, "message to edit not found", Kind::send_anew},
    {400, "message can't be edited", Kind::replace_message},
    {400, "there is no text in the message to edit", Kind::edit_caption},
    {400, "there is no caption in the message to edit", Kind::replace_message},
    {400, "can't parse entities", Kind::send_plain},
    {400, "is too long", Kind::send_shortened},
    {400, "button", Kind::send_without_keyboard},
    {400, "reply markup", Kind::send_without_keyboard},
    {400, "chat not found", Kind::chat_unknown},
    {400, "not enough rights", Kind::drop_chat},
    {400, "have no rights", Kind::drop_chat},
    {400, "group chat was deleted", Kind::drop_chat},
    {403, "bot was blocked", Kind::drop_chat},
    {403, "user is deactivated", Kind::drop_chat},
    {403, "can't initiate conversation", Kind::drop_chat},
    {403, "bot was kicked", Kind::drop_chat},
    {403, "not a member", Kind::drop_chat},
    {403, "was deleted", Kind::drop_chat},
    {403, "", Kind::drop_chat},
    {401, "", Kind::stop_bot},
    {404, "", Kind::stop_bot},
    {409, "", Kind::conflict},
    {400, "", Kind::give_up},
}};

std::int64_t integer_at(json::View root, std::string_view outer, std::string_view inner) {
    const auto object = root.find(outer);
    const auto member = object ? object->find(inner) : std::nullopt;
    return member ? member->integer().value_or(0) : 0;
}

Reaction by_rules(unsigned status, const std::string& description) {
    const auto text = base::to_lower_ascii(description);
    // Worded "message to be replied not found", "reply message not found" and so on by different
    // servers.
    if (status == 400 && text.find("repl") != std::string::npos &&
        text.find("not found") != std::string::npos) {
        return of(Kind::send_without_reply, description);
    }
    for (const auto& rule : rules) {
        if (rule.status == status && text.find(rule.text) != std::string::npos) {
            const bool waits = text.find("can't initiate conversation") != std::string::npos;
            return of(rule.kind, waits ? "waiting for Start: " + description : description);
        }
    }
    return of(Kind::give_up, std::to_string(status) + " " + description);
}

Reaction without_answer(const httpc::Failure& failure) {
    if (failure.error.code == base::Errc::forbidden ||
        failure.error.code == base::Errc::invalid_input) {
        return of(Kind::give_up, base::describe(failure.error));
    }
    return of(
        failure.request_sent ? Kind::retry_unknown : Kind::retry, base::describe(failure.error)
    );
}

}  // namespace

Reaction react(const httpc::Outcome& outcome) {
    if (!outcome) {
        return without_answer(outcome.error());
    }
    const auto status = std::to_string(outcome->status);
    const auto document =
        json::parse(outcome->body, {.max_bytes = std::size_t{1} << 20, .max_depth = 32});
    // A page of whatever stands in front of the API: a server's fault, and nobody knows what was
    // done.
    if (!document || !document->root().is_object()) {
        return of(Kind::retry_unknown, "Telegram answered " + status + " without JSON");
    }
    const auto root = document->root();
    const auto ok = root.find("ok");
    if (ok && ok->boolean().value_or(false)) {
        auto done = of(Kind::done, "");
        const auto id = integer_at(root, "result", "message_id");
        done.message_id = id == 0 ? std::nullopt : std::optional(id);
        return done;
    }
    if (outcome->status >= 500) {
        return of(Kind::retry_unknown, "Telegram answered " + status);
    }
    const auto member = root.find("description");
    const std::string description(member ? member->string().value_or("") : "");
    if (outcome->status == 429) {
        auto wait = of(Kind::wait, description);
        const auto told = integer_at(root, "parameters", "retry_after");
        const auto header = std::atoll(std::string(outcome->header("Retry-After")).c_str());
        wait.retry_after = std::chrono::seconds(
            std::clamp<std::int64_t>(std::max<std::int64_t>(told, header), 1, 86'400)
        );
        return wait;
    }
    if (const auto moved = integer_at(root, "parameters", "migrate_to_chat_id"); moved != 0) {
        auto reaction = of(Kind::chat_moved, description);
        reaction.new_chat = moved;
        return reaction;
    }
    return by_rules(outcome->status, description);
}

}  // namespace trunkline::telegram
