#include "judge.hpp"

#include "testing/catch.hpp"

using namespace trunkline;
using retailcrm::judge;
using Kind = connector::Verdict::Kind;

namespace {

httpc::Response answer(unsigned status, std::string body, httpc::Headers headers = {}) {
    httpc::Response response;
    response.status = status;
    response.body = std::move(body);
    response.headers = std::move(headers);
    return response;
}

}  // namespace

TEST_CASE("a success may name what it did not take", "[retailcrm]") {
    const auto repeat =
        judge(answer(200, R"({"success":true,"processedCallsCount":0,"duplicateCalls":["1.1"]})"));
    CHECK(repeat.kind == Kind::accepted);
    CHECK(repeat.is_repeat);
    const auto partly = judge(answer(200, R"({"success":true,"notExistCodes":["151"]})"));
    CHECK(partly.kind == Kind::accepted);
    CHECK_FALSE(partly.is_repeat);
    CHECK_THAT(partly.detail, ContainsSubstring("151"));
}

TEST_CASE("each failure of the contract's table is permanent or passes", "[retailcrm]") {
    const std::vector<std::tuple<unsigned, std::string, Kind>> rows{
        {400,
         R"({"success":false,"errorMsg":"Errors in the entity format","errors":{"type":"x"}})",
         Kind::refused},
        {400, R"({"success":false,"errorMsg":"Telephony not enabled"})", Kind::refused},
        {403, R"({"success":false,"errorMsg":"Wrong \"apiKey\" value."})", Kind::refused},
        {404, R"({"success":false,"errorMsg":"Account does not exist."})", Kind::refused},
        {405, "<html>nginx</html>", Kind::refused},
        {200, R"({"success":false,"errorMsg":"no"})", Kind::refused},
        {302, "<html>", Kind::refused},
        {460, R"({"success":false,"errorMsg":"partly"})", Kind::failed},
        {503, "<html>busy</html>", Kind::busy},
        {429, R"({"success":false})", Kind::busy},
        {500, "", Kind::failed},
        {200, "<html>", Kind::failed},
    };
    for (const auto& [status, body, kind] : rows) {
        INFO(status << " " << body);
        CHECK(judge(answer(status, body)).kind == kind);
    }
}

TEST_CASE("a refusal says what a person can do", "[retailcrm]") {
    CHECK_THAT(
        judge(answer(403, R"({"success":false,"errorMsg":"Access denied."})")).mend,
        ContainsSubstring("api_key")
    );
    CHECK_THAT(
        judge(answer(404, R"({"success":false,"errorMsg":"Not found"})")).mend,
        ContainsSubstring("base_url")
    );
    CHECK_THAT(
        judge(answer(400, R"({"success":false,"errorMsg":"Telephony not enabled"})")).mend,
        ContainsSubstring("module")
    );
}

TEST_CASE("Retry-After is read", "[retailcrm]") {
    CHECK(judge(answer(503, "", {{"Retry-After", "3"}})).retry_after == std::chrono::seconds(3));
    CHECK_FALSE(judge(answer(503, "", {{"Retry-After", "soon"}})).retry_after);
}
