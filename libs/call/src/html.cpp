#include "html.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/text.hpp"
#include "call/card.hpp"

namespace trunkline::call {
namespace {

constexpr std::string_view ellipsis = "…";

constexpr std::array<std::pair<char, std::string_view>, 4> references{
    {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}}
};

bool begins_code_point(char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }

/// U+2028..U+202E and U+2066..U+2069: line separators, and embeddings, overrides and isolates that
/// the name itself may never close. All have three bytes.
bool is_breaking(std::string_view at) {
    if (at.size() < 3 || at[0] != '\xE2') {
        return false;
    }
    const auto last = static_cast<unsigned char>(at[2]);
    return (at[1] == '\x80' && last >= 0xA8 && last <= 0xAE) ||
           (at[1] == '\x81' && last >= 0xA6 && last <= 0xA9);
}

/// The character that the reference at the beginning of `html` stands for, and its length.
std::optional<std::pair<char, std::size_t>> reference_at(std::string_view html) {
    for (const auto& [character, name] : references) {
        if (html.starts_with(name)) {
            return std::pair{character, name.size()};
        }
    }
    return std::nullopt;
}

}  // namespace

std::string escape_html(std::string_view text) {
    std::string escaped;
    escaped.reserve(text.size());
    for (const char c : text) {
        const auto* const found =
            std::ranges::find(references, c, &std::pair<char, std::string_view>::first);
        if (found == references.end()) {
            escaped += c;
        } else {
            escaped += found->second;
        }
    }
    return escaped;
}

std::string plain_text(std::string_view html) {
    std::string text;
    text.reserve(html.size());
    while (!html.empty()) {
        std::size_t used = 1;
        if (html.front() == '<') {
            const auto end = html.find('>');
            used = end == std::string_view::npos ? html.size() : end + 1;
        } else if (const auto reference = reference_at(html)) {
            text += reference->first;
            used = reference->second;
        } else {
            text += html.front();
        }
        html.remove_prefix(used);
    }
    return text;
}

std::string shorten(std::string_view text, std::size_t longest) {
    if (text.size() <= longest || code_points(text) <= longest) {
        return std::string(text);
    }
    std::size_t kept = 0;
    std::size_t bytes = 0;
    while (bytes < text.size()) {
        if (begins_code_point(text[bytes])) {
            if (kept + 1 >= longest) {
                break;
            }
            ++kept;
        }
        ++bytes;
    }
    return std::string(text.substr(0, bytes)) + std::string(ellipsis);
}

std::string clean_name(std::string_view name) {
    std::string clean;
    clean.reserve(name.size());
    while (!name.empty()) {
        const auto c = static_cast<unsigned char>(name.front());
        std::size_t used = 1;
        if (is_breaking(name)) {
            used = 3;
        } else if (c < 0x20 || c == 0x7F) {
            clean += ' ';
        } else {
            clean += name.front();
        }
        name.remove_prefix(used);
    }
    return std::string(base::trim(clean));
}

std::size_t code_points(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::count_if(text, begins_code_point));
}

}  // namespace trunkline::call
