#include "text_format.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <limits>
#include <system_error>
#include <utility>

#include "base/text.hpp"

namespace trunkline::pg {
namespace {

template <class Number>
std::optional<Number> parse_whole(std::string_view text) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || text.empty()) {
        return std::nullopt;
    }
    return value;
}

// Reads the parts of a time from left to right; after the first mismatch everything fails.
class Scanner {
public:
    explicit Scanner(std::string_view text) : rest_(text) {}

    int digits(std::size_t at_least, std::size_t at_most) {
        std::size_t count = 0;
        int value = 0;
        while (count < at_most && count < rest_.size() && rest_[count] >= '0' && rest_[count] <= '9'
        ) {
            value = value * 10 + (rest_[count] - '0');
            ++count;
        }
        good_ = good_ && count >= at_least;
        rest_.remove_prefix(count);
        return value;
    }
    bool accept(char wanted) {
        if (rest_.empty() || rest_.front() != wanted) {
            return false;
        }
        rest_.remove_prefix(1);
        return true;
    }
    void expect(char wanted) { good_ = accept(wanted) && good_; }
    std::size_t left() const { return rest_.size(); }
    bool good() const { return good_; }
    bool good_and_at_end() const { return good_ && rest_.empty(); }

private:
    std::string_view rest_;
    bool good_ = true;
};

std::chrono::microseconds scan_clock(Scanner& scanner) {
    const std::chrono::hours hours(scanner.digits(2, 2));
    scanner.expect(':');
    const std::chrono::minutes minutes(scanner.digits(2, 2));
    scanner.expect(':');
    const std::chrono::seconds seconds(scanner.digits(2, 2));
    std::chrono::microseconds fraction(0);
    if (scanner.accept('.')) {
        const auto before = scanner.left();
        auto value = scanner.digits(1, 6);
        for (auto count = before - scanner.left(); count < 6; ++count) {
            value *= 10;
        }
        fraction = std::chrono::microseconds(value);
    }
    return hours + minutes + seconds + fraction;
}

std::optional<std::chrono::seconds> scan_offset(Scanner& scanner) {
    const bool east = scanner.accept('+');
    if (!east && !scanner.accept('-')) {
        return std::nullopt;
    }
    std::chrono::seconds offset = std::chrono::hours(scanner.digits(2, 2));
    if (scanner.accept(':')) {
        offset += std::chrono::minutes(scanner.digits(2, 2));
    }
    if (scanner.accept(':')) {
        offset += std::chrono::seconds(scanner.digits(2, 2));
    }
    return east ? offset : -offset;
}

int hex_digit(char letter) {
    if (letter >= '0' && letter <= '9') {
        return letter - '0';
    }
    if (letter >= 'a' && letter <= 'f') {
        return letter - 'a' + 10;
    }
    if (letter >= 'A' && letter <= 'F') {
        return letter - 'A' + 10;
    }
    return -1;
}

// One element from the front of `rest`; false if it is cut off or empty.
bool take_element(std::string_view& rest, std::optional<std::string>& element) {
    std::string text;
    const bool quoted = rest.starts_with('"');
    if (quoted) {
        rest.remove_prefix(1);
    }
    while (!rest.empty()) {
        const char letter = rest.front();
        if (quoted ? letter == '"' : letter == ',' || letter == '}') {
            break;
        }
        if (!quoted && (letter == '{' || letter == '"')) {
            return false;
        }
        const std::size_t skip = letter == '\\' ? 1 : 0;
        if (rest.size() <= skip) {
            return false;
        }
        text += rest[skip];
        rest.remove_prefix(skip + 1);
    }
    if (rest.empty() || (!quoted && text.empty())) {
        return false;
    }
    if (quoted) {
        rest.remove_prefix(1);
    }
    element = !quoted && text == "NULL" ? std::nullopt : std::optional(std::move(text));
    return true;
}

}  // namespace

std::optional<std::int64_t> parse_integer(std::string_view text) {
    return parse_whole<std::int64_t>(text);
}

std::optional<double> parse_number(std::string_view text) {
    if (text == "NaN") {
        return std::numeric_limits<double>::quiet_NaN();
    }
    if (text == "Infinity" || text == "-Infinity") {
        const auto infinity = std::numeric_limits<double>::infinity();
        return text.front() == '-' ? -infinity : infinity;
    }
    return parse_whole<double>(text);
}

std::optional<bool> parse_boolean(std::string_view text) {
    if (text != "t" && text != "f") {
        return std::nullopt;
    }
    return text == "t";
}

