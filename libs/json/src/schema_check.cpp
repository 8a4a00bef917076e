#include "schema_check.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "number.hpp"
#include "pointer.hpp"

namespace trunkline::json {
namespace {

using Fields = std::vector<base::FieldError>;
using Alternatives = std::vector<std::unique_ptr<Rules>>;

constexpr std::size_t max_violations = 100;

std::string_view name_of(View value) {
    switch (static_cast<TypeBit>(type_of(value))) {
        case TypeBit::null:
            return "null";
        case TypeBit::boolean:
            return "boolean";
        case TypeBit::object:
            return "object";
        case TypeBit::array:
            return "array";
        case TypeBit::string:
            return "string";
        case TypeBit::fraction:
            return "number";
        case TypeBit::integer:
            return "integer";
    }
    return "null";
}

std::size_t characters_in(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    }));
}

/// By value: 1 and 1.0 are equal. Whole numbers are told apart at any length, also where their
/// doubles are the same.
bool are_equal(View a, View b) {
    if (a.kind() != b.kind()) {
        return false;
    }
    if (!a.is_number() ||
        (is_whole(a.scalar_text().value_or("")) && is_whole(b.scalar_text().value_or("")))) {
        const bool both_zero = a.integer() == 0 && b.integer() == 0;  // 0 and -0
        return both_zero || a.scalar_text() == b.scalar_text();
    }
    return a.number() == b.number();
}

bool is_below(View number, const Bound& bound) {
    const auto whole = number.integer();
    return whole && bound.whole ? *whole < *bound.whole : number.number().value_or(0) < bound.value;
}

bool is_above(View number, const Bound& bound) {
    const auto whole = number.integer();
    return whole && bound.whole ? *whole > *bound.whole : number.number().value_or(0) > bound.value;
}

std::string amount(const Bound& bound) {
    return bound.whole ? fmt::format("{}", *bound.whole) : fmt::format("{}", bound.value);
}

/// `"in", "out" or null`
std::string listed(const std::vector<View>& values) {
    constexpr std::size_t shown = 10;
    std::vector<std::string> words;
    for (std::size_t i = 0; i < std::min(shown, values.size()); ++i) {
        words.push_back(values[i].dump());
    }
    if (values.size() > shown) {
        words.push_back(fmt::format("{} more", values.size() - shown));
    }
    std::string last = std::move(words.back());
    words.pop_back();
    return words.empty() ? last : fmt::format("{} or {}", fmt::join(words, ", "), last);
}

/// Gathers violations until it has enough of them.
class Checker {
public:
    explicit Checker(std::size_t enough) : enough_(enough) {}

    void check(const Rules& rules, View value) {
        if (is_full()) {
            return;
        }
        if ((rules.types & type_of(value)) == 0) {
            // Whatever else is wrong with it follows from that.
            add(fmt::format("must be {}, is {} (type)", rules.type_names, name_of(value)));
            return;
        }
        check_allowed(rules, value);
        switch (value.kind()) {
            case Kind::object:
                check_object(rules, value);
                break;
            case Kind::array:
                check_array(rules, value);
                break;
            case Kind::string:
                check_string(rules, value.string().value_or(""));
                break;
            case Kind::number:
                check_number(rules, value);
                break;
            default:
                break;
        }
        check_combinations(rules, value);
    }

    Fields take() { return std::move(fields_); }

private:
    bool is_full() const { return fields_.size() >= enough_; }

    void add(std::string detail) { add_at(path_, std::move(detail)); }
    void add_at(std::string path, std::string detail) {
        if (!is_full()) {
            fields_.push_back({.path = std::move(path), .detail = std::move(detail)});
        }
    }

    void check_inside(std::string_view token, const Rules& rules, View value) {
        const std::size_t length = path_.size();
        append_token(path_, token);
        check(rules, value);
        path_.resize(length);
    }

    void check_allowed(const Rules& rules, View value) {
        if (!rules.allowed) {
            return;
        }
        const auto is_it = [&](View allowed) { return are_equal(allowed, value); };
        if (std::ranges::none_of(*rules.allowed, is_it)) {
            add(fmt::format("must be {} ({})", listed(*rules.allowed), rules.allowed_keyword));
        }
    }

    void check_count(
        std::size_t has,
        const std::optional<std::size_t>& least,
        const std::optional<std::size_t>& most,
        std::string_view what,
        std::string_view keyword
    ) {
        if (least && has < *least) {
            add(fmt::format("must have at least {} {}, has {} (min{})", *least, what, has, keyword)
            );
        }
        if (most && has > *most) {
            add(fmt::format("must have at most {} {}, has {} (max{})", *most, what, has, keyword));
        }
    }

