#pragma once

#include <string>
#include <string_view>

namespace trunkline::uon {

/// U-ON's names hold HTML entities: `&rarr;`, `&#039;`, `&#x2192;`. Those of HTML 4 that occur in
/// names are decoded, unknown ones stay as they are; control characters become blanks; blanks are
/// trimmed. Pure.
std::string without_entities(std::string_view text);

}  // namespace trunkline::uon
