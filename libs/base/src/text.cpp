#include "base/text.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace trunkline::base {
namespace {

constexpr std::string_view white_space = " \t\r\n\v\f";
constexpr std::string_view replacement = "\xEF\xBF\xBD";

char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

/// How many bytes at the front are ASCII, eight at a time: nearly all text is.
std::size_t ascii_prefix(std::string_view text) {
    std::size_t i = 0;
    for (; i + 8 <= text.size(); i += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, text.data() + i, 8);
        if ((word & 0x8080808080808080U) != 0) {
            break;
        }
    }
    while (i < text.size() && static_cast<unsigned char>(text[i]) < 0x80U) {
        ++i;
    }
    return i;
}

constexpr std::uint64_t each_byte(std::uint64_t value) { return value * 0x0101010101010101U; }

/// Has a byte its highest bit set where `word` has one below `limit`? As a whole that is exact, of
/// the single bytes above the first one it is not.
constexpr std::uint64_t below(std::uint64_t word, std::uint64_t limit) {
    return (word - each_byte(limit)) & ~word & each_byte(0x80);
}

struct Sequence {
    std::size_t size;  ///< Bytes to take; for an invalid sequence its longest valid beginning, at
                       ///< least one byte.
    bool valid;
};

/// What a lead byte demands: how many bytes follow, and the range of the first of them (Unicode,
/// table 3-7).
struct Lead {
    std::size_t following = 0;
    unsigned char low = 0x80;
    unsigned char high = 0xBF;
};

Lead lead_of(unsigned char byte) {
    if (byte >= 0xC2 && byte <= 0xDF) {
        return {.following = 1};
    }
    if (byte >= 0xE0 && byte <= 0xEF) {
        const unsigned char low = byte == 0xE0 ? 0xA0 : 0x80;
        const unsigned char high = byte == 0xED ? 0x9F : 0xBF;
        return {.following = 2, .low = low, .high = high};
    }
    if (byte >= 0xF0 && byte <= 0xF4) {
        const unsigned char low = byte == 0xF0 ? 0x90 : 0x80;
        const unsigned char high = byte == 0xF4 ? 0x8F : 0xBF;
        return {.following = 3, .low = low, .high = high};
    }
    return {};
}

/// The sequence at the front of a text that starts with a byte of 0x80 or more.
Sequence first_sequence(std::string_view text) {
    const auto lead = lead_of(static_cast<unsigned char>(text.front()));
    if (lead.following == 0) {
        return {.size = 1, .valid = false};
    }
    for (std::size_t i = 1; i <= lead.following; ++i) {
        if (i == text.size()) {
            return {.size = i, .valid = false};
        }
        const auto byte = static_cast<unsigned char>(text[i]);
        const unsigned char low = i == 1 ? lead.low : 0x80;
        const unsigned char high = i == 1 ? lead.high : 0xBF;
        if (byte < low || byte > high) {
            return {.size = i, .valid = false};
        }
    }
    return {.size = lead.following + 1, .valid = true};
}

int hex_value(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    const char lower = to_lower(c);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

bool is_unreserved(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

}  // namespace

bool is_plain(std::string_view text) {
    std::size_t i = 0;
    for (; i + 8 <= text.size(); i += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, text.data() + i, 8);
        const auto found =
            below(word, 0x20) | below(word ^ each_byte('"'), 1) | below(word ^ each_byte('\\'), 1);
        if (found != 0) {
            return false;
        }
    }
    return std::ranges::all_of(text.substr(i), [](char c) {
        return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\';
    });
}

std::string_view trim(std::string_view text) {
    const auto first = text.find_first_not_of(white_space);
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(white_space) - first + 1);
}

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts;
    if (text.empty()) {
        return parts;
    }
    while (true) {
        const auto end = text.find(separator);
        parts.emplace_back(trim(text.substr(0, end)));
        if (end == std::string_view::npos) {
            return parts;
        }
        text.remove_prefix(end + 1);
    }
}

std::string to_lower_ascii(std::string_view text) {
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(), to_lower);
    return lower;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, [](char x, char y) { return to_lower(x) == to_lower(y); });
}

bool is_valid_utf8(std::string_view text) {
    while (true) {
        text.remove_prefix(ascii_prefix(text));
        if (text.empty()) {
            return true;
        }
        const auto sequence = first_sequence(text);
        if (!sequence.valid) {
            return false;
        }
        text.remove_prefix(sequence.size);
    }
}

std::string replace_invalid_utf8(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (true) {
        const auto ascii = ascii_prefix(text);
        out += text.substr(0, ascii);
        text.remove_prefix(ascii);
        if (text.empty()) {
            return out;
        }
        const auto sequence = first_sequence(text);
        out += sequence.valid ? text.substr(0, sequence.size) : replacement;
        text.remove_prefix(sequence.size);
    }
}

std::string digits_of(std::string_view text) {
    std::string digits;
    std::ranges::copy_if(text, std::back_inserter(digits), [](char c) {
        return c >= '0' && c <= '9';
    });
    return digits;
}

std::string percent_decode(std::string_view text, bool plus_is_space) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size()) {
            const int high = hex_value(text[i + 1]);
            const int low = hex_value(text[i + 2]);
            if (high >= 0 && low >= 0) {
                out += static_cast<char>(high * 16 + low);
                i += 2;
                continue;
            }
        }
        out += plus_is_space && text[i] == '+' ? ' ' : text[i];
    }
    return out;
}

std::string percent_encode(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        if (is_unreserved(c)) {
            out += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        out += '%';
        out += digits[byte >> 4U];
        out += digits[byte & 0x0FU];
    }
    return out;
}

}  // namespace trunkline::base
