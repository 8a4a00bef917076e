#include "crypto/digest.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <climits>
#include <memory>
#include <stdexcept>

namespace trunkline::crypto {
namespace {

const unsigned char* bytes(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

/// An algorithm looked up once, with what it needs: OpenSSL 3 takes locks and memory for each look.
/// One thread.
class Digest {
public:
    explicit Digest(const char* name)
        : algorithm_(EVP_MD_fetch(nullptr, name, nullptr), &EVP_MD_free),
          context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free) {
        if (algorithm_ == nullptr || context_ == nullptr) {
            throw std::runtime_error(std::string("OpenSSL has no ") + name);
        }
    }

    std::string of(std::string_view data) {
        std::string out(static_cast<std::size_t>(EVP_MD_get_size(algorithm_.get())), '\0');
        auto* const target = reinterpret_cast<unsigned char*>(out.data());
        if (EVP_DigestInit_ex2(context_.get(), algorithm_.get(), nullptr) != 1 ||
            EVP_DigestUpdate(context_.get(), data.data(), data.size()) != 1 ||
            EVP_DigestFinal_ex(context_.get(), target, nullptr) != 1) {
            throw std::runtime_error("OpenSSL refused a digest");
        }
        return out;
    }

private:
    std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> algorithm_;
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

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

std::string sha256(std::string_view data) {
    static thread_local Digest algorithm("SHA256");
    return algorithm.of(data);
}

std::string hmac_sha256(std::string_view key, std::string_view data) {
    return hmac(EVP_sha256(), key, data);
}

std::string hmac_sha1(std::string_view key, std::string_view data) {
    return hmac(EVP_sha1(), key, data);
}

std::string md5(std::string_view data) {
    static thread_local Digest algorithm("MD5");
    return algorithm.of(data);
}

bool equal_constant_time(std::string_view a, std::string_view b) {
    // Digests have one length, so neither the length nor a common beginning shows in the time.
    const auto digest_a = sha256(a);
    const auto digest_b = sha256(b);
    return CRYPTO_memcmp(digest_a.data(), digest_b.data(), digest_a.size()) == 0;
}

}  // namespace trunkline::crypto
