#pragma once

#include <optional>
#include <string>

#include "json/document.hpp"

namespace trunkline::json {

/// Why PostgreSQL (seen with 15) would refuse this value as jsonb, as a sentence with its place, or
/// none if it would take it. One such event would abort the whole batch that it is written in, so
/// ask before.
/// - U+0000 in a string or key: jsonb strings are text, which cannot hold it.
/// - Numbers beyond `numeric`: over 131072 digits before the point or 16383 after it, so `1e-20000`
/// too.
/// - Strings and keys of 256 MiB and more; depth over 1000 (its parser recurses; the true limit
/// depends on
///   max_stack_depth).
/// Lone surrogates, its fourth reason, never come out of parse().
std::optional<std::string> why_not_jsonb(View value);

}  // namespace trunkline::json
