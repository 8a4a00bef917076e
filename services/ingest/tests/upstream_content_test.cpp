#include "upstream_content.hpp"

#include "testing/catch.hpp"

using namespace trunkline;
using namespace trunkline::ingest;

namespace {

httpc::Response piece(std::string range, std::string body, std::string etag = "\"a\"") {
    httpc::Response response;
    response.status = 206;
    response.headers = {{"Content-Range", std::move(range)}, {"ETag", std::move(etag)}};
    response.body = std::move(body);
    return response;
}

}  // namespace

TEST_CASE("Content-Range is read as RFC 9110 writes it", "[ingest]") {
    const auto range = parse_content_range("bytes 5-9/100");
    REQUIRE(range);
    CHECK(range->first == 5);
    CHECK(range->last == 9);
    CHECK(range->size == 100);
    const auto none = parse_content_range("bytes */0");
    REQUIRE(none);
    CHECK(none->is_unsatisfied);
    for (const auto* wrong :
         {"",
          "bytes",
          "bytes 0-9",
          "bytes 0-9/*",
          "bytes 9-0/100",
          "bytes 0-100/100",
          "items 0-9/100",
          "bytes -9/100",
          "bytes 0-/100",
          "bytes 0-9/100x",
          "bytes 0-99999999999999999999/100"}) {
        CAPTURE(wrong);
        CHECK_FALSE(parse_content_range(wrong));
    }
    CHECK(range_header(10, 5) == "bytes=10-14");
}

TEST_CASE("a piece must be of the same file and of the range asked for", "[ingest]") {
    const auto first = piece("bytes 0-3/10", "abcd");
    const auto facts = facts_of(first, 10);
    CHECK(facts.etag == "\"a\"");
    CHECK(check_piece(first, facts, 0, 4));
    CHECK(check_piece(piece("bytes 4-5/10", "ef"), facts, 4, 4));
    CHECK_FALSE(check_piece(piece("bytes 3-6/10", "defg"), facts, 4, 4));
    CHECK_FALSE(check_piece(piece("bytes 4-7/10", "efg"), facts, 4, 4));
    CHECK_FALSE(check_piece(piece("bytes 4-8/10", "efghi"), facts, 4, 4));
    CHECK_FALSE(check_piece(piece("bytes 4-7/11", "efgh"), facts, 4, 4));
    CHECK_FALSE(check_piece(piece("bytes 4-7/10", "efgh", "\"b\""), facts, 4, 4));
    CHECK_FALSE(check_piece(piece("nonsense", "efgh"), facts, 4, 4));
    auto whole = piece("", "abcdefghij");
    whole.status = 200;
    CHECK_FALSE(check_piece(whole, facts, 4, 4));
}

TEST_CASE("a weak tag promises nothing about bytes", "[ingest]") {
    CHECK(facts_of(piece("", "", "W/\"a\""), 1).etag.empty());
    CHECK(facts_of(piece("", "", "a"), 1).etag.empty());
}
