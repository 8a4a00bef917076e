#include "crypto/digest.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <climits>
#include <stdexcept>

namespace trunkline::crypto {
namespace {

const unsigned char* bytes(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

std::string digest(const EVP_MD* algorithm, std::string_view data) {
    std::string out(EVP_MAX_MD_SIZE, '\0');
    unsigned size = 0;
    auto* const target = reinterpret_cast<unsigned char*>(out.data());
    if (EVP_Digest(data.data(), data.size(), target, &size, algorithm, nullptr) != 1) {
        throw std::runtime_error("OpenSSL refused a digest");
    }
    out.resize(size);
    return out;
}

std::string hmac(const EVP_MD* algorithm, std::string_view key, std::string_view data) {
    if (key.size() > INT_MAX) {
        throw std::runtime_error("an HMAC key over 2 GiB");
    }
    std::string out(EVP_MAX_MD_SIZE, '\0');
    unsigned size = 0;
    auto* const target = reinterpret_cast<unsigned char*>(out.data());
    // A null key would mean "the one of last time", so an empty one must not be null.
    const unsigned char* const key_bytes = key.empty() ? bytes("") : bytes(key);
    if (HMAC(
            algorithm,
            key_bytes,
            static_cast<int>(key.size()),
            bytes(data),
            data.size(),
            target,
            &size
        ) == nullptr) {
        throw std::runtime_error("OpenSSL refused an HMAC");
    }
    out.resize(size);
    return out;
}

}  // namespace

std::string sha256(std::string_view data) { return digest(EVP_sha256(), data); }

std::string hmac_sha256(std::string_view key, std::string_view data) {
    return hmac(EVP_sha256(), key, data);
}

std::string hmac_sha1(std::string_view key, std::string_view data) {
    return hmac(EVP_sha1(), key, data);
}

std::string md5(std::string_view data) { return digest(EVP_md5(), data); }

bool equal_constant_time(std::string_view a, std::string_view b) {
    // Digests have one length, so neither the length nor a common beginning shows in the time.
    const auto digest_a = sha256(a);
    const auto digest_b = sha256(b);
    return CRYPTO_memcmp(digest_a.data(), digest_b.data(), digest_a.size()) == 0;
}

}  // namespace trunkline::crypto
