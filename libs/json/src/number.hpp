#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace trunkline::json {

/// The size of a decimal number, whose text is valid JSON.
struct Magnitude {
    bool is_zero = true;
    /// The power of ten of the first digit that is not zero: 2 for `123`, -1 for `0.5`.
    std::int64_t leading = 0;
    /// Digits after the point once the exponent is applied: 1 for `0.5`, 0 for `5e3`, 4 for
    /// `1.50e-2`.
    std::int64_t scale = 0;
};

/// Exponents beyond two thousand millions count as that.
Magnitude magnitude_of(std::string_view number);

/// Whether it is written without point and exponent.
bool is_whole(std::string_view number);

/// None if it is beyond the range of double; what is too small becomes zero.
std::optional<double> to_double(std::string_view number);

/// None if it is not whole or does not fit.
std::optional<std::int64_t> to_integer(std::string_view number);

}  // namespace trunkline::json
