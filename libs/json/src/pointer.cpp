#include "pointer.hpp"

#include <charconv>
#include <cstddef>

namespace trunkline::json {
namespace {

std::optional<std::string> unescaped(std::string_view token) {
    std::string text;
    for (std::size_t i = 0; i < token.size(); ++i) {
        if (token[i] != '~') {
            text += token[i];
            continue;
        }
        ++i;
        if (i == token.size() || (token[i] != '0' && token[i] != '1')) {
            return std::nullopt;
        }
        text += token[i] == '0' ? '~' : '/';
    }
    return text;
}

std::optional<View> element(View array, std::string_view token) {
    std::size_t index = 0;
    const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), index);
    const bool has_leading_zero = token.size() > 1 && token.front() == '0';
    if (error != std::errc() || end != token.data() + token.size() || has_leading_zero ||
        index >= array.size()) {
        return std::nullopt;
    }
    return array[index];
}

}  // namespace

void append_token(std::string& pointer, std::string_view token) {
    pointer += '/';
    for (const char c : token) {
        if (c == '~') {
            pointer += "~0";
        } else if (c == '/') {
            pointer += "~1";
        } else {
            pointer += c;
        }
    }
}

std::optional<View> resolve(View root, std::string_view pointer) {
    std::optional<View> at = root;
    while (at && !pointer.empty()) {
        if (pointer.front() != '/') {
            return std::nullopt;
        }
        pointer.remove_prefix(1);
        const std::string_view raw = pointer.substr(0, pointer.find('/'));
        pointer.remove_prefix(raw.size());
        const auto token = unescaped(raw);
        if (!token) {
            return std::nullopt;
        }
        at = at->is_array() ? element(*at, *token) : at->find(*token);
    }
    return at;
}

}  // namespace trunkline::json