std::optional<base::WallTime> parse_time(std::string_view text) {
    Scanner scanner(text);
    const std::chrono::year year(scanner.digits(4, 5));
    scanner.expect('-');
    const std::chrono::month month(static_cast<unsigned>(scanner.digits(2, 2)));
    scanner.expect('-');
    const std::chrono::day day(static_cast<unsigned>(scanner.digits(2, 2)));
    scanner.expect(' ');
    const auto clock = scan_clock(scanner);
    const auto offset = scan_offset(scanner);
    const std::chrono::year_month_day date(year, month, day);
    if (!offset || !scanner.good_and_at_end() || !date.ok()) {
        return std::nullopt;
    }
    return std::chrono::sys_days(date) + clock - *offset;
}

std::optional<std::string> parse_bytes(std::string_view text) {
    if (!text.starts_with("\\x") || text.size() % 2 != 0) {
        return std::nullopt;
    }
    std::string octets;
    octets.reserve(text.size() / 2);
    for (std::size_t index = 2; index < text.size(); index += 2) {
        const int high = hex_digit(text[index]);
        const int low = hex_digit(text[index + 1]);
        if (high < 0 || low < 0) {
            return std::nullopt;
        }
        octets += static_cast<char>(high * 16 + low);
    }
    return octets;
}

std::optional<std::string> parse_uuid(std::string_view text) {
    constexpr std::size_t size = 16;
    std::string octets;
    octets.reserve(size);
    for (std::size_t index = 0; index < text.size(); ++index) {
        if (text[index] == '-' && index > 0) {
            continue;
        }
        const int high = hex_digit(text[index]);
        const int low = ++index < text.size() ? hex_digit(text[index]) : -1;
        if (high < 0 || low < 0) {
            return std::nullopt;
        }
        octets += static_cast<char>(high * 16 + low);
    }
    return octets.size() == size ? std::optional(std::move(octets)) : std::nullopt;
}

std::optional<ArrayElements> parse_array(std::string_view text) {
    ArrayElements elements;
    if (text == "{}") {
        return elements;
    }
    if (!text.starts_with('{')) {
        return std::nullopt;
    }
    auto rest = text.substr(1);
    for (;;) {
        std::optional<std::string> element;
        if (!take_element(rest, element) || rest.empty()) {
            return std::nullopt;
        }
        elements.push_back(std::move(element));
        const char separator = rest.front();
        rest.remove_prefix(1);
        if (separator == '}') {
            return rest.empty() ? std::optional(std::move(elements)) : std::nullopt;
        }
        if (separator != ',') {
            return std::nullopt;
        }
    }
}

namespace {

bool is_syntax(char letter) { return letter == '"' || letter == '\\'; }

void append_element(std::string& out, std::string_view element) {
    out += '"';
    if (base::is_plain(element)) {
        out += element;
    } else {
        // JSON is full of quotes: room first, then letter by letter into it.
        const auto from = out.size();
        const auto escapes = std::ranges::count_if(element, is_syntax);
        out.resize(from + element.size() + static_cast<std::size_t>(escapes));
        auto* to = out.data() + from;
        for (const char letter : element) {
            *to = '\\';
            to += is_syntax(letter) ? 1 : 0;
            *to++ = letter;
        }
    }
    out += '"';
}

}  // namespace

std::string format_number(double value) {
    if (std::isnan(value)) {
        return "NaN";
    }
    if (std::isinf(value)) {
        return value < 0 ? "-Infinity" : "Infinity";
    }
    std::array<char, 32> buffer{};
    const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
    return {buffer.data(), error == std::errc() ? end : buffer.data()};
}

std::string format_bytes(std::string_view octets) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text = "\\x";
    text.reserve(2 + octets.size() * 2);
    for (const char octet : octets) {
        const auto value = static_cast<unsigned char>(octet);
        text += digits[value / 16];
        text += digits[value % 16];
    }
    return text;
}

std::string format_array(std::span<const std::optional<std::string>> elements) {
    std::string text = "{";
    for (const auto& element : elements) {
        if (text.size() > 1) {
            text += ',';
        }
        if (element) {
            append_element(text, *element);
        } else {
            text += "NULL";
        }
    }
    text += '}';
    return text;
}

std::string format_array(std::span<const std::string> elements) {
    std::string text = "{";
    for (const auto& element : elements) {
        if (text.size() > 1) {
            text += ',';
        }
        append_element(text, element);
    }
    text += '}';
    return text;
}

std::string quote_identifier(std::string_view name) {
    std::string quoted = "\"";
    for (const char letter : name) {
        quoted += letter;
        if (letter == '"') {
            quoted += letter;
        }
    }
    return quoted + '"';
}

}  // namespace trunkline::pg
