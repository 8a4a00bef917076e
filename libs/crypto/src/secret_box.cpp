#include "crypto/secret_box.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <climits>
#include <cstddef>
#include <memory>
#include <stdexcept>

#include "base/ids.hpp"
#include "crypto/encoding.hpp"

namespace trunkline::crypto {
namespace {

constexpr std::string_view prefix = "enc:v1:";
constexpr std::size_t nonce_size = 12;
constexpr std::size_t tag_size = 16;

struct ContextDeleter {
    void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, ContextDeleter>;

unsigned char* bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }
const unsigned char* bytes(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

void must(bool done) {
    if (!done) {
        throw std::runtime_error("OpenSSL refused AES-256-GCM");
    }
}

int size_of(std::string_view text) {
    if (text.size() > INT_MAX) {
        throw std::length_error("a secret over 2 GiB");
    }
    return static_cast<int>(text.size());
}

CipherContext make_context() {
    CipherContext context(EVP_CIPHER_CTX_new());
    must(context != nullptr);
    return context;
}

}  // namespace

base::Result<SecretBox> SecretBox::from_base64_key(std::string_view key) {
    auto raw = base64_decode(key);
    if (!raw || raw->size() != key_size) {
        return base::fail(base::Errc::invalid_input, "is not base64 of 32 bytes");
    }
    SecretBox box;
    std::ranges::copy(*raw, box.key_.begin());
    OPENSSL_cleanse(raw->data(), raw->size());
    return box;
}

std::string SecretBox::make_base64_key() {
    std::string raw(key_size, '\0');
    base::fill_random({bytes(raw), raw.size()});
    auto key = base64_encode(raw);
    OPENSSL_cleanse(raw.data(), raw.size());
    return key;
}

SecretBox::~SecretBox() { OPENSSL_cleanse(key_.data(), key_.size()); }

std::string SecretBox::seal(std::string_view plain, std::string_view context) const {
    std::string nonce(nonce_size, '\0');
    base::fill_random({bytes(nonce), nonce.size()});
    std::string ciphertext(plain.size(), '\0');
    std::string tag(tag_size, '\0');

    const auto cipher = make_context();
    int written = 0;
    must(
        EVP_EncryptInit_ex2(cipher.get(), EVP_aes_256_gcm(), key_.data(), bytes(nonce), nullptr) ==
        1
    );
    must(EVP_EncryptUpdate(cipher.get(), nullptr, &written, bytes(context), size_of(context)) == 1);
    must(
        EVP_EncryptUpdate(
            cipher.get(), bytes(ciphertext), &written, bytes(plain), size_of(plain)
        ) == 1
    );
    must(EVP_EncryptFinal_ex(cipher.get(), bytes(ciphertext) + written, &written) == 1);
    must(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_AEAD_GET_TAG, tag_size, tag.data()) == 1);
    return std::string(prefix) + base64_encode(nonce + ciphertext + tag);
}

base::Result<std::string> SecretBox::open(std::string_view sealed, std::string_view context) const {
    if (!is_sealed(sealed)) {
        return base::fail(base::Errc::malformed, "is not a sealed secret");
    }
    const auto raw = base64_decode(sealed.substr(prefix.size()));
    if (!raw || raw->size() < nonce_size + tag_size) {
        return base::fail(base::Errc::malformed, "is not a sealed secret");
    }
    const std::string_view all = *raw;
    const auto nonce = all.substr(0, nonce_size);
    const auto ciphertext = all.substr(nonce_size, all.size() - nonce_size - tag_size);
    std::string tag(all.substr(all.size() - tag_size));
    std::string plain(ciphertext.size(), '\0');

    const auto cipher = make_context();
    int written = 0;
    must(
        EVP_DecryptInit_ex2(cipher.get(), EVP_aes_256_gcm(), key_.data(), bytes(nonce), nullptr) ==
        1
    );
    must(EVP_DecryptUpdate(cipher.get(), nullptr, &written, bytes(context), size_of(context)) == 1);
    must(
        EVP_DecryptUpdate(
            cipher.get(), bytes(plain), &written, bytes(ciphertext), size_of(ciphertext)
        ) == 1
    );
    must(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_AEAD_SET_TAG, tag_size, tag.data()) == 1);
    if (EVP_DecryptFinal_ex(cipher.get(), bytes(plain) + written, &written) != 1) {
        OPENSSL_cleanse(plain.data(), plain.size());
        return base::fail(
            base::Errc::forbidden,
            "does not open: sealed with another key, for another place, or altered"
        );
    }
    return plain;
}

bool SecretBox::is_sealed(std::string_view text) { return text.starts_with(prefix); }

}  // namespace trunkline::crypto
