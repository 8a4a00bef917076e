#pragma once

#include <cstdint>
#include <string>

#include "base/error.hpp"

namespace trunkline::numbers {

/// How an enterprise wants numbers rewritten before the country's plan reads them: one row of
/// `number_rules`.
///
/// Two forms. A regular expression (RE2) over the whole number with a replacement, in which `\1` is
/// the first group: `9(\d{7})` -> `+37517\1`. Or `PREFIX{N}`, as pattern with an empty replacement
/// or as replacement: PREFIX and the number's last N digits, for outside numbers without `+` that
/// have at least N digits (contracts/pbx-webhook.md section 2).
struct Rule {
    std::int64_t id = 0;
    std::string line;    ///< Only numbers that came over this line (Trunk); "": over any.
    int priority = 100;  ///< Smaller goes first; a line's own rules go before all others.
    std::string pattern;
    std::string replacement;
    std::string comment;
};

/// invalid_input with what is wrong and where, in words for whoever wrote the rule.
base::Result<> check(const Rule& rule);

/// `0001363: 375{9}`, for messages.
std::string describe(const Rule& rule);

}  // namespace trunkline::numbers
