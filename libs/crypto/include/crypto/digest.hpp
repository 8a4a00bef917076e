#pragma once

#include <string>
#include <string_view>

namespace trunkline::crypto {

// All results are raw bytes; crypto/encoding.hpp makes text of them. Any thread. An OpenSSL that
// lacks an algorithm throws std::runtime_error.

/// 32 bytes.
std::string sha256(std::string_view data);

/// 32 bytes, RFC 2104 with SHA-256. Any length of key.
std::string hmac_sha256(std::string_view key, std::string_view data);

/// 20 bytes. Only where a foreign API demands it (contracts/zadarma.md).
std::string hmac_sha1(std::string_view key, std::string_view data);

/// 16 bytes. Not a safe digest; only where a foreign API demands it (contracts/zadarma.md,
/// contracts/moysklad.md, AMI's challenge).
std::string md5(std::string_view data);

/// Whether both are the same, in a time that tells nothing about where they differ or how long the
/// secret one is.
bool equal_constant_time(std::string_view a, std::string_view b);

}  // namespace trunkline::crypto
