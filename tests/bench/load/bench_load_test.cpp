#include <set>

#include "answer_reader.hpp"
#include "call_patterns.hpp"
#include "latencies.hpp"
#include "testing/catch.hpp"

using namespace trunkline;

namespace {

std::string body_of(const std::string& request) {
    return request.substr(request.find("\r\n\r\n") + 4);
}

}  // namespace

TEST_CASE("a rendered event is a request with the right length and no placeholder left") {
    const auto event = bench::EventTemplate::parse(
        "start", R"({"Token":"@token@","UniqueId":"@first@","Phone":"+@phone@","Trunk":"@line@"})"
    );
    REQUIRE(event);
    std::string request;
    event->render({.number = 7, .run = 5, .enterprise = 3}, request);
    CHECK(request.starts_with("POST /start HTTP/1.1\r\n"));
    CHECK_THAT(request, ContainsSubstring("\r\nToken: " + bench::token_of(3) + "\r\n"));
    const auto body = body_of(request);
    CHECK_THAT(
        request, ContainsSubstring("Content-Length: " + std::to_string(body.size()) + "\r\n")
    );
    CHECK_THAT(body, ContainsSubstring(R"("UniqueId":"1760000005.000000014")"));
    CHECK(body.find('@') == std::string::npos);
}

TEST_CASE("every call has values of its own, and a second run has others") {
    const auto event = bench::EventTemplate::parse("bridge", R"({"a":"@bridge@","b":"@second@"})");
    REQUIRE(event);
    std::set<std::string> seen;
    std::string request;
    for (std::uint64_t run = 0; run < 2; ++run) {
        for (std::uint64_t number = 0; number < 1000; ++number) {
            event->render({.number = number, .run = run, .enterprise = 0}, request);
            seen.insert(body_of(request));
        }
    }
    CHECK(seen.size() == 2000);
}

TEST_CASE("a file of calls tells the line that is wrong") {
    const auto calls = bench::parse_patterns("# two\nstart {}\ndial {}\n\nhangup {}\n");
    REQUIRE(calls);
    REQUIRE(calls->size() == 2);
    CHECK((*calls)[0].size() == 2);
    const auto wrong = bench::parse_patterns("start {}\ndial {\"a\":\"@nonsense@\"}\n");
    REQUIRE(!wrong);
    CHECK(wrong.error().detail.starts_with("line 2: "));
}

TEST_CASE("a look-up is a GET without a body") {
    const auto calls = bench::parse_patterns("GET /customer-name/0367/%2B375\n\nGET /stats\n");
    REQUIRE(calls);
    REQUIRE(calls->size() == 2);
    std::string request;
    (*calls)[0][0].render({}, request);
    CHECK(request.starts_with("GET /customer-name/0367/%2B375 HTTP/1.1\r\n"));
    CHECK(body_of(request).empty());
}

TEST_CASE("an answer is complete at its last byte, in whatever pieces it comes") {
    bench::AnswerReader reader;
    const std::string answer = "HTTP/1.1 201 Created\r\ncontent-length: 4\r\n\r\nabcd";
    for (std::size_t i = 0; i + 1 < answer.size(); ++i) {
        CHECK(reader.feed(answer.substr(i, 1)) == bench::AnswerReader::State::more);
    }
    CHECK(reader.feed("d") == bench::AnswerReader::State::complete);
    CHECK(reader.status() == 201);
    CHECK(reader.body() == "abcd");
    reader.reset();
    CHECK(reader.feed("SSH-2.0\r\n\r\n") == bench::AnswerReader::State::broken);
}

TEST_CASE("percentiles are those of the nearest rank") {
    bench::Latencies latencies;
    CHECK(latencies.percentile(0.99) == 0);
    for (int i = 100; i >= 1; --i) {
        latencies.add(std::chrono::microseconds(i));
    }
    CHECK(latencies.percentile(0.5) == 50);
    CHECK(latencies.percentile(0.99) == 99);
    CHECK(latencies.percentile(1.0) == 100);
}
