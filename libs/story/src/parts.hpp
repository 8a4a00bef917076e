#pragma once

#include <fmt/format.h>

#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/redact.hpp"
#include "json/writer.hpp"
#include "story/story.hpp"

// The chapters of a story; each adds its items in any order.
namespace trunkline::story {

/// What the stored events did to the call.
void add_changes(std::vector<Item>& items, const Records& records, const StorySettings& settings);
/// What waits, what died, and why something was not sent.
void add_reasons(std::vector<Item>& items, const Records& records);

/// Builds an item's detail; every text goes through redact().
class Detail {
public:
    Detail() { writer_.begin_object(); }

    Detail& add(std::string_view name, std::string_view text) {
        writer_.member(name, base::redact(std::string(text)));
        return *this;
    }
    Detail& add(std::string_view name, const std::string& text) {
        return add(name, std::string_view(text));
    }
    Detail& add(std::string_view name, const char* text) {
        return add(name, std::string_view(text));
    }
    Detail& add(std::string_view name, const std::optional<std::string>& text) {
        return text ? add(name, std::string_view(*text)) : null(name);
    }
    Detail& add(std::string_view name, const std::vector<std::string>& texts) {
        writer_.member(name, texts);
        return *this;
    }
    Detail& add(std::string_view name, base::WallTime time) {
        return add(name, base::format_iso8601(time));
    }
    Detail& add(std::string_view name, const std::optional<base::WallTime>& time) {
        return time ? add(name, *time) : null(name);
    }
    Detail& add(std::string_view name, std::int64_t number) {
        writer_.member(name, number);
        return *this;
    }
    Detail& add(std::string_view name, const std::optional<std::int64_t>& number) {
        writer_.member(name, number);
        return *this;
    }
    Detail& flag(std::string_view name, bool truth) {
        writer_.member(name, truth);
        return *this;
    }
    /// JSON text of ours or of the database's.
    Detail& raw(std::string_view name, std::string_view json) {
        writer_.key(name).raw(json);
        return *this;
    }
    std::string take() { return writer_.end_object().take(); }

private:
    Detail& null(std::string_view name) {
        writer_.member(name, nullptr);
        return *this;
    }

    json::Writer writer_;
};

/// `a (b)`, or `a` where there is no b.
inline std::string with_note(const std::string& text, const std::string& note) {
    return note.empty() ? text : text + ": " + base::redact(note);
}

}  // namespace trunkline::story
