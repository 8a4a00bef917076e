#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "call/event.hpp"
#include "json/document.hpp"

namespace trunkline::call_emulator {

/// What people fill in before a run.
struct Field {
    std::string name;
    bool is_list = false;
    std::vector<std::string> defaults;  ///< Of a text exactly one.
};

struct Step {
    std::chrono::milliseconds after{0
    };  ///< Since the step before; of the first since the call's begin.
    call::EventType event = call::EventType::start;
    json::View body;  ///< A template (placeholders.hpp).
};

/// A whole call as an exchange tells it: one of patterns/*.json. README.md describes the format.
struct Pattern {
    std::string id;
    std::vector<Field> fields;
    std::vector<Step> steps;
    json::Document document;  ///< Owns what the views show.

    /// From the call's begin to its last step.
    std::chrono::milliseconds length() const;
    const Field* find_field(std::string_view name) const;
    /// A template: what is to come of it (`chat`, `crm`, `call`).
    json::View expected() const;
};

/// malformed or invalid_input with every wrong place. Whether the placeholders exist shows at the
/// first plan (plan.hpp).
base::Result<Pattern> pattern_from_json(std::string_view text);

/// Those that are compiled in, by id. Throws std::logic_error if one of them is wrong.
const std::vector<Pattern>& patterns();
/// Null if there is none.
const Pattern* find_pattern(std::string_view id);
/// GET /patterns: `{"items":[...]}`, each as in its file, with `duration_ms`.
std::string patterns_json();

}  // namespace trunkline::call_emulator
