#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "numbers/rule.hpp"

// Number identity: what an exchange wrote -> the one number it means, for calls, customers, the
// cache of names and searches alike.

namespace trunkline::numbers {

enum class Kind {
    hidden,    ///< "", `<unknown>`, `Anonymous` and their like.
    unusable,  ///< No number: a dialplan word, letters, more than 20 digits.
    internal,  ///< 3 or 4 digits.
    line,      ///< The exchange's id of one of its lines: 000 + 4 digits, or listed.
    service,   ///< 5 or 6 digits that no country's plan knows as a subscriber: short numbers.
    external,
};

std::string_view to_string(Kind kind);

struct Identity {
    Kind kind = Kind::hidden;
    /// E.164 where the number is or may be one. Otherwise the digits, a hidden number "", anything
    /// unusable as it came. Canonical numbers are their own canonical form where no rule
    /// interferes.
    std::string canonical;
    /// What is compared and stored: the canonical number's digits; "" for hidden and unusable ones.
    std::string key;
    std::string e164;       ///< "" where it is none.
    std::string country;    ///< ISO 3166 of the E.164 number, "" if unknown.
    bool valid = false;     ///< The country's plan has such a number.
    std::int64_t rule = 0;  ///< Id of the rule that was applied, 0 for none.

    bool operator==(const Identity&) const = default;
};

struct Step {
    std::string what;    ///< clean, line, rule, kind, national, international, ...
    std::string number;  ///< As it stands after the step.
    std::string why;     ///< For people.
};

struct Explanation {
    std::string raw;  ///< At most 200 bytes of it.
    std::string region;
    std::string line;
    Identity identity;
    std::vector<Step> steps;

    /// {"raw","region","line","kind","canonical","match_key","e164","country","valid","rule",
    /// "steps":[{"step","number","reason"}]}; null where there is none.
    std::string to_json() const;
};

/// What the identity of a number depends on.
struct PlanSettings {
    std::string region;  ///< ISO 3166; an unknown one: only international writings are understood.
    std::vector<std::string> lines;  ///< Line ids that do not look like one.
    std::vector<Rule> rules;
};

class Cache;

/// The numbers of one enterprise, or of all that have the same region and rules. Immutable but for
/// the cache behind it; any thread.
class Plan {
public:
    struct Parts;
    Plan(std::unique_ptr<const Parts> parts, std::shared_ptr<Cache> cache);
    ~Plan();
    Plan(const Plan&) = delete;
    Plan& operator=(const Plan&) = delete;

    /// `line`: the Trunk that the number came over, "" if unknown. Any bytes of any length.
    Identity identify(std::string_view raw, std::string_view line = {}) const;
    /// Its `canonical` alone.
    std::string canonical(std::string_view raw, std::string_view line = {}) const;
    /// The same with every step that was taken. Not cached.
    Explanation explain(std::string_view raw, std::string_view line = {}) const;
    /// Lines with rules of their own: for them `line` makes a difference.
    const std::vector<std::string>& lines_with_rules() const;

private:
    template <class Read>
    void with_identity(std::string_view raw, std::string_view line, const Read& read) const;

    std::unique_ptr<const Parts> parts_;
    std::shared_ptr<Cache> cache_;
};

/// Makes plans; equal settings give the same plan, so that ten thousand enterprises without rules
/// share one. One cache, bounded, for all of its plans. One executor.
class Plans {
public:
    explicit Plans(std::size_t cached_numbers = 8192);
    ~Plans();
    Plans(const Plans&) = delete;
    Plans& operator=(const Plans&) = delete;

    struct Made {
        std::shared_ptr<const Plan> plan;
        bool is_new = false;  ///< False: one with these settings was in use already.
        /// What had to be left out of a new plan, as sentences: rules that do not compile, a region
        /// that nobody knows.
        std::vector<std::string> problems;
    };
    Made make(PlanSettings settings);

private:
    std::shared_ptr<Cache> cache_;
    std::map<std::string, std::weak_ptr<const Plan>, std::less<>> made_;
    std::uint64_t serial_ = 0;
    std::size_t purge_at_ = 64;
};

/// Whether there is a numbering plan for this ISO 3166 code. Sets libphonenumber up.
bool has_numbering_plan(std::string_view region);

}  // namespace trunkline::numbers
