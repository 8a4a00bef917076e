#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "json/reader.hpp"
#include "json/writer.hpp"

namespace trunkline::call {

/// Microseconds since 1970: exact, and shorter than ISO 8601 where only we read it.
inline std::int64_t to_micros(base::WallTime time) { return time.time_since_epoch().count(); }

inline base::WallTime from_micros(std::int64_t micros) {
    return base::WallTime(std::chrono::microseconds(micros));
}

/// Rows of the store have short keys and leave out what is empty.
inline void put(json::Writer& writer, std::string_view key, const std::string& text) {
    if (!text.empty()) {
        writer.member(key, text);
    }
}

inline void put(json::Writer& writer, std::string_view key, bool truth) {
    if (truth) {
        writer.member(key, true);
    }
}

inline void put(
    json::Writer& writer, std::string_view key, const std::optional<base::WallTime>& time
) {
    if (time) {
        writer.member(key, to_micros(*time));
    }
}

inline std::string text(json::Reader& reader, std::string_view key) {
    return reader.optional_string(key).value_or("");
}

inline bool truth(json::Reader& reader, std::string_view key) {
    return reader.optional_bool(key).value_or(false);
}

inline std::optional<base::WallTime> micros(json::Reader& reader, std::string_view key) {
    const auto value = reader.optional_integer(key);
    return value ? std::optional(from_micros(*value)) : std::nullopt;
}

}  // namespace trunkline::call
