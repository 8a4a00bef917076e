#pragma once

#include <cstdint>
#include <string_view>

namespace trunkline::journal {

/// CRC-32C (Castagnoli, reflected polynomial 0x82F63B78), as RFC 3720 appendix B.4 has it. Of two
/// parts: the second part's, begun with the first part's.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t begun = 0);

}  // namespace trunkline::journal
