#pragma once

#include <array>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace trunkline::crypto {

/// Seals small texts (API keys, passwords) for storage with AES-256-GCM under one key, that of
/// SECRETS_KEY.
///
/// A sealed text is `enc:v1:` and base64 of 12 bytes nonce, the ciphertext, 16 bytes tag. `context`
/// says what the secret is for, such as `enterprises/0367/retailcrm.api_key`; it is authenticated,
/// not stored, so a sealed text that somebody copies to another place does not open there. Nonces
/// are random: fewer than 2^32 sealings under one key are safe (NIST SP 800-38D, 8.3). Any thread.
class SecretBox {
public:
    /// `key` is base64 of exactly 32 bytes; else invalid_input.
    static base::Result<SecretBox> from_base64_key(std::string_view key);
    /// A new random key for SECRETS_KEY.
    static std::string make_base64_key();

    SecretBox(const SecretBox&) = default;
    SecretBox& operator=(const SecretBox&) = default;
    ~SecretBox();  ///< Wipes the key.

    std::string seal(std::string_view plain, std::string_view context) const;

    /// malformed: not a sealed text; forbidden: another key, another context, or tampered with.
    /// Errors show nothing of the text.
    base::Result<std::string> open(std::string_view sealed, std::string_view context) const;

    /// Whether `text` begins as sealed texts do; open() may still refuse it.
    static bool is_sealed(std::string_view text);

private:
    static constexpr std::size_t key_size = 32;

    SecretBox() = default;

    std::array<unsigned char, key_size> key_{};
};

}  // namespace trunkline::crypto
