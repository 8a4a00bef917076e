#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace trunkline::base {

/// Fills `out` from the kernel's generator (getrandom). Any thread.
void fill_random(std::span<unsigned char> out);

/// RFC 9562 version 7: ordered by time of making, so that B-tree inserts stay at the right edge.
std::string make_uuid();

/// Whether `text` has the 8-4-4-4-12 form with hexadecimal digits.
bool is_uuid(std::string_view text);

/// `bytes` random bytes as lower-case hexadecimal: keys, tokens, request ids.
std::string random_hex(std::size_t bytes);

}  // namespace trunkline::base
