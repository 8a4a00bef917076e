#include "judge.hpp"

#include <chrono>

#include "account.hpp"
#include "testing/catch.hpp"

using namespace trunkline;
using namespace std::chrono_literals;
using bitrix24::judge;
using Kind = connector::Verdict::Kind;

namespace {

httpc::Response answer(unsigned status, std::string body) {
    httpc::Response response;
    response.status = status;
    response.body = std::move(body);
    return response;
}

connector::Verdict refusal(
    unsigned status, const std::string& code, const std::string& text = "x"
) {
    return judge(
        answer(status, R"({"error":")" + code + R"(","error_description":")" + text + "\"}")
    );
}

}  // namespace

TEST_CASE("an answer with a result is accepted, whatever the result", "[bitrix24]") {
    CHECK(judge(answer(200, R"({"result":true,"time":{}})")).kind == Kind::accepted);
    CHECK(judge(answer(200, R"({"result":false,"time":{}})")).kind == Kind::accepted);
    CHECK(judge(answer(200, "<html>")).kind == Kind::failed);
    CHECK(judge(answer(200, "{}")).kind == Kind::failed);
    CHECK(judge(answer(200, R"({"error":"wrong_client"})")).kind == Kind::refused);
}

TEST_CASE("what is too much for the portal waits", "[bitrix24]") {
    const auto fast = refusal(503, "QUERY_LIMIT_EXCEEDED");
    CHECK(fast.kind == Kind::busy);
    CHECK(fast.retry_after == 1s);
    CHECK(refusal(503, "overload_limit").retry_after == 10min);
    const auto until = std::chrono::duration_cast<std::chrono::seconds>(
        (std::chrono::system_clock::now() + 5min).time_since_epoch()
    );
    const auto response = answer(
        429,
        R"({"error":"OPERATION_TIME_LIMIT","error_description":"x","time":{"operating_reset_at":)" +
            std::to_string(until.count()) + "}}"
    );
    const auto out_of_time = judge(response);
    CHECK(out_of_time.kind == Kind::expired);
    CHECK(*out_of_time.retry_after > 4min);
    CHECK(bitrix24::is_out_of_time(response));
    CHECK(refusal(429, "OPERATION_TIME_LIMIT").retry_after == 60s);
}

TEST_CASE("a failure of the server's has an unknown outcome", "[bitrix24]") {
    CHECK(refusal(500, "INTERNAL_SERVER_ERROR").kind == Kind::failed);
    CHECK(refusal(500, "ERROR_UNEXPECTED_ANSWER").kind == Kind::failed);
    CHECK(judge(answer(503, "<html>nginx</html>")).kind == Kind::failed);
    CHECK(judge(answer(502, "")).kind == Kind::failed);
}

TEST_CASE("tokens that have run out, and portals that moved, are worth another try", "[bitrix24]") {
    CHECK(refusal(401, "expired_token").kind == Kind::expired);
    CHECK(refusal(401, "EXPIRED_TOKEN").kind == Kind::expired);
    CHECK(judge(answer(302, "")).kind == Kind::expired);
    CHECK(bitrix24::is_redirect(answer(302, "")));
}

TEST_CASE("a call that is not there is told apart from what is wrong", "[bitrix24]") {
    CHECK(
        refusal(
            400, "ERROR_CORE", "Call is not found (call should be registered prior to finishing)"
        )
            .kind == Kind::absent
    );
    CHECK(refusal(400, "ERROR_CORE", "Unknown TYPE").kind == Kind::refused);
    CHECK(refusal(400, "", "something").kind == Kind::refused);
}

TEST_CASE("what stays wrong says how to mend it", "[bitrix24]") {
    CHECK_THAT(refusal(403, "WRONG_AUTH_TYPE").mend, ContainsSubstring("local application"));
    CHECK_THAT(refusal(401, "insufficient_scope").mend, ContainsSubstring("telephony"));
    CHECK_THAT(refusal(401, "INVALID_CREDENTIALS").mend, ContainsSubstring("webhook_url"));
    CHECK_THAT(refusal(401, "invalid_token").mend, ContainsSubstring("reinstall"));
    CHECK_THAT(
        refusal(400, "ERROR_CORE", "User is not found or is not active").mend,
        ContainsSubstring("inner numbers")
    );
    CHECK(refusal(404, "ERROR_METHOD_NOT_FOUND").kind == Kind::refused);
    CHECK(refusal(410, "PORTAL_DELETED").kind == Kind::refused);
    CHECK(refusal(500, "PORTAL_DELETED").kind == Kind::refused);
    CHECK(judge(answer(404, "<html>")).kind == Kind::refused);
}

TEST_CASE("a portal is its host, with what stands before rest", "[bitrix24]") {
    CHECK(bitrix24::rest_of_domain("x.bitrix24.by") == "https://x.bitrix24.by/rest/");
    CHECK(bitrix24::portal_of("https://x.bitrix24.by/rest/1/code/") == "x.bitrix24.by");
    CHECK(
        bitrix24::portal_of(bitrix24::rest_of_domain("http://127.0.0.1:8029/bitrix24/0367/")) ==
        "127.0.0.1:8029/bitrix24/0367"
    );
}
