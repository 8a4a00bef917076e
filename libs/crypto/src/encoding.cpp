#include "crypto/encoding.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <climits>
#include <cstddef>
#include <optional>
#include <stdexcept>

namespace trunkline::crypto {
namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::optional<unsigned> hex_value(char c) {
    if (c >= '0' && c <= '9') {
        return static_cast<unsigned>(c - '0');
    }
    if (c >= 'a' && c <= 'f') {
        return static_cast<unsigned>(c - 'a') + 10U;
    }
    if (c >= 'A' && c <= 'F') {
        return static_cast<unsigned>(c - 'A') + 10U;
    }
    return std::nullopt;
}

std::unexpected<base::Error> not_base64() {
    return base::fail(base::Errc::malformed, "is not base64");
}

/// Whether padding stands only at the end, at most twice, and all else is of the alphabet.
bool has_base64_shape(std::string_view text) {
    if (text.size() % 4 != 0 || text.size() > INT_MAX) {
        return false;
    }
    const auto body = text.substr(0, text.find('='));
    const auto padding = text.substr(body.size());
    return padding.size() <= 2 && padding.find_first_not_of('=') == std::string_view::npos &&
           body.find_first_not_of(alphabet) == std::string_view::npos;
}

}  // namespace

std::string to_hex(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        text += digits[byte >> 4U];
        text += digits[byte & 0x0FU];
    }
    return text;
}

base::Result<std::string> from_hex(std::string_view text) {
    if (text.size() % 2 != 0) {
        return base::fail(base::Errc::malformed, "is not hexadecimal: the number of digits is odd");
    }
    std::string bytes;
    bytes.reserve(text.size() / 2);
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const auto high = hex_value(text[i]);
        const auto low = hex_value(text[i + 1]);
        if (!high || !low) {
            return base::fail(base::Errc::malformed, "is not hexadecimal");
        }
        bytes += static_cast<char>(*high * 16U + *low);
    }
    return bytes;
}

std::string base64_encode(std::string_view bytes) {
    if (bytes.size() > INT_MAX / 2) {
        throw std::length_error("base64 of more than a gigabyte");
    }
    std::string text(
        (bytes.size() + 2) / 3 * 4 + 1, '\0'
    );  // EVP_EncodeBlock ends it with a zero byte.
    const int size = EVP_EncodeBlock(
        reinterpret_cast<unsigned char*>(text.data()),
        reinterpret_cast<const unsigned char*>(bytes.data()),
        static_cast<int>(bytes.size())
    );
    text.resize(static_cast<std::size_t>(size));
    return text;
}

base::Result<std::string> base64_decode(std::string_view text) {
    if (!has_base64_shape(text)) {
        return not_base64();
    }
    if (text.empty()) {
        return std::string();
    }
    std::string bytes(text.size() / 4 * 3, '\0');
    const int size = EVP_DecodeBlock(
        reinterpret_cast<unsigned char*>(bytes.data()),
        reinterpret_cast<const unsigned char*>(text.data()),
        static_cast<int>(text.size())
    );
    if (size < 0) {
        return not_base64();
    }
    // EVP_DecodeBlock takes padding for zero bytes.
    bytes.resize(bytes.size() - static_cast<std::size_t>(std::ranges::count(text, '=')));
    if (base64_encode(bytes) != text) {
        return not_base64();  // Unused bits were set: a second spelling of the same value.
    }
    return bytes;
}

std::string base64url_encode(std::string_view bytes) {
    auto text = base64_encode(bytes);
    std::ranges::replace(text, '+', '-');
    std::ranges::replace(text, '/', '_');
    std::erase(text, '=');
    return text;
}

base::Result<std::string> base64url_decode(std::string_view text) {
    if (text.find_first_of("+/=") != std::string_view::npos || text.size() % 4 == 1) {
        return not_base64();
    }
    std::string padded(text);
    std::ranges::replace(padded, '-', '+');
    std::ranges::replace(padded, '_', '/');
    padded.append((4 - padded.size() % 4) % 4, '=');
    return base64_decode(padded);
}

}  // namespace trunkline::crypto
