#include "crypto/digest.hpp"

#include "crypto/encoding.hpp"
#include "testing/catch.hpp"

using namespace trunkline;
using crypto::to_hex;

TEST_CASE("SHA-256 gives FIPS 180-2's known answers", "[crypto]") {
    CHECK(
        to_hex(crypto::sha256("abc")) ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
    CHECK(
        to_hex(crypto::sha256("")) ==
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
}

TEST_CASE("HMAC-SHA256 gives RFC 4231's known answers", "[crypto]") {
    struct Case {
        std::string key, data, mac;
    };
    const std::vector<Case> cases = {
        {std::string(20, '\x0b'),
         "Hi There",
         "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
        {"Jefe",
         "what do ya want for nothing?",
         "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
        {std::string(20, '\xaa'),
         std::string(50, '\xdd'),
         "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
        {crypto::from_hex("0102030405060708090a0b0c0d0e0f10111213141516171819").value(),
         std::string(50, '\xcd'),
         "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
        {std::string(131, '\xaa'),
         "Test Using Larger Than Block-Size Key - Hash Key First",
         "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
        {std::string(131, '\xaa'),
         "This is a test using a larger than block-size key and a larger than block-size data. The "
         "key needs to be "
         "hashed before being used by the HMAC algorithm.",
         "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
    };
    for (const auto& [key, data, mac] : cases) {
        CHECK(to_hex(crypto::hmac_sha256(key, data)) == mac);
    }
}

TEST_CASE("an empty key and empty data have an HMAC too", "[crypto]") {
    CHECK(
        to_hex(crypto::hmac_sha256({}, {})) ==
        "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"
    );
}

TEST_CASE("HMAC-SHA1 gives RFC 2202's and MD5 RFC 1321's known answers", "[crypto]") {
    CHECK(
        to_hex(crypto::hmac_sha1(std::string(20, '\x0b'), "Hi There")) ==
        "b617318655057264e28bc0b6fb378c8ef146be00"
    );
    CHECK(
        to_hex(crypto::hmac_sha1("Jefe", "what do ya want for nothing?")) ==
        "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"
    );
    CHECK(to_hex(crypto::md5("message digest")) == "f96b697d7cb7938d525a2f31aaf161d0");
    CHECK(to_hex(crypto::md5("")) == "d41d8cd98f00b204e9800998ecf8427e");
}

TEST_CASE("only equal texts compare as equal", "[crypto]") {
    CHECK(crypto::equal_constant_time("token", "token"));
    CHECK(crypto::equal_constant_time("", ""));
    CHECK_FALSE(crypto::equal_constant_time("token", "tokem"));
    CHECK_FALSE(crypto::equal_constant_time("token", "token "));
    CHECK_FALSE(crypto::equal_constant_time("token", ""));
}
