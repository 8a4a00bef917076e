#include "crypto/encoding.hpp"

#include <vector>

#include "testing/catch.hpp"

using namespace trunkline;

TEST_CASE("base64 gives RFC 4648's known answers both ways", "[crypto]") {
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
    };
    for (const auto& [bytes, text] : cases) {
        CHECK(crypto::base64_encode(bytes) == text);
        CHECK(crypto::base64_decode(text) == bytes);
    }
}

TEST_CASE("base64 has one spelling for each value", "[crypto]") {
    for (const std::string text :
         {"Zg",
          "Zg=",
          "Zg===",
          "Z===",
          "====",
          "Zh==",
          "Zm9=",
          "Zm9v\n",
          " Zm9v",
          "Zm-_",
          "Zg==Zg==",
          "=m9v",
          "Zm 9",
          "Zm9vZg=a"}) {
        CAPTURE(text);
        const auto decoded = crypto::base64_decode(text);
        REQUIRE_FALSE(decoded.has_value());
        CHECK(decoded.error().code == base::Errc::malformed);
        CHECK(decoded.error().detail.find(text) == std::string::npos);
    }
}

TEST_CASE("base64url has its own letters and no padding", "[crypto]") {
    const std::string bytes = "\xFB\xFF\xBF";
    CHECK(crypto::base64_encode(bytes) == "+/+/");
    CHECK(crypto::base64url_encode(bytes) == "-_-_");
    CHECK(crypto::base64url_decode("-_-_") == bytes);
    CHECK(crypto::base64url_encode("f") == "Zg");
    CHECK(crypto::base64url_decode("Zg") == "f");
    // RFC 7515, appendix C.
    CHECK(crypto::base64url_encode("\x03\xEC\xFF\xE0\xC1") == "A-z_4ME");
    for (const auto* text : {"Zg==", "+/+/", "Z", "Zh", "Zm9vY"}) {
        CAPTURE(text);
        CHECK_FALSE(crypto::base64url_decode(text).has_value());
    }
}

TEST_CASE("every byte survives every encoding", "[crypto]") {
    std::string all;
    for (int byte = 0; byte < 256; ++byte) {
        all += static_cast<char>(byte);
        CHECK(crypto::from_hex(crypto::to_hex(all)) == all);
        CHECK(crypto::base64_decode(crypto::base64_encode(all)) == all);
        CHECK(crypto::base64url_decode(crypto::base64url_encode(all)) == all);
    }
}

TEST_CASE("hexadecimal is read in either case and written in lower", "[crypto]") {
    CHECK(crypto::to_hex("\x01\xAB\xFF") == "01abff");
    CHECK(crypto::from_hex("01aBFf") == std::string("\x01\xAB\xFF"));
    CHECK(crypto::from_hex("") == "");
    CHECK_FALSE(crypto::from_hex("0").has_value());
    CHECK_FALSE(crypto::from_hex("0g").has_value());
    CHECK_FALSE(crypto::from_hex("0x").has_value());
}
