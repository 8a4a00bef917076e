#include "oauth.hpp"

#include "testing/catch.hpp"

using namespace trunkline;
using namespace trunkline::bitrix24;
using Kind = connector::Verdict::Kind;

namespace {

httpc::Response answer(unsigned status, std::string body) {
    httpc::Response response;
    response.status = status;
    response.body = std::move(body);
    return response;
}

}  // namespace

TEST_CASE("secrets go to Bitrix24's own servers, or where the operator says", "[bitrix24]") {
    const std::string usual = "https://oauth.bitrix.info";
    CHECK(oauth_server("", usual) == usual);
    CHECK(
        oauth_server("https://oauth.bitrix24.tech/rest/", usual) == "https://oauth.bitrix24.tech"
    );
    CHECK(oauth_server("https://oauth.bitrix24.tech.evil.by/rest/", usual) == usual);
    CHECK(oauth_server("http://oauth.bitrix24.tech/rest/", usual) == usual);
    CHECK(oauth_server("https://oauth.bitrix24.tech:8443/rest/", usual) == usual);
    CHECK(
        oauth_server("https://oauth.bitrix24.tech/rest/", "http://127.0.0.1:8029") ==
        "http://127.0.0.1:8029"
    );
    const auto request = refresh_request("http://127.0.0.1:8029/bitrix24/", {"a&b", "s"}, "r");
    CHECK(
        request.url ==
        "http://127.0.0.1:8029/bitrix24/oauth/token/?grant_type=refresh_token&client_id=a%26b&"
        "client_secret=s&refresh_token=r"
    );
}

TEST_CASE("a refresh gives a pair, or says what a person must do", "[bitrix24]") {
    const auto pair =
        pair_in(answer(200, R"({"access_token":"a","refresh_token":"r","expires":1759230684})"));
    REQUIRE(pair);
    CHECK(pair->access == "a");
    CHECK(pair->expires == 1759230684);
    const auto refused = pair_in(answer(400, R"({"error":"invalid_grant"})"));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == Kind::refused);
    CHECK_THAT(refused.error().mend, ContainsSubstring("reinstall the application"));
    CHECK(pair_in(answer(200, R"({"error":"wrong_client"})")).error().kind == Kind::refused);
    CHECK_THAT(
        pair_in(answer(400, R"({"error":"invalid_client"})")).error().mend,
        ContainsSubstring("client_secret")
    );
    CHECK(pair_in(answer(502, "<html>")).error().kind == Kind::failed);
    CHECK(pair_in(answer(200, "{}")).error().kind == Kind::failed);
}
