#include "pg/array.hpp"

#include <algorithm>
#include <chrono>
#include <concepts>

#include "text_format.hpp"

namespace trunkline::pg {
namespace {

/// Times count from here: https://www.postgresql.org/docs/15/datatype-datetime.html
constexpr base::WallTime epoch =
    std::chrono::sys_days(std::chrono::year(2000) / std::chrono::January / 1);
constexpr std::uint32_t length_of_null = ~std::uint32_t{0};

template <std::unsigned_integral Number>
void append(std::string& out, Number value) {
    for (auto left = sizeof(Number); left > 0; --left) {
        out += static_cast<char>(static_cast<unsigned char>(value >> (8 * (left - 1))));
    }
}

template <class Number>
std::uint32_t length_of(const Number& value) {
    return static_cast<std::uint32_t>(sizeof value);
}

}  // namespace

void Array::add_null() {
    append(elements_, length_of_null);
    has_null_ = true;
    ++size_;
}

void Array::add_boolean(bool value) {
    append(elements_, std::uint32_t{1});
    elements_ += value ? '\1' : '\0';
    ++size_;
}

void Array::add_integer(std::int32_t value) {
    append(elements_, length_of(value));
    append(elements_, static_cast<std::uint32_t>(value));
    ++size_;
}

void Array::add_bigint(std::int64_t value) {
    append(elements_, length_of(value));
    append(elements_, static_cast<std::uint64_t>(value));
    ++size_;
}

void Array::add_time(base::WallTime time) { add_bigint((time - epoch).count()); }

void Array::add_octets(std::string_view octets) {
    append(elements_, static_cast<std::uint32_t>(octets.size()));
    elements_ += octets;
    ++size_;
}

void Array::add_uuid_octets(std::string_view octets) {
    // One that is too short would look to the server like a broken message, not like a bad value.
    constexpr std::size_t size = 16;
    std::string checked(octets);
    if (checked.size() != size) {
        checked.resize(std::max(checked.size(), size + 1));
    }
    add_octets(checked);
}

void Array::add_uuid(std::string_view text) {
    const auto octets = parse_uuid(text);
    add_uuid_octets(octets ? std::string_view(*octets) : std::string_view());
}

void Array::add_json(std::string_view text) {
    constexpr char version = 1;
    append(elements_, static_cast<std::uint32_t>(text.size() + 1));
    elements_ += version;
    elements_ += text;
    ++size_;
}

std::string Array::octets() const {
    const std::uint32_t dimensions = size_ == 0 ? 0 : 1;
    constexpr std::uint32_t first_index = 1;
    std::string octets;
    octets.reserve(5 * sizeof dimensions + elements_.size());
    append(octets, dimensions);
    append(octets, std::uint32_t{has_null_ ? 1U : 0U});
    append(octets, static_cast<std::uint32_t>(type_));
    if (dimensions > 0) {
        append(octets, static_cast<std::uint32_t>(size_));
        append(octets, first_index);
    }
    octets += elements_;
    return octets;
}

}  // namespace trunkline::pg
