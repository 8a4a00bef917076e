#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "pg/array.hpp"

namespace trunkline::pg {

/// Text of a json or jsonb parameter, already serialised.
struct Json {
    std::string text;
};

/// Raw octets for a bytea parameter.
struct Bytes {
    std::string octets;
};

/// The values of `$1`, `$2`, ... in PostgreSQL's text format, an Array in its binary one; the
/// server infers their types from the statement. `params << "text" << 7 << true << nullptr <<
/// std::optional<std::string>{}`, or `Params::of("text", 7)`.
class Params {
public:
    template <class... Values>
    static Params of(Values&&... values) {
        Params params;
        (void)(params << ... << std::forward<Values>(values));
        return params;
    }

    Params& operator<<(std::nullptr_t);
    Params& operator<<(std::string_view text);
    Params& operator<<(const char* text) { return *this << std::string_view(text); }
    Params& operator<<(std::string&& text);
    Params& operator<<(const std::string& text) { return *this << std::string_view(text); }
    Params& operator<<(const Json& json) { return *this << std::string_view(json.text); }
    Params& operator<<(const Bytes& bytes);
    /// As timestamptz.
    Params& operator<<(base::WallTime time);
    /// As text[]; an empty vector is an empty array, not NULL.
    Params& operator<<(const std::vector<std::string>& texts);
    /// As text[] whose elements may be NULL.
    Params& operator<<(const std::vector<std::optional<std::string>>& texts);
    /// As bigint[].
    Params& operator<<(const std::vector<std::int64_t>& numbers);

    Params& operator<<(const Array& array);
    /// All of them, behind those that are here.
    Params& operator<<(Params more);

    // A template, so that a pointer never becomes a bool.
    template <std::same_as<bool> Bool>
    Params& operator<<(Bool value) {
        return add(value ? "t" : "f");
    }
    template <std::integral Integer>
        requires(!std::same_as<Integer, bool> && !std::same_as<Integer, char>)
    Params& operator<<(Integer value) {
        return add(std::to_string(value));
    }
    /// The shortest text that reads back as the same number.
    template <std::floating_point Float>
    Params& operator<<(Float value) {
        return add_number(static_cast<double>(value));
    }
    template <class Value>
    Params& operator<<(const std::optional<Value>& value) {
        return value ? *this << *value : *this << nullptr;
    }

    std::size_t size() const { return values_.size(); }
    std::span<const std::optional<std::string>> values() const { return values_; }
    /// Of each value: 0 text, 1 binary, as libpq has them.
    std::span<const int> formats() const { return formats_; }

    /// invalid_input if a text holds a NUL octet, which PostgreSQL cannot keep and C strings would
    /// cut off silently; too_large over the protocol's 65535 parameters
    /// and over a gigabyte in one.
    base::Result<> check() const;

private:
    Params& add(std::optional<std::string> value, int format = 0);
    Params& add_number(double value);

    std::vector<std::optional<std::string>> values_;
    std::vector<int> formats_;
};

/// One statement with its values; exactly one statement, the extended protocol refuses more.
struct Query {
    std::string sql;
    Params params;
};

}  // namespace trunkline::pg
