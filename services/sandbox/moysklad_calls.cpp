#include "moysklad_calls.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "moysklad_fields.hpp"
#include "moysklad_people.hpp"

namespace trunkline::sandbox::moysklad {
namespace {

std::string text_of(json::View body, std::string_view field) {
    const auto value = body.find(field);
    return value ? std::string(value->string().value_or("")) : std::string();
}

std::string moment_of(json::View body, std::string_view field) {
    const auto text = text_of(body, field);
    return text.empty() ? text : full_moment(text);
}

/// The id at the end of a reference.
std::string referred(json::View body, std::string_view field) {
    const auto value = body.find(field);
    const auto href = value ? text_of(*value, "href") : std::string();
    return href.substr(href.rfind('/') + 1);
}

void text_or_null(json::Writer& writer, std::string_view name, const std::string& text) {
    writer.key(name);
    if (text.empty()) {
        writer.value(nullptr);
    } else {
        writer.value(text);
    }
}

void reference_or_null(
    json::Writer& writer, std::string_view name, std::string_view type, const std::string& id
) {
    writer.key(name);
    if (id.empty()) {
        writer.value(nullptr);
    } else {
        write_reference(writer, type, id);
    }
}

void write_fields(json::Writer& writer, const Call& call) {
    writer.member("id", call.id)
        .member("externalId", call.external_id)
        .member("number", call.number);
    reference_or_null(writer, "counterparty", "counterparty", call.counterparty);
    text_or_null(writer, "extension", call.extension);
    reference_or_null(writer, "employee", "employee", call.employee);
    writer.member("isIncoming", call.is_incoming).member("startTime", call.start_time);
    text_or_null(writer, "endTime", call.end_time);
    writer.member("duration", call.duration).member("recordUrl", call.record_urls);
    text_or_null(writer, "comment", call.comment);
}

}  // namespace

Answer Calls::create(json::View body, SecondPost second) {
    if (auto problem = problem_of_create(body)) {
        return *problem;
    }
    if (const auto* stored = by_external_id(text_of(body, "externalId"))) {
        return second == SecondPost::stored
                   ? ok(to_json(*stored))
                   : error(412, 3006, "Значение поля 'externalId' не уникально", "externalId");
    }
    Call call;
    call.id = fmt::format("0a1b2c3d-ca11-11f0-0a80-{:012}", calls_.size() + 1);
    call.external_id = text_of(body, "externalId");
    call.number = text_of(body, "number");
    const auto incoming = body.find("isIncoming");
    call.is_incoming = incoming && incoming->boolean().value_or(false);
    call.start_time = moment_of(body, "startTime");
    const auto end = moment_of(body, "endTime");
    if (!end.empty() && milliseconds_between(call.start_time, end) < 0) {
        return error(412, 3005, "'endTime' раньше 'startTime'", "endTime");
    }
    apply(call, body);
    calls_.push_back(std::move(call));
    return ok(to_json(calls_.back()));
}

Answer Calls::update(Call& call, json::View body) {
    if (auto problem = problem_of_update(body)) {
        return *problem;
    }
    const auto end = moment_of(body, "endTime");
    if (!end.empty() && milliseconds_between(call.start_time, end) < 0) {
        return error(412, 3005, "'endTime' раньше 'startTime'", "endTime");
    }
    const auto incoming = body.find("isIncoming");
    for (const auto& [sent, has] :
         {std::pair(text_of(body, "externalId"), call.external_id),
          std::pair(text_of(body, "number"), call.number),
          std::pair(moment_of(body, "startTime"), call.start_time)}) {
        violations_.overwrites += !sent.empty() && sent != has ? 1 : 0;
    }
    violations_.overwrites += incoming && incoming->boolean() != call.is_incoming ? 1 : 0;
    apply(call, body);
    return ok(to_json(call));
}

Answer Calls::add_event(Call& call, json::View event) {
    if (auto problem = problem_of_event(event)) {
        return *problem;
    }
    take_event(call, event);
    return {.status = 204, .body = "", .headers = {}};
}

Call* Calls::by_id(std::string_view id) {
    const auto found = std::ranges::find(calls_, id, &Call::id);
    return found == calls_.end() ? nullptr : &*found;
}

Call* Calls::by_external_id(std::string_view external_id) {
    const auto found = std::ranges::find(calls_, external_id, &Call::external_id);
    return found == calls_.end() ? nullptr : &*found;
}

void Calls::apply(Call& call, json::View body) {
    set_once(call.extension, text_of(body, "extension"));
    set_once(call.employee, referred(body, "employee"));
    set_once(call.counterparty, referred(body, "counterparty"));
    set_once(call.end_time, moment_of(body, "endTime"));
    const auto duration = body.find("duration");
    if (!call.end_time.empty() && !call.duration) {
        call.duration = milliseconds_between(call.start_time, call.end_time);  // endTime wins.
    } else if (duration && call.duration) {
        violations_.overwrites += duration->integer() != call.duration ? 1 : 0;
    } else if (duration) {
        call.duration = duration->integer();
    }
    if (const auto comment = body.find("comment")) {
        call.comment = comment->string().value_or("");
    }
    if (const auto links = body.find("recordUrl")) {
        for (const auto link : links->elements()) {
            const std::string text(link.string().value_or(""));
            violations_.link_doubles +=
                static_cast<std::uint64_t>(std::ranges::count(call.record_urls, text) > 0);
            call.record_urls.push_back(text);
        }
    }
    take_events(call, body);
    find_people(call);
}

/// A field that has a value keeps it; to send the same again is a repeat and no offence.
void Calls::set_once(std::string& field, std::string value) {
    if (value.empty()) {
        return;
    }
    if (field.empty()) {
        field = std::move(value);
    } else if (field != value) {
        ++violations_.overwrites;
    }
}

void Calls::take_events(Call& call, json::View body) {
    if (const auto events = body.find("events")) {
        for (const auto event : events->elements()) {
            take_event(call, event);
        }
    }
}

void Calls::take_event(Call& call, json::View event) {
    const auto ordinal = event.find("sequence");
    const auto sequence = ordinal ? ordinal->integer().value_or(0) : 0;
    if (sequence <= call.last_sequence) {
        ++violations_.late_events;
        return;
    }
    call.last_sequence = sequence;
    call.events.push_back(
        {.type = text_of(event, "eventType"),
         .extension = text_of(event, "extension"),
         .sequence = sequence}
    );
}

void Calls::find_people(Call& call) {
    if (call.counterparty.empty()) {
        const auto* known = counterparty_by_number(call.number);
        call.counterparty = known != nullptr ? known->id : "";
    }
    if (call.employee.empty() && !call.extension.empty()) {
        const auto* known = employee_by_extension(call.extension);
        call.employee = known != nullptr ? known->id : "";
    }
}

std::string to_json(const Call& call) {
    json::Writer writer;
    writer.begin_object()
        .key("meta")
        .begin_object()
        .member("href", std::string(phone_base) + "/call/" + call.id)
        .member("type", "call")
        .member("mediaType", "application/json")
        .end_object();
    write_fields(writer, call);
    const auto* known = counterparty_by_id(call.counterparty);
    const auto* owner = known != nullptr ? employee_by_id(known->owner) : nullptr;
    if (owner != nullptr) {
        writer.key("counterpartyowner").begin_object().member("extention", owner->extension);
        writer.key("meta");
        write_reference(writer, "employee", owner->id);
        writer.end_object();
    }
    return writer.end_object().take();
}

void write_call(json::Writer& writer, const Call& call) {
    writer.begin_object();
    write_fields(writer, call);
    writer.key("events").begin_array();
    for (const auto& event : call.events) {
        writer.begin_object()
            .member("eventType", event.type)
            .member("extension", event.extension)
            .member("sequence", event.sequence)
            .end_object();
    }
    writer.end_array().end_object();
}

}  // namespace trunkline::sandbox::moysklad
