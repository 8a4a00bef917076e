#include "judge.hpp"

#include "testing/catch.hpp"

using namespace trunkline;
using namespace trunkline::uon;
using Kind = connector::Verdict::Kind;

namespace {

httpc::Response answer(unsigned status, std::string body) {
    return {.status = status, .headers = {}, .body = std::move(body)};
}

Kind kind_of(unsigned status, const std::string& body) { return judge(answer(status, body)).kind; }

}  // namespace

TEST_CASE("success needs both the status and the result", "[uon]") {
    CHECK(kind_of(200, R"({"users":[],"result":200})") == Kind::accepted);
    CHECK(kind_of(200, R"({"users":[],"result":"200"})") == Kind::accepted);
    CHECK(kind_of(200, R"({"users":[]})") == Kind::failed);
    CHECK(kind_of(200, R"({"result":500})") == Kind::failed);
    CHECK(kind_of(200, R"({"result":429})") == Kind::busy);
    CHECK(kind_of(302, R"({"result":200})") == Kind::refused);
}

TEST_CASE("a 404 is nothing found, or our mistake if it has an error", "[uon]") {
    CHECK(kind_of(404, R"({"result":404})") == Kind::absent);
    CHECK(kind_of(200, R"({"result":404})") == Kind::absent);
    CHECK(kind_of(404, R"({"result":404,"message":"Not found"})") == Kind::absent);
    const auto wrong =
        judge(answer(404, R"({"error":{"code":404,"message":"Parameter phone is wrong"}})"));
    CHECK(wrong.kind == Kind::refused);
    CHECK(wrong.detail == "U-ON answered 404: Parameter phone is wrong");
    CHECK(kind_of(404, R"({"result":404,"error":{"message":"No route found"}})") == Kind::refused);
    CHECK(
        judge(answer(404, R"({"error":"No route found"})")).detail ==
        "U-ON answered 404: No route found"
    );
    CHECK(kind_of(404, R"x({"message":"Method not allowed (see GET/POST)"})x") == Kind::refused);
    CHECK(kind_of(404, "{}") == Kind::refused);
    CHECK(kind_of(404, "<html>") == Kind::refused);
}

TEST_CASE("a wrong key says what to do", "[uon]") {
    const auto wrong = judge(answer(403, R"({"error":{"message":"API key is wrong"}})"));
    CHECK(wrong.kind == Kind::refused);
    CHECK_THAT(wrong.mend, ContainsSubstring("check api_key"));
    CHECK_THAT(judge(answer(403, "<html>")).mend, ContainsSubstring("check api_key"));
    CHECK_THAT(
        judge(answer(200, R"({"error":{"code":403,"message":"API key is wrong"}})")).mend,
        ContainsSubstring("check api_key")
    );
}

TEST_CASE("what may pass is tried again", "[uon]") {
    CHECK(kind_of(429, "") == Kind::busy);
    CHECK(kind_of(500, R"({"error":{"message":"x"}})") == Kind::failed);
    CHECK(kind_of(503, "<html><body>maintenance</body></html>") == Kind::failed);
    CHECK(kind_of(200, "<html><body>nginx</body></html>") == Kind::failed);
    CHECK(kind_of(200, R"({"error":{"code":500,"message":"Internal"}})") == Kind::failed);
    CHECK(kind_of(200, "[1,2]") == Kind::failed);
}

TEST_CASE("a creation is accepted with its id alone", "[uon]") {
    const auto created = judge_creation(answer(200, R"({"result":200,"id":"9001"})"));
    CHECK(created.kind == Kind::accepted);
    CHECK(created.detail == "9001");
    CHECK(judge_creation(answer(200, R"({"result":200,"id":9001})")).detail == "9001");
    CHECK(judge_creation(answer(200, R"({"result":200})")).kind == Kind::failed);
    CHECK(judge_creation(answer(404, R"({"result":404})")).kind == Kind::refused);
}
