#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/error.hpp"
#include "json/document.hpp"

namespace trunkline::playback {

using Text = std::string;
using List = std::vector<std::string>;
/// What stands for a placeholder.
using Filling = std::variant<Text, List>;
/// Nothing: there is no placeholder of that name.
using Lookup = std::function<std::optional<Filling>(std::string_view name)>;

/// `form` as JSON text with every `{name}` inside its strings replaced. A string that is one
/// placeholder for a list becomes an array; a list inside a longer text is joined by `, `. What was
/// put in is not looked at again. Keys, and values that are no strings, stay as they are.
/// Errc::internal: a placeholder that `lookup` does not know, or one without its closing brace.
base::Result<std::string> fill(json::View form, const Lookup& lookup);

}  // namespace trunkline::playback
