#include "playback/pattern.hpp"

#include <algorithm>
#include <utility>

#include "json/reader.hpp"
#include "json/writer.hpp"

namespace trunkline::playback {
namespace {

using std::chrono::milliseconds;

constexpr json::Limits file_limits{.max_bytes = std::size_t{1} << 20, .max_depth = 16};
constexpr std::int64_t longest_pause_ms = 14'400'000;
constexpr std::size_t most_steps = 500;
constexpr std::size_t longest_id = 64;

/// A title or a description in the languages of our people.
void check_languages(json::Reader& reader, std::string_view key) {
    if (auto languages = reader.required_object(key)) {
        languages->required_string("ru");
        languages->required_string("en");
    }
}

/// Ids stand in addresses.
bool is_plain_id(std::string_view id) {
    return !id.empty() && id.size() <= longest_id && std::ranges::all_of(id, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    });
}

Field read_field(json::Reader& reader) {
    Field field;
    field.name = reader.required_string("name");
    check_languages(reader, "title");
    const auto type = reader.required_string("type");
    field.is_list = type == "list";
    if (!field.is_list && type != "text") {
        reader.fail("type", "must be text or list");
    }
    if (field.is_list) {
        field.defaults = reader.string_list("default");
    } else {
        field.defaults.push_back(reader.required_string("default"));
    }
    return field;
}

std::optional<milliseconds> read_moment(json::Reader& reader, std::string_view key) {
    const auto moment = reader.optional_integer(key);
    if (moment && (*moment < 0 || *moment > longest_pause_ms)) {
        reader.fail(key, "must be from 0 to 14400000");
    }
    return moment ? std::optional(milliseconds(*moment)) : std::nullopt;
}

void read_step(json::Reader& reader, std::vector<Step>& steps) {
    reader.required_integer("after_ms");
    const auto after = read_moment(reader, "after_ms");
    const auto happened = read_moment(reader, "happened_ms");
    const auto event = call::parse_event_type(reader.required_string("event"));
    if (!event) {
        reader.fail("event", "must be one of the eight events");
    }
    const auto encoding = reader.optional_string("encoding");
    if (encoding && encoding != "cp1251") {
        reader.fail("encoding", "must be cp1251, or absent");
    }
    const auto body = reader.view("body");
    if (!body || !body->is_object()) {
        reader.fail("body", "must be an object");
        return;
    }
    steps.push_back(
        {.after = after.value_or(milliseconds(0)),
         .happened = happened,
         .event = event.value_or(call::EventType::start),
         .body = *body,
         .is_cp1251 = encoding == "cp1251"}
    );
}

void read_kind(json::Reader& reader, Pattern& pattern) {
    const auto via = reader.optional_string("via");
    pattern.is_catch_up = via == "events";
    if (via && !pattern.is_catch_up) {
        reader.fail("via", "must be events, or absent");
    }
    pattern.order_matters = reader.optional_bool("order_matters").value_or(false);
    pattern.weight = reader.optional_integer("weight").value_or(1);
    if (pattern.weight < 0 || pattern.weight > 1000) {
        reader.fail("weight", "must be from 0 to 1000");
    }
}

}  // namespace

milliseconds Pattern::length() const {
    milliseconds length{0};
    for (const auto& step : steps) {
        length += step.after;
    }
    return length;
}

bool Pattern::has_late_steps() const {
    return std::ranges::any_of(steps, [](const Step& step) { return step.happened.has_value(); });
}

const Field* Pattern::find_field(std::string_view name) const {
    const auto found = std::ranges::find(fields, name, &Field::name);
    return found == fields.end() ? nullptr : &*found;
}

json::View Pattern::expected() const {
    return document.root().find("expected").value_or(document.root());
}

std::string Pattern::to_json() const {
    json::Writer writer;
    writer.begin_object();
    for (const auto [key, value] : document.root().members()) {
        if (key != "duration_ms" && key != "imported") {
            writer.member(key, value);
        }
    }
    return writer.member("duration_ms", length().count()).end_object().take();
}

base::Result<Pattern> pattern_from_json(std::string_view text) {
    auto document = json::parse(text, file_limits);
    if (!document) {
        return std::unexpected(document.error());
    }
    Pattern pattern;
    pattern.document = *document;
    json::Reader reader(document->root());
    pattern.id = reader.required_string("id");
    if (!is_plain_id(pattern.id)) {
        reader.fail("id", "must be of small letters, digits and -, at most 64");
    }
    check_languages(reader, "title");
    check_languages(reader, "description");
    read_kind(reader, pattern);
    reader.for_each("fields", [&pattern](json::Reader& field) {
        pattern.fields.push_back(read_field(field));
    });
    reader.for_each("steps", [&pattern](json::Reader& step) { read_step(step, pattern.steps); });
    if (pattern.steps.empty() || pattern.steps.size() > most_steps) {
        reader.fail("steps", "must be one step at least, and 500 at most");
    }
    reader.required_object("expected");
    if (auto finished = reader.finish(); !finished) {
        return std::unexpected(std::move(finished.error()));
    }
    return pattern;
}

}  // namespace trunkline::playback
