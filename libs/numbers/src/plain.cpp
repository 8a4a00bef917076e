#include "numbers/plain.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace trunkline::numbers {
namespace {

constexpr std::size_t shortest_external = 5;
constexpr std::size_t longest_external = 20;

/// What exchanges write where there is no number. Compared in lower case, without angle brackets.
constexpr std::array no_number_words = {
    std::string_view("unknown"),
    std::string_view("anonymous"),
    std::string_view("restricted"),
    std::string_view("private"),
    std::string_view("unavailable"),
    std::string_view("hidden"),
    std::string_view("withheld"),
    std::string_view("null"),
    std::string_view("none"),
    std::string_view("asterisk"),
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_punctuation(char c) {
    return c == ' ' || c == '(' || c == ')' || c == '-' || c == '.' || c == '/';
}

struct Shape {
    std::size_t digits = 0;
    bool plus = false;
    bool plain = true;  ///< Nothing but digits.
    bool valid = true;
};

Shape shape_of(std::string_view number) {
    Shape shape;
    for (std::size_t i = 0; i < number.size(); ++i) {
        if (is_digit(number[i])) {
            ++shape.digits;
            continue;
        }
        shape.plain = false;
        if (i == 0 && number[i] == '+') {
            shape.plus = true;
        } else if (!is_punctuation(number[i])) {
            shape.valid = false;
        }
    }
    return shape;
}

std::string international_digits(std::string_view number) {
    std::string digits = base::digits_of(number);
    if (number.starts_with('+')) {
        return digits;
    }
    if (digits.starts_with("00") && digits.size() > 10) {
        return digits.substr(2);
    }
    if (digits.starts_with("810") && digits.size() > 12) {
        return digits.substr(3);
    }
    if (digits.starts_with("80") && digits.size() == 11) {
        return "375" + digits.substr(2);
    }
    if (digits.starts_with('8') && digits.size() == 11) {
        return "7" + digits.substr(1);
    }
    return digits;
}

}  // namespace

NumberKind kind_of(std::string_view number) {
    const Shape shape = shape_of(number);
    if (!shape.valid || shape.digits > longest_external) {
        return NumberKind::none;
    }
    if (shape.plain && (shape.digits == 3 || shape.digits == 4)) {
        return NumberKind::internal;
    }
    if (shape.plain && shape.digits == 7 && number.starts_with("000")) {
        return NumberKind::line;
    }
    return shape.digits >= shortest_external ? NumberKind::external : NumberKind::none;
}

bool is_internal(std::string_view number) { return kind_of(number) == NumberKind::internal; }

bool is_external(std::string_view number) { return kind_of(number) == NumberKind::external; }

std::string clean_number(std::string_view raw) {
    const std::string_view text = base::trim(raw);
    std::string_view word = text;
    if (word.size() >= 2 && word.front() == '<' && word.back() == '>') {
        word = word.substr(1, word.size() - 2);
    }
    const std::string lower = base::to_lower_ascii(word);
    const bool is_word =
        std::ranges::find(no_number_words, std::string_view(lower)) != no_number_words.end();
    return is_word ? std::string() : std::string(text);
}

std::string match_key(std::string_view number) {
    switch (kind_of(number)) {
        case NumberKind::none:
            return {};
        case NumberKind::internal:
        case NumberKind::line:
            return std::string(number);
        case NumberKind::external:
            return international_digits(number);
    }
    return {};
}

bool is_same_number(std::string_view a, std::string_view b) {
    const std::string key = match_key(a);
    return !key.empty() && key == match_key(b);
}

}  // namespace trunkline::numbers
