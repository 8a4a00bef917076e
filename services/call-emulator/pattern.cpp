#include "pattern.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <stdexcept>
#include <utility>

#include "json/reader.hpp"
#include "json/writer.hpp"

namespace trunkline::call_emulator {
namespace {

constexpr std::array texts = std::to_array<std::string_view>({
#include "patterns.inc"
});

constexpr json::Limits file_limits{.max_bytes = std::size_t{256} * 1024, .max_depth = 16};
constexpr std::int64_t longest_pause_ms = 600'000;

/// A title or a description in the languages of our people.
void check_languages(json::Reader& reader, std::string_view key) {
    if (auto languages = reader.required_object(key)) {
        languages->required_string("ru");
        languages->required_string("en");
    }
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

void read_step(json::Reader& reader, std::vector<Step>& steps) {
    const auto pause = reader.required_integer("after_ms");
    if (pause < 0 || pause > longest_pause_ms) {
        reader.fail("after_ms", "must be from 0 to 600000");
    }
    const auto event = call::parse_event_type(reader.required_string("event"));
    if (!event) {
        reader.fail("event", "must be one of the eight events");
    }
    const auto body = reader.view("body");
    if (!body || !body->is_object()) {
        reader.fail("body", "must be an object");
        return;
    }
    steps.push_back(
        {.after = std::chrono::milliseconds(pause),
         .event = event.value_or(call::EventType::start),
         .body = *body}
    );
}

std::vector<Pattern> compiled_in() {
    std::vector<Pattern> all;
    for (const auto text : texts) {
        auto pattern = pattern_from_json(text);
        if (!pattern) {
            throw std::logic_error("a pattern is wrong: " + base::describe(pattern.error()));
        }
        all.push_back(std::move(*pattern));
    }
    std::ranges::sort(all, {}, &Pattern::id);
    return all;
}

}  // namespace

std::chrono::milliseconds Pattern::length() const {
    std::chrono::milliseconds length{0};
    for (const auto& step : steps) {
        length += step.after;
    }
    return length;
}

const Field* Pattern::find_field(std::string_view name) const {
    const auto found = std::ranges::find(fields, name, &Field::name);
    return found == fields.end() ? nullptr : &*found;
}

json::View Pattern::expected() const {
    return document.root().find("expected").value_or(document.root());
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
    check_languages(reader, "title");
    check_languages(reader, "description");
    reader.for_each("fields", [&pattern](json::Reader& field) {
        pattern.fields.push_back(read_field(field));
    });
    reader.for_each("steps", [&pattern](json::Reader& step) { read_step(step, pattern.steps); });
    if (pattern.steps.empty()) {
        reader.fail("steps", "must have one step at least");
    }
    reader.required_object("expected");
    if (auto finished = reader.finish(); !finished) {
        return std::unexpected(std::move(finished.error()));
    }
    return pattern;
}

const std::vector<Pattern>& patterns() {
    static const std::vector<Pattern> all = compiled_in();
    return all;
}

const Pattern* find_pattern(std::string_view id) {
    const auto found = std::ranges::find(patterns(), id, &Pattern::id);
    return found == patterns().end() ? nullptr : &*found;
}

std::string patterns_json() {
    json::Writer writer;
    writer.begin_object().key("items").begin_array();
    for (const auto& pattern : patterns()) {
        writer.begin_object();
        for (const auto [key, value] : pattern.document.root().members()) {
            writer.member(key, value);
        }
        writer.member("duration_ms", pattern.length().count()).end_object();
    }
    return writer.end_array().end_object().take();
}

}  // namespace trunkline::call_emulator
