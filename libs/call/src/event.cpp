#include "call/event.hpp"

#include <array>
#include <charconv>
#include <utility>

#include "base/text.hpp"
#include "call/number.hpp"
#include "json/reader.hpp"

namespace trunkline::call {
namespace {

constexpr std::array<std::pair<EventType, std::string_view>, 8> type_names = {{
    {EventType::start, "start"},
    {EventType::dial, "dial"},
    {EventType::bridge_create, "bridge_create"},
    {EventType::bridge, "bridge"},
    {EventType::bridge_leave, "bridge_leave"},
    {EventType::bridge_destroy, "bridge_destroy"},
    {EventType::new_callerid, "new_callerid"},
    {EventType::hangup, "hangup"},
}};

bool has_no_channel(EventType type) {
    return type == EventType::bridge_create || type == EventType::bridge_destroy;
}

std::string trimmed(json::Reader& reader, std::string_view key) {
    return std::string(base::trim(reader.optional_text(key).value_or("")));
}

std::string number(json::Reader& reader, std::string_view key) {
    return clean_number(reader.optional_text(key).value_or(""));
}

std::string required_id(json::Reader& reader, std::string_view key) {
    std::string id(base::trim(reader.required_text(key)));
    const auto given = reader.view(key);
    if (id.empty() && given && given->scalar_text()) {
        reader.fail(key, "must not be empty");
    }
    return id;
}

std::optional<int> small_integer(const std::string& text) {
    int value = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc() || stop != end) {
        return std::nullopt;
    }
    return value;
}

std::optional<CallType> call_type(const std::string& text) {
    const auto value = small_integer(text);
    if (!value || *value < 0 || *value > 2) {
        return std::nullopt;
    }
    return static_cast<CallType>(*value);
}

std::optional<CallStatus> call_status(const std::string& text) {
    const auto value = small_integer(text);
    if (!value || (*value != 5 && (*value < 0 || *value > 2))) {
        return std::nullopt;
    }
    return static_cast<CallStatus>(*value);
}

bool truth(const std::string& text) {
    return text == "1" || base::equals_ignoring_case(text, "true");
}

void add_extension(std::string_view raw, std::vector<std::string>& extensions) {
    std::string cleaned = clean_number(raw);
    if (!cleaned.empty()) {
        extensions.push_back(std::move(cleaned));
    }
}

/// A list, a single scalar, or nothing; wrong elements go to `problems`.
std::vector<std::string> read_extensions(
    const json::Reader& reader, std::vector<base::FieldError>& problems
) {
    std::vector<std::string> extensions;
    const auto given = reader.view("Extensions");
    if (!given || given->is_null()) {
        return extensions;
    }
    if (const auto one = given->scalar_text()) {
        add_extension(*one, extensions);
        return extensions;
    }
    if (!given->is_array()) {
        problems.push_back({"/Extensions", "must be an array or a scalar, is an object"});
        return extensions;
    }
    for (std::size_t i = 0; i < given->size(); ++i) {
        const json::View item = (*given)[i];
        if (const auto text = item.scalar_text()) {
            add_extension(*text, extensions);
        } else if (!item.is_null()) {
            problems.push_back(
                {"/Extensions/" + std::to_string(i),
                 "must be a scalar, is " + std::string(json::to_string(item.kind()))}
            );
        }
    }
    return extensions;
}

void read_ids(json::Reader& reader, Event& event) {
    event.token = trimmed(reader, "Token");
    if (has_no_channel(event.type)) {
        event.unique_id = trimmed(reader, "UniqueId");
        event.bridge_id = required_id(reader, "BridgeUniqueid");
    } else {
        event.unique_id = required_id(reader, "UniqueId");
        event.bridge_id = trimmed(reader, "BridgeUniqueid");
    }
    if (event.unique_id == "<unknown>") {
        event.unique_id.clear();
    }
}

void read_numbers(json::Reader& reader, Event& event) {
    event.phone = number(reader, "Phone");
    event.trunk = number(reader, "Trunk");
    event.ext_phone = number(reader, "ExtPhone");
    event.exten = number(reader, "Exten");
    event.caller_id_num = number(reader, "CallerIDNum");
    event.caller_id_name = number(reader, "CallerIDName");
    event.connected_line_num = number(reader, "ConnectedLineNum");
    event.connected_line_name = number(reader, "ConnectedLineName");
}

void read_rest(json::Reader& reader, Event& event) {
    event.channel = trimmed(reader, "Channel");
    event.call_type = call_type(trimmed(reader, "CallType"));
    event.call_status = call_status(trimmed(reader, "CallStatus"));
    event.start_time = trimmed(reader, "StartTime");
    event.date_received = trimmed(reader, "DateReceived");
    event.end_time = trimmed(reader, "EndTime");
    event.hangup_cause = trimmed(reader, "Cause");
    event.external_initiated = truth(trimmed(reader, "ExternalInitiated"));
    event.bridge_num_channels = small_integer(trimmed(reader, "BridgeNumChannels"));
}

void read_arrival(const Arrival& arrival, Event& event) {
    event.received = arrival.received;
    event.at = arrival.event_time.value_or(arrival.received);
    event.has_event_time = arrival.event_time.has_value();
    event.pbx = arrival.pbx;
    event.recovered = arrival.recovered;
}

}  // namespace

std::string_view to_string(EventType type) {
    for (const auto& [candidate, name] : type_names) {
        if (candidate == type) {
            return name;
        }
    }
    return "unknown";
}

std::optional<EventType> parse_event_type(std::string_view name) {
    for (const auto& [type, candidate] : type_names) {
        if (candidate == name) {
            return type;
        }
    }
    return std::nullopt;
}

base::Result<Event> decode_event(EventType type, json::View body, const Arrival& arrival) {
    json::Reader reader(body);
    Event event;
    event.type = type;
    read_arrival(arrival, event);
    read_ids(reader, event);
    read_numbers(reader, event);
    read_rest(reader, event);
    std::vector<base::FieldError> problems;
    event.extensions = read_extensions(reader, problems);
    auto finished = reader.finish();
    if (finished && problems.empty()) {
        return event;
    }
    base::Error error;
    if (!finished) {
        error = std::move(finished.error());
    } else {
        error.code = base::Errc::invalid_input;
        error.detail = problems.front().path + ": " + problems.front().detail;
    }
    error.fields.insert(error.fields.end(), problems.begin(), problems.end());
    return std::unexpected(std::move(error));
}

}  // namespace trunkline::call
