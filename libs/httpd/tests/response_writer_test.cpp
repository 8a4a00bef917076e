#include "response_writer.hpp"

#include "files.hpp"
#include "httpd/problem.hpp"
#include "httpd/stream.hpp"
#include "testing/catch.hpp"

using namespace trunkline;
using namespace trunkline::httpd;

namespace {

std::string head_of(const Response& response, bool keep_alive = true, bool is_http_11 = true) {
    AnswerFacts facts;
    facts.keep_alive = keep_alive;
    facts.is_http_11 = is_http_11;
    facts.content_length = response.body.size();
    facts.date = "Sun, 06 Nov 1994 08:49:37 GMT";
    facts.request_id = "id1";
    std::string out;
    write_head(out, response, facts);
    return out;
}

}  // namespace

TEST_CASE("a head has its status, framing, date and request id", "[httpd]") {
    CHECK(
        head_of(Response::json("{}")) ==
        "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Type: "
        "application/json\r\n"
        "Content-Length: 2\r\nX-Request-Id: id1\r\n\r\n"
    );
    CHECK_THAT(head_of(Response::empty(204)), !ContainsSubstring("Content-Length"));
    CHECK_THAT(head_of(Response::empty(304)), !ContainsSubstring("Content-Length"));
    CHECK_THAT(head_of(Response::text(""), false), ContainsSubstring("Connection: close\r\n"));
    CHECK_THAT(
        head_of(Response::text(""), true, false), ContainsSubstring("Connection: keep-alive\r\n")
    );
    CHECK_THAT(head_of(Response::text("", 599)), ContainsSubstring("HTTP/1.1 599 Status\r\n"));
}

TEST_CASE("a handler can neither split a response nor change its framing", "[httpd]") {
    Response response;
    response.add_header("X-Evil", "a\r\nSet-Cookie: b\r\n\r\n<html>");
    response.add_header("Bad Name", "x");
    response.add_header("Bad\r\nName", "x");
    response.add_header("", "x");
    response.add_header("content-length", "99");
    response.add_header("Transfer-Encoding", "chunked");
    const auto head = head_of(response);
    CHECK_THAT(head, ContainsSubstring("X-Evil: a  Set-Cookie: b    <html>\r\n"));
    CHECK_THAT(head, !ContainsSubstring("Bad"));
    CHECK_THAT(head, !ContainsSubstring("Length: 99"));
    CHECK_THAT(head, !ContainsSubstring("chunked"));
}

TEST_CASE("chunks carry their size in hexadecimal", "[httpd]") {
    std::string out;
    write_chunk(out, std::string(26, 'x'));
    CHECK(out == "1a\r\n" + std::string(26, 'x') + "\r\n");
    out.clear();
    write_chunk(out, "");
    CHECK(out.empty());
}

TEST_CASE("dates are written and read as HTTP does", "[httpd]") {
    CHECK(format_http_date(784111777) == "Sun, 06 Nov 1994 08:49:37 GMT");
    CHECK(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT") == 784111777);
    CHECK_FALSE(parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT"));
    DateCache cache;
    CHECK(cache.get(784111777) == "Sun, 06 Nov 1994 08:49:37 GMT");
    CHECK(cache.get(784111778) == "Sun, 06 Nov 1994 08:49:38 GMT");
}

TEST_CASE("problems are written as RFC 9457 says", "[httpd]") {
    const auto response = problem(422, "", "Two fields are wrong.", {{"/Token", "is missing"}});
    CHECK(response.status == 422);
    CHECK(response.header("content-type") == "application/problem+json");
    CHECK(
        response.body ==
        R"({"type":"about:blank","title":"Unprocessable Content","status":422,"detail":"Two fields are wrong.",)"
        R"("errors":[{"path":"/Token","detail":"is missing"}]})"
    );
}

TEST_CASE("every error has its one status", "[httpd]") {
    using enum base::Errc;
    const std::pair<base::Errc, unsigned> table[] = {
        {malformed, 400},
        {invalid_input, 422},
        {unauthorized, 401},
        {forbidden, 403},
        {not_found, 404},
        {conflict, 409},
        {too_large, 413},
        {rate_limited, 429},
        {timeout, 504},
        {unavailable, 503},
        {canceled, 503},
        {internal, 500},
    };
    for (const auto& [code, status] : table) {
        const auto response = to_response(base::Error{code, "words", {}, "native"});
        CHECK(response.status == status);
        CHECK_THAT(response.body, !ContainsSubstring("native"));
        CHECK((response.header("Retry-After").empty()) == (status != 503 && status != 429));
    }
    CHECK_THAT(
        to_response(base::Error{internal, "SELECT secret", {}, ""}).body,
        !ContainsSubstring("secret")
    );
    CHECK(
        with_retry_after(Response::empty(503), std::chrono::milliseconds(1500))
            .header("Retry-After") == "2"
    );
    CHECK(
        with_retry_after(Response::empty(503), std::chrono::milliseconds(0))
            .header("Retry-After") == "1"
    );
}

TEST_CASE("events are written line by line", "[httpd]") {
    CHECK(format_event("call", "{}", "7") == "event: call\nid: 7\ndata: {}\n\n");
    CHECK(format_event("", "a\nb\r\nc\rd", "") == "data: a\ndata: b\ndata: c\ndata: d\n\n");
    CHECK(format_event("a\nb", "", "1\r2") == "event: a b\nid: 1 2\ndata: \n\n");
}
