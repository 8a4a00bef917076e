#pragma once

#include <re2/re2.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "numbers/rule.hpp"

namespace trunkline::numbers {

/// A rule ready for use. Immutable; any thread.
class CompiledRule {
public:
    static base::Result<CompiledRule> compile(Rule rule);

    const Rule& rule() const { return rule_; }
    bool is_for(std::string_view line) const { return rule_.line.empty() || rule_.line == line; }

    /// The number as the rule writes it; none if it does not fit or would make no number of it.
    std::optional<std::string> apply(std::string_view number) const;

private:
    /// PREFIX{N}.
    struct LastDigits {
        std::string prefix;
        std::size_t count = 0;
    };

    static std::optional<LastDigits> last_digits_of(std::string_view text);
    static std::string keep_last(const LastDigits& form, std::string_view number);

    Rule rule_;
    std::optional<LastDigits> last_digits_;
    std::shared_ptr<const re2::RE2> expression_;  ///< Null: any outside number without `+`.
};

}  // namespace trunkline::numbers
