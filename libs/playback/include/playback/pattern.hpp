#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "call/event.hpp"
#include "json/document.hpp"

namespace trunkline::playback {

/// What people fill in before a run.
struct Field {
    std::string name;
    bool is_list = false;
    std::vector<std::string> defaults;  ///< Of a text exactly one.
};

struct Step {
    std::chrono::milliseconds after{0
    };  ///< Since the step before; of the first since the call's begin.
    /// When it happened, since the call's begin; of an event that is told late or early.
    std::optional<std::chrono::milliseconds> happened;
    call::EventType event = call::EventType::start;
    json::View body;         ///< A template (placeholders.hpp).
    bool is_cp1251 = false;  ///< Its Cyrillic goes out as old hosts write it, not as UTF-8.
};

/// A whole call as an exchange tells it: written by hand or exported from a stored one.
/// README.md describes the format.
struct Pattern {
    std::string id;
    std::vector<Field> fields;
    std::vector<Step> steps;
    /// How the events get to ingest: each by a POST of its own, or all together as an exchange that
    /// catches up sends them.
    bool is_catch_up = false;
    /// Events in another order, even with their times, may be told as another call: transfers.
    bool order_matters = false;
    std::int64_t weight = 1;  ///< How often in mixed traffic, beside the others.
    json::Document document;  ///< Owns what the views show.

    /// From the call's begin to its last step.
    std::chrono::milliseconds length() const;
    /// Whether some event is told at another time than it happened.
    bool has_late_steps() const;
    const Field* find_field(std::string_view name) const;
    /// A template: what is to come of it (`chat`, `crm`, `call`).
    json::View expected() const;
    /// As in its file, with `duration_ms`.
    std::string to_json() const;
};

/// malformed or invalid_input with every wrong place. Whether the placeholders exist shows at the
/// first plan (plan.hpp).
base::Result<Pattern> pattern_from_json(std::string_view text);

}  // namespace trunkline::playback
