#pragma once

#include <re2/re2.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/document.hpp"

namespace trunkline::json {

/// The seven types of JSON Schema as bits. An integer is a number too, so both bits are set for
/// `number`.
enum class TypeBit : std::uint8_t {
    null = 1,
    boolean = 2,
    object = 4,
    array = 8,
    string = 16,
    fraction = 32,  ///< A number that is no integer.
    integer = 64,
};

using TypeSet = std::uint8_t;

constexpr TypeSet every_type = 127;

/// The one bit of a value's own type.
TypeSet type_of(View value);

/// `minimum` or `maximum`, exact if it is whole.
struct Bound {
    double value;
    std::optional<std::int64_t> whole;
};

/// A schema in the form that is checked. References are unfolded, so this is a tree.
struct Rules {
    TypeSet types = every_type;
    std::string type_names;                    ///< For messages: `string or null`.
    std::optional<std::vector<View>> allowed;  ///< Scalars, borrowed from the schema's document.
    std::string_view allowed_keyword;          ///< `enum` or `const`.

    std::map<std::string, std::unique_ptr<Rules>, std::less<>> properties;
    std::vector<std::string> required;
    bool takes_unknown = true;             ///< `additionalProperties` as a boolean.
    std::unique_ptr<Rules> other_members;  ///< `additionalProperties` as a schema.
    std::unique_ptr<Rules> items;

    std::unique_ptr<Rules> forbidden;  ///< `not`
    std::vector<std::unique_ptr<Rules>> all_of;
    std::vector<std::unique_ptr<Rules>> any_of;
    std::vector<std::unique_ptr<Rules>> one_of;

    std::optional<std::size_t> min_length;
    std::optional<std::size_t> max_length;
    std::optional<std::size_t> min_items;
    std::optional<std::size_t> max_items;
    std::optional<std::size_t> min_properties;
    std::optional<std::size_t> max_properties;
    std::optional<Bound> minimum;
    std::optional<Bound> maximum;
    std::shared_ptr<const re2::RE2> pattern;
};

}  // namespace trunkline::json
