#include "outcome_text.hpp"

#include <fmt/format.h>

namespace trunkline::trunkctl {
namespace {

std::string text_of(std::optional<json::View> parent, std::string_view name) {
    const auto value = parent ? parent->find(name) : std::nullopt;
    if (!value || value->is_null()) {
        return "-";
    }
    return value->string() ? std::string(*value->string()) : value->dump();
}

void add_events(std::string& out, json::View outcome) {
    const auto events = outcome.find("events");
    for (const auto event : events ? events->elements() : outcome.elements()) {
        out += fmt::format(
            "  {:<15} {} in {} ms{}\n",
            text_of(event, "event"),
            text_of(event, "http_status"),
            text_of(event, "duration_ms"),
            text_of(event, "error") == "-" ? "" : ": " + text_of(event, "error")
        );
    }
}

void add_chats(std::string& out, json::View outcome) {
    const auto chats = outcome.find("chats");
    for (const auto chat : chats ? chats->elements() : outcome.elements()) {
        out += fmt::format("chat {}\n", text_of(chat, "chat_id"));
        const auto messages = chat.find("messages");
        for (const auto message : messages ? messages->elements() : outcome.elements()) {
            const auto history = message.find("history");
            for (const auto version : history ? history->elements() : outcome.elements()) {
                out += "  " + text_of(version, "text") + "\n";
            }
        }
    }
}

void add_calls(std::string& out, json::View outcome) {
    const auto calls = outcome.find("calls");
    for (const auto call : calls ? calls->elements() : outcome.elements()) {
        out += fmt::format(
            "call {}: {} {} -> {}, status {}, {} s talked after {} s\n",
            text_of(call, "uuid"),
            text_of(call, "phone"),
            text_of(call, "line"),
            text_of(call, "talkers"),
            text_of(call, "call_status"),
            text_of(call, "duration"),
            text_of(call, "wait")
        );
    }
}

void add_crm(std::string& out, json::View outcome) {
    const auto requests = outcome.find("crm");
    for (const auto request : requests ? requests->elements() : outcome.elements()) {
        out += fmt::format(
            "{} {}: {} -> {}\n",
            text_of(request, "api"),
            text_of(request, "account"),
            text_of(request, "method"),
            text_of(request, "status")
        );
    }
}

}  // namespace

std::string difference_text(json::View difference) {
    return fmt::format(
        "{} {}: expected {}, received {} ({})",
        text_of(difference, "what"),
        text_of(difference, "path"),
        text_of(difference, "expected"),
        text_of(difference, "received"),
        text_of(difference.find("text"), "en")
    );
}

std::string outcome_text(json::View outcome) {
    std::string out =
        fmt::format("run {}: {}\n", text_of(outcome, "run"), text_of(outcome, "status"));
    add_events(out, outcome);
    add_calls(out, outcome);
    add_chats(out, outcome);
    add_crm(out, outcome);
    if (const auto reason = text_of(outcome, "reason"); reason != "-") {
        out += "not all can be seen: " + reason + "\n";
    }
    const auto differences = outcome.find("differences");
    if (!differences || differences->size() == 0) {
        return out + "no differences";
    }
    out += fmt::format("{} differences:", differences->size());
    for (const auto difference : differences->elements()) {
        out += "\n  " + difference_text(difference);
    }
    return out;
}

bool write_fields(json::Writer& writer, const std::vector<std::string>& fields) {
    writer.key("fields").begin_object();
    bool is_right = true;
    for (const auto& field : fields) {
        const auto equals = field.find('=');
        is_right = is_right && equals != std::string::npos;
        if (is_right) {
            writer.member(field.substr(0, equals), field.substr(equals + 1));
        }
    }
    writer.end_object();
    return is_right;
}

}  // namespace trunkline::trunkctl
