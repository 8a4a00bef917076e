#include "story/recording.hpp"

#include "base/timezone.hpp"
#include "json/document.hpp"

namespace trunkline::story {
namespace {

std::string text_of(json::View row, std::string_view column) {
    const auto value = row.find(column);
    return std::string(value ? value->string().value_or("") : "");
}

std::int64_t integer_of(json::View row, std::string_view column) {
    const auto value = row.find(column);
    return value ? value->integer().value_or(0) : 0;
}

std::vector<std::string> list_of(json::View row, std::string_view column) {
    std::vector<std::string> list;
    const auto value = row.find(column);
    if (!value) {
        return list;
    }
    for (const auto item : value->elements()) {
        list.emplace_back(item.string().value_or(""));
    }
    return list;
}

/// A row of calls.
call::Call outcome_of(json::View row) {
    const auto type = integer_of(row, "call_type");
    call::Call call;
    call.direction = type == 0   ? call::Direction::in
                     : type == 1 ? call::Direction::out
                                 : call::Direction::internal;
    call.phone = text_of(row, "phone");
    call.line = text_of(row, "line");
    call.rang = list_of(row, "extensions");
    call.talkers = list_of(row, "talkers");
    call.answered = integer_of(row, "call_status") == 2;
    call.talk_s = integer_of(row, "duration");
    call.wait_s = integer_of(row, "wait");
    return call;
}

}  // namespace

playback::RecordedCall recording_of(const Records& records, const std::string& default_timezone) {
    playback::RecordedCall recorded;
    recorded.uuid = records.uuid;
    recorded.unique_id = records.unique_id;
    const auto& zone = records.enterprise.timezone;
    recorded.timezone = base::is_known_timezone(zone) ? zone : default_timezone;
    for (const auto& [id, line] : records.enterprise.lines) {
        recorded.lines.insert(id);
    }
    for (const auto& event : records.events) {
        const auto type = call::parse_event_type(event.type);
        if (type && event.has_call && !event.waits) {
            recorded.events.push_back(
                {.type = *type,
                 .raw = event.raw,
                 .received = event.received,
                 .event_time = event.event_time,
                 .recovered = event.recovered}
            );
        }
    }
    const auto row =
        json::parse(records.call_json, {.max_bytes = std::size_t{1} << 20, .max_depth = 64});
    if (row) {
        recorded.outcome = outcome_of(row->root());
    }
    return recorded;
}

}  // namespace trunkline::story
