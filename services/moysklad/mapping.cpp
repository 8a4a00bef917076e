#include "mapping.hpp"

#include <algorithm>

#include "call/number.hpp"
#include "connector/call_facts.hpp"
#include "json/writer.hpp"

namespace trunkline::moysklad {
namespace {

constexpr std::size_t max_comment = 4096;  // Characters; bytes are on the safe side.

void member_unless_empty(json::Writer& writer, std::string_view name, const std::string& value) {
    if (!value.empty()) {
        writer.member(name, value);
    }
}

std::string joined(const std::vector<std::string>& parts, std::string_view separator) {
    std::string text;
    for (const auto& part : parts) {
        text += text.empty() ? "" : separator;
        text += part;
    }
    return text;
}

std::string_view words_for(connector::Ending ending) {
    switch (ending) {
        case connector::Ending::busy:
            return "busy";
        case connector::Ending::canceled:
            return "canceled";
        case connector::Ending::declined:
            return "declined";
        case connector::Ending::bad_number:
            return "no such number";
        case connector::Ending::unreachable:
            return "unreachable";
        case connector::Ending::failed:
            return "failed";
        case connector::Ending::answered:
        case connector::Ending::no_answer:
            break;
    }
    return "not answered";
}

std::string comment_of(const call::Call& call, const Context& context) {
    std::vector<std::string> parts;
    if (call.ended_at && !call.answered) {
        parts.emplace_back(
            connector::is_outbound(call) ? words_for(connector::ending_of(call)) : "missed"
        );
    }
    if (!context.line.empty()) {
        parts.push_back("line " + context.line);
    }
    return joined(parts, ", ").substr(0, max_comment);
}

/// For a call whose extension does not say who talked.
std::string comment_with_talkers(const call::Call& call, const Context& context) {
    const auto comment = comment_of(call, context);
    const auto talkers = "talked: " + joined(call.talkers, ", ");
    return (comment.empty() ? talkers : comment + ", " + talkers).substr(0, max_comment);
}

bool is_extension(const std::string& number) {
    return !number.empty() && !call::is_external(number);
}

/// Who talked, if that is one of ours with an extension.
std::string talker_of(const call::Call& call) {
    const auto talker = connector::who_talked(call);
    return is_extension(talker) ? talker : std::string();
}

base::WallTime end_of(const call::Call& call) {
    return std::max(call.ended_at.value_or(call.started_at), call.started_at);
}

/// The end as it fits the beginning that MoySklad keeps. Until the hangup we go by our clock, and
/// the hangup goes by the exchange's: where that is far off, the length of the call is what is
/// right, and an end before the beginning is refused (412).
std::string end_time_of(const call::Call& call, std::optional<base::WallTime> started) {
    constexpr auto far_off = std::chrono::minutes(1);
    const auto end = end_of(call);
    const bool is_shifted = started && (end < *started || call.started_at > *started + far_off);
    return moment(is_shifted ? *started + (end - call.started_at) : end);
}

void begin_call(json::Writer& writer, const call::Call& call, const Context& context) {
    writer.begin_object()
        .member("externalId", context.external_id)
        .member("number", connector::international(call.phone))
        .member("isIncoming", !connector::is_outbound(call))
        .member("startTime", moment(call.started_at));
}

}  // namespace

std::string CardEvent::to_json() const {
    json::Writer writer;
    writer.begin_object().member("eventType", type);
    member_unless_empty(writer, "extension", extension);
    return writer.member("sequence", sequence).end_object().take();
}

bool Stored::has_link(const std::string& link) const {
    return std::ranges::find(links, link) != links.end();
}

std::string moment(base::WallTime time) {
    return connector::local_time(time, "Europe/Moscow") + ".000";
}

std::optional<base::WallTime> time_of_moment(std::string_view text) {
    // Moscow has kept to UTC+3 since 2014.
    constexpr std::string_view shape = "2025-10-01 14:23:45";
    if (text.size() < shape.size() || text[10] != ' ') {
        return std::nullopt;
    }
    auto iso = std::string(text.substr(0, shape.size())) + "+03:00";
    iso[10] = 'T';
    const auto time = base::parse_iso8601(iso);
    return time ? std::optional(*time) : std::nullopt;
}

std::vector<std::string> extensions_of(const call::Call& call) {
    std::vector<std::string> extensions;
    std::ranges::copy_if(call.rang, std::back_inserter(extensions), is_extension);
    return extensions;
}

std::string only_extension(const call::Call& call) {
    return call.rang.size() == 1 && is_extension(call.rang.front()) ? call.rang.front()
                                                                    : std::string();
}

std::string ringing_call(
    const call::Call& call, const Context& context, const std::vector<CardEvent>& events
) {
    json::Writer writer;
    begin_call(writer, call, context);
    member_unless_empty(writer, "extension", only_extension(call));
    member_unless_empty(writer, "comment", comment_of(call, context));
    if (!events.empty()) {
        writer.key("events").begin_array();
        for (const auto& event : events) {
            writer.raw(event.to_json());
        }
        writer.end_array();
    }
    return writer.end_object().take();
}

std::string ended_call(const call::Call& call, const Context& context) {
    json::Writer writer;
    begin_call(writer, call, context);
    member_unless_empty(
        writer, "extension", call.answered ? talker_of(call) : only_extension(call)
    );
    if (call.answered) {
        writer.member("endTime", moment(end_of(call)));
    } else {
        writer.member("duration", 0);
    }
    const bool was_transferred = call.talkers.size() > 1;
    member_unless_empty(
        writer,
        "comment",
        was_transferred ? comment_with_talkers(call, context) : comment_of(call, context)
    );
    if (!call.record_url.empty()) {
        writer.member("recordUrl", std::vector{call.record_url});
    }
    return writer.end_object().take();
}

std::string EndUpdate::to_json(std::int64_t sequence) const {
    json::Writer writer;
    writer.begin_object();
    member_unless_empty(writer, "extension", extension);
    member_unless_empty(writer, "endTime", end_time);
    if (is_missed) {
        writer.member("duration", 0);
    }
    member_unless_empty(writer, "comment", comment);
    if (!link.empty()) {
        writer.member("recordUrl", std::vector{link});
    }
    if (tells_end) {
        const CardEvent hide{.type = "HIDE_ALL", .extension = "", .sequence = sequence};
        writer.key("events").begin_array().raw(hide.to_json()).end_array();
    }
    return writer.end_object().take();
}

EndUpdate end_update(
    const call::Call& call, const Context& context, const Stored& stored, bool with_recording
) {
    EndUpdate update;
    // A call that was told as missed and turns out to be answered still has no endTime.
    update.tells_end = call.answered ? !stored.has_end : !stored.has_end && !stored.has_duration;
    if (update.tells_end && call.answered) {
        const auto talker = talker_of(call);
        const bool is_free = stored.extension.empty() || stored.extension == talker;
        update.extension = is_free ? talker : std::string();
        update.end_time = end_time_of(call, stored.started);
        if (!call.talkers.empty() && (!is_free || call.talkers.size() > 1)) {
            update.comment = comment_with_talkers(call, context);
        } else if (stored.has_duration) {
            update.comment = comment_of(call, context);
        }
    } else if (update.tells_end) {
        update.is_missed = true;
        update.comment = comment_of(call, context);
    }
    if (with_recording && !call.record_url.empty() && !stored.has_link(call.record_url)) {
        update.link = call.record_url;
    }
    return update;
}

std::string question(const call::Call& call) {
    json::Writer writer;
    writer.begin_object().member("isIncoming", !connector::is_outbound(call)).end_object();
    return writer.take();
}

}  // namespace trunkline::moysklad
