#include "crypto/secret_box.hpp"

#include "crypto/encoding.hpp"
#include "testing/catch.hpp"

using namespace trunkline;
using crypto::SecretBox;

namespace {

SecretBox box_of(char byte) {
    return SecretBox::from_base64_key(crypto::base64_encode(std::string(32, byte))).value();
}

constexpr std::string_view place = "enterprises/0367/retailcrm.api_key";

}  // namespace

TEST_CASE("what was sealed opens with the same key and context", "[crypto]") {
    const auto box = box_of('k');
    for (const std::string& plain :
         {std::string("api-key-123"), std::string(), std::string(5'000, '\0')}) {
        const auto sealed = box.seal(plain, place);
        CHECK(SecretBox::is_sealed(sealed));
        CHECK(sealed.starts_with("enc:v1:"));
        CHECK(box.open(sealed, place) == plain);
        CHECK(box.open(box.seal(plain, ""), "") == plain);
    }
}

TEST_CASE(
    "a text sealed elsewhere opens: NIST's vector for AES-256-GCM with additional data", "[crypto]"
) {
    // McGrew and Viega, "The Galois/Counter Mode of Operation", test case 16.
    const auto bytes = [](std::string_view hex) { return crypto::from_hex(hex).value(); };
    const auto key = bytes("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
    const auto sealed = bytes(
        "cafebabefacedbaddecaf888"
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056"
        "828838c5f61e6393ba7a"
        "0abcc9f662"
        "76fc6ece0f4e1768cddf8853bb2d551b"
    );
    const auto box = SecretBox::from_base64_key(crypto::base64_encode(key)).value();
    const auto plain = box.open(
        "enc:v1:" + crypto::base64_encode(sealed), bytes("feedfacedeadbeeffeedfacedeadbeefabaddad2")
    );
    REQUIRE(plain.has_value());
    CHECK(
        crypto::to_hex(*plain) ==
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449"
        "a6b525b16aedf5aa0de6"
        "57ba637b39"
    );
}

TEST_CASE("sealing twice gives different texts", "[crypto]") {
    const auto box = box_of('k');
    CHECK(box.seal("same", place) != box.seal("same", place));
}

TEST_CASE("another key or another context does not open it", "[crypto]") {
    const auto sealed = box_of('k').seal("secret", place);
    const auto other_key = box_of('j').open(sealed, place);
    REQUIRE_FALSE(other_key.has_value());
    CHECK(other_key.error().code == base::Errc::forbidden);
    const auto other_place = box_of('k').open(sealed, "enterprises/0368/retailcrm.api_key");
    REQUIRE_FALSE(other_place.has_value());
    CHECK(other_place.error().code == base::Errc::forbidden);
}

TEST_CASE("a text with any one bit turned does not open", "[crypto]") {
    const auto box = box_of('k');
    const auto raw = crypto::base64_decode(box.seal("secret", place).substr(7)).value();
    for (std::size_t bit = 0; bit < raw.size() * 8; ++bit) {
        auto turned = raw;
        turned[bit / 8] = static_cast<char>(turned[bit / 8] ^ (1 << (bit % 8)));
        const auto opened = box.open("enc:v1:" + crypto::base64_encode(turned), place);
        REQUIRE_FALSE(opened.has_value());
        REQUIRE(opened.error().code == base::Errc::forbidden);
    }
}

TEST_CASE("a text that lost or gained bytes does not open", "[crypto]") {
    const auto box = box_of('k');
    const auto raw = crypto::base64_decode(box.seal("secret", place).substr(7)).value();
    for (std::size_t size = 0; size < raw.size(); ++size) {
        REQUIRE_FALSE(
            box.open("enc:v1:" + crypto::base64_encode(raw.substr(0, size)), place).has_value()
        );
    }
    CHECK_FALSE(box.open("enc:v1:" + crypto::base64_encode(raw + "x"), place).has_value());
}

TEST_CASE("what is no sealed text is malformed", "[crypto]") {
    const auto box = box_of('k');
    for (const auto* text : {"", "plain", "enc:v1:", "enc:v1:###", "enc:v2:AAAA", "ENC:v1:AAAA"}) {
        CAPTURE(text);
        const auto opened = box.open(text, place);
        REQUIRE_FALSE(opened.has_value());
        CHECK(opened.error().code == base::Errc::malformed);
    }
    CHECK_FALSE(SecretBox::is_sealed("a plain key"));
}

TEST_CASE("a key must be base64 of 32 bytes", "[crypto]") {
    for (const std::string& key :
         {std::string(),
          std::string("short"),
          crypto::base64_encode(std::string(31, 'k')),
          crypto::base64_encode(std::string(33, 'k')),
          std::string(44, '#')}) {
        const auto box = SecretBox::from_base64_key(key);
        REQUIRE_FALSE(box.has_value());
        CHECK(box.error().code == base::Errc::invalid_input);
    }
    CHECK(SecretBox::from_base64_key(SecretBox::make_base64_key()).has_value());
    CHECK(SecretBox::make_base64_key() != SecretBox::make_base64_key());
}
