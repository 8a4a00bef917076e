#include "number.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>

namespace trunkline::json {
namespace {

constexpr std::int64_t max_exponent = 2'000'000'000;

std::int64_t exponent_of(std::string_view digits) {
    const bool negative = !digits.empty() && digits.front() == '-';
    if (negative || (!digits.empty() && digits.front() == '+')) {
        digits.remove_prefix(1);
    }
    std::int64_t value = 0;
    for (const char digit : digits) {
        value = std::min(value * 10 + (digit - '0'), max_exponent);
    }
    return negative ? -value : value;
}

}  // namespace

Magnitude magnitude_of(std::string_view number) {
    if (!number.empty() && number.front() == '-') {
        number.remove_prefix(1);
    }
    const std::size_t mark = number.find_first_of("eE");
    const std::int64_t exponent =
        mark == std::string_view::npos ? 0 : exponent_of(number.substr(mark + 1));
    const std::string_view mantissa = number.substr(0, mark);
    const std::size_t point = std::min(mantissa.find('.'), mantissa.size());
    const auto decimals =
        point == mantissa.size() ? 0 : static_cast<std::int64_t>(mantissa.size() - point - 1);

    Magnitude result;
    result.scale = std::max<std::int64_t>(0, decimals - exponent);
    const std::size_t first = mantissa.find_first_of("123456789");
    if (first != std::string_view::npos) {
        result.is_zero = false;
        const auto place = static_cast<std::int64_t>(point) - static_cast<std::int64_t>(first);
        result.leading = (first < point ? place - 1 : place) + exponent;
    }
    return result;
}

bool is_whole(std::string_view number) {
    return number.find_first_of(".eE") == std::string_view::npos;
}

std::optional<double> to_double(std::string_view number) {
    double value = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
    if (error == std::errc()) {
        return value;
    }
    // from_chars says only "out of range", for what is too large as for what is too small.
    if (magnitude_of(number).leading > 0) {
        return std::nullopt;
    }
    return number.starts_with('-') ? -0.0 : 0.0;
}

std::optional<std::int64_t> to_integer(std::string_view number) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
    if (error != std::errc() || end != number.data() + number.size()) {
        return std::nullopt;
    }
    return value;
}

}  // namespace trunkline::json
