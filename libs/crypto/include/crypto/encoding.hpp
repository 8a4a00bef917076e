#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"

namespace trunkline::crypto {

/// Lower-case digits.
std::string to_hex(std::string_view bytes);

/// Either case; an odd length or another character is malformed. Errors never quote the text, which
/// may be a key.
base::Result<std::string> from_hex(std::string_view text);

/// RFC 4648 section 4: `+` and `/`, padded.
std::string base64_encode(std::string_view bytes);

/// Strict: padding must be there, unused bits must be zero, no white space, so each value has one
/// spelling only.
base::Result<std::string> base64_decode(std::string_view text);

/// RFC 4648 section 5: `-` and `_`, without padding, as JWT has it (RFC 7515).
std::string base64url_encode(std::string_view bytes);

/// Strict as above; padding is refused.
base::Result<std::string> base64url_decode(std::string_view text);

}  // namespace trunkline::crypto
