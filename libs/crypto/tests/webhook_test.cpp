#include "crypto/webhook.hpp"

#include <array>

#include "crypto/encoding.hpp"
#include "testing/catch.hpp"

using namespace trunkline;
using namespace std::chrono_literals;

namespace {

// The reference vector of the specification's own libraries.
constexpr std::string_view secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr std::string_view id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
constexpr std::string_view body = R"({"test": 2432232314})";
constexpr std::string_view signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
constexpr std::int64_t seconds = 1614265330;

base::WallTime at(std::int64_t second) { return base::WallTime(std::chrono::seconds(second)); }

crypto::WebhookHeaders headers_with(std::string_view signatures) {
    return {std::string(id), std::to_string(seconds), std::string(signatures)};
}

std::vector<std::string> keys() { return {crypto::webhook_key(secret).value()}; }

base::Errc code_of(const base::Result<>& result) {
    REQUIRE_FALSE(result);
    return result.error().code;
}

}  // namespace

TEST_CASE("the specification's reference vector is signed as it says", "[crypto][webhook]") {
    CHECK(crypto::sign_webhook(keys().front(), id, seconds, body) == signature);
    CHECK(crypto::verify_webhook(keys(), headers_with(signature), body, at(seconds)));
}

TEST_CASE("one fitting signature among several suffices", "[crypto][webhook]") {
    const auto other = "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=";
    const auto listed = std::string("v1a,xyz ") + other + " " + std::string(signature);
    CHECK(crypto::verify_webhook(keys(), headers_with(listed), body, at(seconds)));
    CHECK(
        code_of(crypto::verify_webhook(keys(), headers_with(other), body, at(seconds))) ==
        base::Errc::forbidden
    );
}

TEST_CASE("while secrets rotate each of them is taken", "[crypto][webhook]") {
    const std::vector<std::string> both{std::string(32, 'n'), keys().front()};
    CHECK(crypto::verify_webhook(both, headers_with(signature), body, at(seconds)));
    const auto fresh = crypto::sign_webhook(both.front(), id, seconds, body);
    CHECK(crypto::verify_webhook(both, headers_with(fresh), body, at(seconds)));
    CHECK_FALSE(crypto::verify_webhook(keys(), headers_with(fresh), body, at(seconds)));
    CHECK_FALSE(crypto::verify_webhook({}, headers_with(signature), body, at(seconds)));
}

TEST_CASE("a timestamp counts for five minutes either way", "[crypto][webhook]") {
    const auto headers = headers_with(signature);
    CHECK(crypto::verify_webhook(keys(), headers, body, at(seconds + 300)));
    CHECK(crypto::verify_webhook(keys(), headers, body, at(seconds - 300)));
    CHECK(
        code_of(crypto::verify_webhook(keys(), headers, body, at(seconds + 301))) ==
        base::Errc::forbidden
    );
    CHECK(
        code_of(crypto::verify_webhook(keys(), headers, body, at(seconds - 301))) ==
        base::Errc::forbidden
    );
}

TEST_CASE("odd timestamps are refused", "[crypto][webhook]") {
    for (const auto* odd :
         {"x", "-1", "1614265330.5", "99999999999999999999", "9223372036854775807", " 1"}) {
        INFO(odd);
        auto headers = headers_with(signature);
        headers.timestamp = odd;
        CHECK(
            code_of(crypto::verify_webhook(keys(), headers, body, at(seconds))) ==
            base::Errc::forbidden
        );
    }
}

TEST_CASE("a missing header is no proof at all", "[crypto][webhook]") {
    for (const auto member :
         {&crypto::WebhookHeaders::id,
          &crypto::WebhookHeaders::timestamp,
          &crypto::WebhookHeaders::signature}) {
        auto headers = headers_with(signature);
        (headers.*member).clear();
        CHECK(
            code_of(crypto::verify_webhook(keys(), headers, body, at(seconds))) ==
            base::Errc::unauthorized
        );
    }
}

TEST_CASE("body, id and timestamp are all under the signature", "[crypto][webhook]") {
    auto other_id = headers_with(signature);
    other_id.id += "x";
    auto other_time = headers_with(signature);
    other_time.timestamp = std::to_string(seconds + 1);
    CHECK_FALSE(crypto::verify_webhook(keys(), other_id, body, at(seconds)));
    CHECK_FALSE(crypto::verify_webhook(keys(), other_time, body, at(seconds)));
    CHECK_FALSE(
        crypto::verify_webhook(keys(), headers_with(signature), R"({"test":1})", at(seconds))
    );
}

TEST_CASE("a secret is whsec_ and base64 of 24 to 64 bytes", "[crypto][webhook]") {
    CHECK(crypto::webhook_key(secret)->size() == 24);
    CHECK(crypto::webhook_key(secret.substr(6)).value() == keys().front());
    CHECK(crypto::webhook_key(crypto::make_webhook_secret())->size() == 32);
    CHECK(crypto::make_webhook_secret() != crypto::make_webhook_secret());
    for (const std::string& wrong :
         {std::string("whsec_"),
          std::string("whsec_not base64"),
          "whsec_" + crypto::base64_encode(std::string(23, 'k')),
          "whsec_" + crypto::base64_encode(std::string(65, 'k'))}) {
        const auto key = crypto::webhook_key(wrong);
        REQUIRE_FALSE(key);
        CHECK(key.error().code == base::Errc::invalid_input);
    }
}
