#include "crc32c.hpp"

#include <array>

namespace trunkline::journal {
namespace {

constexpr std::uint32_t polynomial = 0x82F63B78U;

constexpr std::array<std::uint32_t, 256> make_table() {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t byte = 0; byte < table.size(); ++byte) {
        std::uint32_t value = byte;
        for (int bit = 0; bit < 8; ++bit) {
            value = (value & 1U) != 0 ? (value >> 1U) ^ polynomial : value >> 1U;
        }
        table[byte] = value;
    }
    return table;
}

constexpr auto table = make_table();

}  // namespace

std::uint32_t crc32c(std::string_view bytes, std::uint32_t begun) {
    std::uint32_t value = ~begun;
    for (const char c : bytes) {
        value = (value >> 8U) ^ table[(value ^ static_cast<unsigned char>(c)) & 0xFFU];
    }
    return ~value;
}

}  // namespace trunkline::journal
