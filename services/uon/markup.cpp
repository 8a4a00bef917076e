#include "markup.hpp"

#include <charconv>
#include <cstdint>
#include <optional>
#include <utility>

#include "base/text.hpp"

namespace trunkline::uon {
namespace {

constexpr std::pair<std::string_view, std::string_view> entities[] = {
    {"amp", "&"},    {"lt", "<"},     {"gt", ">"},    {"quot", "\""},  {"apos", "'"},
    {"nbsp", " "},   {"laquo", "«"},  {"raquo", "»"}, {"ldquo", "“"},  {"rdquo", "”"},
    {"bdquo", "„"},  {"lsquo", "‘"},  {"rsquo", "’"}, {"sbquo", "‚"},  {"ndash", "–"},
    {"mdash", "—"},  {"hellip", "…"}, {"bull", "•"},  {"middot", "·"}, {"rarr", "→"},
    {"larr", "←"},   {"uarr", "↑"},   {"darr", "↓"},  {"harr", "↔"},   {"euro", "€"},
    {"copy", "©"},   {"reg", "®"},    {"trade", "™"}, {"sect", "§"},   {"deg", "°"},
    {"plusmn", "±"}, {"times", "×"},  {"shy", ""},    {"ensp", " "},   {"emsp", " "},
    {"thinsp", " "},
};
constexpr std::size_t longest_entity = 10;

void append_utf8(std::string& out, std::uint32_t code) {
    const auto trail = [&out, code](unsigned shift) {
        out += static_cast<char>(0x80U | ((code >> shift) & 0x3FU));
    };
    if (code < 0x80) {
        out += static_cast<char>(code);
    } else if (code < 0x800) {
        out += static_cast<char>(0xC0U | (code >> 6U));
        trail(0);
    } else if (code < 0x10000) {
        out += static_cast<char>(0xE0U | (code >> 12U));
        trail(6);
        trail(0);
    } else {
        out += static_cast<char>(0xF0U | (code >> 18U));
        trail(12);
        trail(6);
        trail(0);
    }
}

/// `#039` or `#x27`.
std::optional<std::string> numeric(std::string_view name) {
    const bool is_hex = name.size() > 1 && (name[1] == 'x' || name[1] == 'X');
    const auto digits = name.substr(is_hex ? 2 : 1);
    std::uint32_t code = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), code, is_hex ? 16 : 10);
    const bool is_whole = !digits.empty() && end == digits.data() + digits.size();
    const bool is_surrogate = code >= 0xD800 && code < 0xE000;
    if (error != std::errc{} || !is_whole || code == 0 || code > 0x10FFFF || is_surrogate) {
        return std::nullopt;
    }
    std::string out;
    append_utf8(out, code);
    return out;
}

std::optional<std::string> decoded(std::string_view name) {
    if (name.starts_with('#')) {
        return numeric(name);
    }
    for (const auto& [known, text] : entities) {
        if (known == name) {
            return std::string(text);
        }
    }
    return std::nullopt;
}

}  // namespace

std::string without_entities(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const auto end = text[at] == '&' ? text.find(';', at) : std::string_view::npos;
        if (end != std::string_view::npos && end - at - 1 <= longest_entity) {
            if (const auto plain = decoded(text.substr(at + 1, end - at - 1))) {
                out += *plain;
                at = end;
                continue;
            }
        }
        out += text[at];
    }
    for (char& c : out) {
        const auto byte = static_cast<unsigned char>(c);
        c = byte < 0x20 || byte == 0x7F ? ' ' : c;
    }
    return std::string(base::trim(out));
}

}  // namespace trunkline::uon
