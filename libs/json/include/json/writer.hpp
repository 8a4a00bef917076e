#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/document.hpp"

namespace trunkline::json {

/// Writes one compact JSON text from front to back. Whatever comes in, valid JSON comes out:
/// strings are escaped, invalid UTF-8 becomes U+FFFD, NaN and infinities become null. Calls out of
/// order (a member without a key, an end without its begin) are defects and throw std::logic_error.
class Writer {
public:
    Writer& begin_object();
    Writer& end_object();
    Writer& begin_array();
    Writer& end_array();
    Writer& key(std::string_view name);

    Writer& value(std::string_view text);
    Writer& value(const char* text) { return value(std::string_view(text)); }
    Writer& value(const std::string& text) { return value(std::string_view(text)); }
    Writer& value(bool truth);
    template <std::signed_integral Integer>
    Writer& value(Integer number) {
        return signed_value(number);
    }
    template <std::unsigned_integral Integer>
        requires(!std::same_as<Integer, bool>)
    Writer& value(Integer number) {
        return unsigned_value(number);
    }
    /// The shortest text that reads back as the same double.
    Writer& value(double number);
    Writer& value(std::nullptr_t);
    Writer& value(View view);
    /// null if there is none.
    template <class Value>
    Writer& value(const std::optional<Value>& maybe) {
        return maybe ? value(*maybe) : value(nullptr);
    }
    template <class Value>
    Writer& value(const std::vector<Value>& list) {
        begin_array();
        for (const Value& item : list) {
            value(item);
        }
        return end_array();
    }

    /// A value that is JSON text already. It is not looked at: only for text that this module or
    /// PostgreSQL wrote.
    Writer& raw(std::string_view json);

    template <class Value>
    Writer& member(std::string_view name, const Value& of) {
        return key(name).value(of);
    }
    Writer& member(std::string_view name, const char* of) { return key(name).value(of); }

    /// The whole text. The Writer is empty afterwards and can be used again.
    std::string take();

private:
    enum class Level : std::uint8_t { object, array };

    Writer& signed_value(std::int64_t number);
    Writer& unsigned_value(std::uint64_t number);
    void before_value();
    Writer& begin(Level level, char bracket);
    Writer& end(Level level, char bracket);

    std::string text_;
    std::vector<Level> open_;
    bool first_ = true;       ///< Nothing yet inside the innermost bracket.
    bool key_given_ = false;  ///< A key waits for its value.
};

/// `text` as one JSON string with its quotes. Invalid UTF-8 becomes U+FFFD.
std::string quote(std::string_view text);

}  // namespace trunkline::json
