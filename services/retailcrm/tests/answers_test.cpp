#include "answers.hpp"

#include "testing/catch.hpp"

using namespace trunkline;
using retailcrm::judge;
using Kind = retailcrm::Judgement::Kind;

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
    const auto judgement =
        judge(answer(200, R"({"success":true,"notExistCodes":["151"],"duplicateCalls":["1.1"]})"));
    CHECK(judgement.kind == Kind::accepted);
    CHECK(judgement.unknown_codes == std::vector<std::string>{"151"});
    CHECK(judgement.duplicates == std::vector<std::string>{"1.1"});
}

TEST_CASE("each failure of the contract's table is permanent or passes", "[retailcrm]") {
    const std::vector<std::tuple<unsigned, std::string, Kind>> rows{
        {400,
         R"({"success":false,"errorMsg":"Errors in the entity format","errors":{"type":"x"}})",
         Kind::permanent},
        {400, R"({"success":false,"errorMsg":"Telephony not enabled"})", Kind::permanent},
        {403, R"({"success":false,"errorMsg":"Wrong \"apiKey\" value."})", Kind::permanent},
        {404, R"({"success":false,"errorMsg":"Account does not exist."})", Kind::permanent},
        {405, "<html>nginx</html>", Kind::permanent},
        {200, R"({"success":false,"errorMsg":"no"})", Kind::permanent},
        {460, R"({"success":false,"errorMsg":"partly"})", Kind::wait_and_retry},
        {503, "<html>busy</html>", Kind::wait_and_retry},
        {429, R"({"success":false})", Kind::wait_and_retry},
        {500, "", Kind::wait_and_retry},
        {200, "<html>", Kind::wait_and_retry},
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
