#include "answers.hpp"

#include "testing/catch.hpp"

using namespace trunkline;
using namespace trunkline::moysklad;
using Kind = connector::Verdict::Kind;
using namespace std::chrono_literals;

namespace {

httpc::Response response(unsigned status, std::string body, httpc::Headers headers = {}) {
    httpc::Response out;
    out.status = status;
    out.body = std::move(body);
    out.headers = std::move(headers);
    return out;
}

std::string error_body(int code) {
    return R"({"errors":[{"error":"Ошибка","code":)" + std::to_string(code) + "}]}";
}

}  // namespace

TEST_CASE("the status decides, the code is for the mend", "[moysklad]") {
    CHECK(judge(response(200, R"({"id":"1"})")).kind == Kind::accepted);
    CHECK(judge(response(204, "")).kind == Kind::accepted);
    CHECK(judge(response(200, "<html></html>")).kind == Kind::failed);
    CHECK(judge(response(404, error_body(1021))).kind == Kind::absent);
    CHECK(judge(response(412, error_body(3000))).kind == Kind::refused);
    CHECK(judge(response(400, error_body(2001))).kind == Kind::refused);
    CHECK(judge(response(405, "")).kind == Kind::refused);
    CHECK(judge(response(415, "")).kind == Kind::refused);
    for (const auto status : {500U, 502U, 503U, 504U}) {
        CHECK(judge(response(status, "<html></html>")).kind == Kind::failed);
    }
}

TEST_CASE("a refused key says how to mend it", "[moysklad]") {
    for (const auto code : {1056, 1061, 55008}) {
        const auto verdict = judge(response(code == 1056 ? 401 : 403, error_body(code)));
        CHECK(verdict.kind == Kind::refused);
        CHECK_FALSE(verdict.mend.empty());
        CHECK_THAT(verdict.detail, ContainsSubstring(std::to_string(code)));
    }
    CHECK_FALSE(judge(response(401, "")).mend.empty());
}

TEST_CASE("too often waits as long as MoySklad says, in milliseconds", "[moysklad]") {
    const auto told = judge(response(429, error_body(1049), {{"X-Lognex-Retry-After", "1500"}}));
    CHECK(told.kind == Kind::busy);
    CHECK(told.retry_after == 1500ms);
    CHECK(judge(response(429, "", {{"X-Lognex-Reset", "700"}})).retry_after == 700ms);
    CHECK_FALSE(judge(response(429, error_body(1073), {{"Retry-After", "3"}})).retry_after);
}

TEST_CASE("a second POST is known by its code", "[moysklad]") {
    CHECK(says_not_unique(response(412, error_body(3006))));
    CHECK_FALSE(says_not_unique(response(412, error_body(3000))));
    CHECK_FALSE(says_not_unique(response(400, error_body(3006))));
}

TEST_CASE("an answer tells what MoySklad has of a call", "[moysklad]") {
    const auto empty = stored_in(response(200, R"({"id":"1","endTime":null,"recordUrl":[]})"));
    REQUIRE(empty);
    CHECK_FALSE(empty->has_end);
    CHECK_FALSE(empty->has_duration);
    CHECK(empty->links.empty());
    const auto full = stored_in(response(
        200,
        R"({"extension":"151","endTime":"2025-10-01 14:24:45.000","duration":0,"recordUrl":["https://a"]})"
    ));
    REQUIRE(full);
    CHECK(full->extension == "151");
    CHECK(full->has_end);
    CHECK(full->has_duration);
    CHECK(full->has_link("https://a"));
    CHECK_FALSE(stored_in(response(200, "[]")));
}

TEST_CASE(
    "an account whose units are used up is left alone for as long as it takes", "[moysklad]"
) {
    CHECK_FALSE(pause_after(response(200, "{}"), 4));
    CHECK_FALSE(pause_after(response(200, "{}", {{"X-RateLimit-Remaining", "4"}}), 4));
    CHECK(
        pause_after(
            response(200, "{}", {{"X-RateLimit-Remaining", "3"}, {"X-Lognex-Reset", "700"}}), 4
        ) == 700ms
    );
    CHECK(
        pause_after(
            response(
                200, "{}", {{"X-RateLimit-Remaining", "0"}, {"X-Lognex-Retry-TimeInterval", "2500"}}
            ),
            4
        ) == 2500ms
    );
    CHECK(
        pause_after(
            response(200, "{}", {{"X-RateLimit-Remaining", "0"}, {"X-Lognex-Reset", "900000"}}), 1
        ) == 3000ms
    );
}