    void check_object(const Rules& rules, View object) {
        check_count(
            object.size(), rules.min_properties, rules.max_properties, "members", "Properties"
        );
        for (const std::string& name : rules.required) {
            if (!object.find(name)) {
                std::string place = path_;
                append_token(place, name);
                add_at(std::move(place), "is missing (required)");
            }
        }
        for (const auto [key, value] : object.members()) {
            if (const auto known = rules.properties.find(key); known != rules.properties.end()) {
                check_inside(key, *known->second, value);
            } else if (rules.other_members) {
                check_inside(key, *rules.other_members, value);
            } else if (!rules.takes_unknown) {
                std::string place = path_;
                append_token(place, key);
                add_at(std::move(place), "is not a known member (additionalProperties)");
            }
        }
    }

    void check_array(const Rules& rules, View array) {
        check_count(array.size(), rules.min_items, rules.max_items, "elements", "Items");
        if (!rules.items) {
            return;
        }
        std::size_t index = 0;
        for (const View item : array.elements()) {
            check_inside(std::to_string(index++), *rules.items, item);
            if (is_full()) {
                return;
            }
        }
    }

    void check_string(const Rules& rules, std::string_view text) {
        if (rules.min_length || rules.max_length) {
            check_count(
                characters_in(text), rules.min_length, rules.max_length, "characters", "Length"
            );
        }
        if (rules.pattern &&
            !re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *rules.pattern)) {
            add(fmt::format("must match {} (pattern)", rules.pattern->pattern()));
        }
    }

    void check_number(const Rules& rules, View number) {
        if (rules.minimum && is_below(number, *rules.minimum)) {
            add(fmt::format("must be {} or more (minimum)", amount(*rules.minimum)));
        }
        if (rules.maximum && is_above(number, *rules.maximum)) {
            add(fmt::format("must be {} or less (maximum)", amount(*rules.maximum)));
        }
    }

    void check_combinations(const Rules& rules, View value) {
        for (const auto& part : rules.all_of) {
            check(*part, value);
        }
        if (!rules.any_of.empty() && matching(rules.any_of, value) == 0) {
            explain_none(rules.any_of, value, "anyOf");
        }
        if (!rules.one_of.empty()) {
            const std::size_t matches = matching(rules.one_of, value);
            if (matches == 0) {
                explain_none(rules.one_of, value, "oneOf");
            } else if (matches > 1) {
                add(fmt::format("matches {} alternatives, must match exactly one (oneOf)", matches)
                );
            }
        }
        if (rules.forbidden && conforms(*rules.forbidden, value)) {
            add("is what it must not be (not)");
        }
    }

    /// By its type alone.
    static bool could_be(const Rules& rules, View value) {
        const TypeSet type = type_of(value);
        const auto is_alike = [&](View allowed) { return type_of(allowed) == type; };
        return (rules.types & type) != 0 &&
               (!rules.allowed || std::ranges::any_of(*rules.allowed, is_alike));
    }

    static bool conforms(const Rules& rules, View value) {
        Checker checker(1);
        checker.check(rules, value);
        return checker.fields_.empty();
    }

    static std::size_t matching(const Alternatives& alternatives, View value) {
        return static_cast<std::size_t>(std::ranges::count_if(alternatives, [&](const auto& rules) {
            return conforms(*rules, value);
        }));
    }

    /// Where only one alternative is of the value's type, such as in "an object or null", that one
    /// is meant, and what is wrong with it helps more than that nothing matches.
    void explain_none(const Alternatives& alternatives, View value, std::string_view keyword) {
        const auto is_meant = [&](const auto& rules) { return could_be(*rules, value); };
        // Without a reader for the explanation it would only double the work, at each level of
        // nesting again.
        if (enough_ > 1 && std::ranges::count_if(alternatives, is_meant) == 1) {
            check(**std::ranges::find_if(alternatives, is_meant), value);
        } else {
            add(fmt::format("matches none of the alternatives ({})", keyword));
        }
    }

    std::size_t enough_;
    std::string path_;
    Fields fields_;
};

}  // namespace

TypeSet type_of(View value) {
    switch (value.kind()) {
        case Kind::null:
            return static_cast<TypeSet>(TypeBit::null);
        case Kind::boolean:
            return static_cast<TypeSet>(TypeBit::boolean);
        case Kind::string:
            return static_cast<TypeSet>(TypeBit::string);
        case Kind::array:
            return static_cast<TypeSet>(TypeBit::array);
        case Kind::object:
            return static_cast<TypeSet>(TypeBit::object);
        case Kind::number:
            break;
    }
    return static_cast<TypeSet>(
        is_whole(value.scalar_text().value_or("")) ? TypeBit::integer : TypeBit::fraction
    );
}

std::vector<base::FieldError> violations(const Rules& rules, View instance) {
    Checker checker(max_violations);
    checker.check(rules, instance);
    return checker.take();
}

}  // namespace trunkline::json
