#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace trunkline::bench {

/// What makes one played call differ from all others.
struct CallValues {
    std::uint64_t number = 0;      ///< Unique within a run.
    std::uint64_t run = 0;         ///< Tells runs against one database apart; below 10^9.
    std::uint32_t enterprise = 0;  ///< From 0 on; the Token is token_of(enterprise).
};

/// The Token of the enterprise with that index: 12 digits.
std::string token_of(std::uint32_t enterprise);

/// A request whose changing places are known, so that making it fresh is a few copies of digits.
class EventTemplate {
public:
    /// `body` may contain the placeholders of calls.txt. not_found: an unknown one.
    static base::Result<EventTemplate> parse(std::string_view event, std::string_view body);

    /// A GET of that path, every time the same.
    static EventTemplate get(std::string_view path);

    /// Replaces `out` by the whole HTTP request.
    void render(const CallValues& values, std::string& out) const;

    struct Slot {
        enum class Kind { token, first, second, phone, bridge, line, ext, ext2, chan };
        Kind kind;
        std::size_t at;
    };

private:
    std::string request_;
    std::vector<Slot> slots_;
};

using CallPattern = std::vector<EventTemplate>;

/// The calls of a file in the form of calls.txt; a line `GET /path` is a look-up. invalid_input
/// names the line.
base::Result<std::vector<CallPattern>> parse_patterns(std::string_view text);

}  // namespace trunkline::bench
