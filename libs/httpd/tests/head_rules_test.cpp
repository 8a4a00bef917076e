#include "head_rules.hpp"

#include "testing/catch.hpp"

using namespace trunkline::httpd;

namespace {

unsigned framing(
    std::string_view method,
    std::initializer_list<std::pair<const char*, const char*>> fields,
    bool is_http_11 = true
) {
    Headers headers;
    for (const auto& [name, value] : fields) {
        headers.add(name, value);
    }
    const auto wrong = check_framing(method, headers, is_http_11);
    return wrong ? wrong->status : 0;
}

struct Target {
    unsigned status = 0;
    std::string path;
    std::string query;
};

Target split(const char* method, std::string_view target) {
    Request request;
    request.method = method;
    request.target = target;
    const auto wrong = split_target(request);
    return {wrong ? wrong->status : 0, request.path, request.query};
}

}  // namespace

TEST_CASE("the head's end is found byte by byte", "[httpd]") {
    const std::string head = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    HeadScanner scanner(1024);
    for (std::size_t size = 1; size < head.size(); ++size) {
        REQUIRE(scanner.scan(std::string_view(head).substr(0, size)) == HeadScanner::State::more);
    }
    REQUIRE(scanner.scan(head + "body") == HeadScanner::State::complete);
    REQUIRE(scanner.size() == head.size());
}

TEST_CASE("a head over the limit is found out before it ends", "[httpd]") {
    HeadScanner scanner(16);
    CHECK(scanner.scan("GET / HTTP/1.1\r") == HeadScanner::State::more);
    CHECK(scanner.scan("GET / HTTP/1.1\r\n") == HeadScanner::State::too_large);
    CHECK(HeadScanner(10).scan("GET / HTTP/1.1\r\n\r\n") == HeadScanner::State::too_large);
}

TEST_CASE("bare line ends end the head and are refused", "[httpd]") {
    for (const std::string_view head :
         {"GET / HTTP/1.1\n\n", "GET / HTTP/1.1\r\nA: b\n\r\n", "GET / HTTP/1.1\nA: b\r\n\r\n"}) {
        HeadScanner scanner(1024);
        CAPTURE(head);
        REQUIRE(scanner.scan(head) == HeadScanner::State::complete);
        CHECK(check_head_lines(head.substr(0, scanner.size())));
    }
}

TEST_CASE("lines that others might read differently are refused", "[httpd]") {
    CHECK_FALSE(check_head_lines("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    CHECK(check_head_lines("GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n"));
    CHECK(check_head_lines("GET / HTTP/1.1\r\nHost: a\r\n\tfolded\r\n\r\n"));
    CHECK(check_head_lines("GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n"));
    CHECK(check_head_lines(std::string_view("GET / HTTP/1.1\r\nA: \0\r\n\r\n", 24)));
}

TEST_CASE("framing is unambiguous or refused", "[httpd]") {
    CHECK(framing("POST", {{"Content-Length", "5"}}) == 0);
    CHECK(framing("POST", {}) == 0);
    CHECK(framing("POST", {{"Transfer-Encoding", "Chunked"}}) == 0);
    CHECK(framing("POST", {{"Transfer-Encoding", "chunked"}, {"Content-Length", "5"}}) == 400);
    CHECK(framing("POST", {{"Content-Length", "5"}, {"Content-Length", "5"}}) == 400);
    CHECK(framing("POST", {{"Content-Length", "5, 5"}}) == 400);
    CHECK(framing("POST", {{"Content-Length", "+5"}}) == 400);
    CHECK(framing("POST", {{"Content-Length", "0x5"}}) == 400);
    CHECK(framing("POST", {{"Content-Length", ""}}) == 400);
    CHECK(framing("POST", {{"Content-Length", "9999999999999999999"}}) == 400);
    CHECK(framing("POST", {{"Transfer-Encoding", "gzip"}}) == 501);
    CHECK(framing("POST", {{"Transfer-Encoding", "gzip, chunked"}}) == 501);
    CHECK(
        framing("POST", {{"Transfer-Encoding", "chunked"}, {"Transfer-Encoding", "chunked"}}) == 400
    );
    CHECK(framing("POST", {{"Transfer-Encoding", "chunked"}}, false) == 400);
    CHECK(framing("POST", {}, false) == 411);
    CHECK(framing("GET", {}, false) == 0);
}

TEST_CASE("a host is given once and is one", "[httpd]") {
    Headers headers;
    CHECK(check_host(headers, true));
    CHECK_FALSE(check_host(headers, false));
    headers.add("Host", "example.org:8000");
    CHECK_FALSE(check_host(headers, true));
    headers.add("host", "example.org:8000");
    CHECK(check_host(headers, true));
    Headers bad;
    bad.add("Host", "a b/\"<");
    CHECK(check_host(bad, true));
}

TEST_CASE("targets split into path and query", "[httpd]") {
    CHECK(split("GET", "/a/b?x=1&y=%20").path == "/a/b");
    CHECK(split("GET", "/a/b?x=1&y=%20").query == "x=1&y=%20");
    CHECK(split("GET", "/a?b?c").query == "b?c");
    CHECK(split("GET", "http://host:80/a?b").path == "/a");
    CHECK(split("GET", "http://host?b").path == "/");
    CHECK(split("GET", "http://host").path == "/");
    CHECK(split("GET", "http://host?b").query == "b");
    CHECK(split("GET", "/redirect?to=http://x/").path == "/redirect");
    CHECK(split("OPTIONS", "*").path == "*");
    CHECK(split("GET", "*").status == 400);
    CHECK(split("GET", "host:443").status == 400);
    CHECK(split("GET", "/a#b").status == 400);
    CHECK(split("GET", "/a\tb").status == 400);
}

TEST_CASE("request ids are taken over only if they are harmless", "[httpd]") {
    CHECK(is_sane_request_id("abc-DEF_1.2"));
    CHECK(is_sane_request_id(std::string(64, 'a')));
    CHECK_FALSE(is_sane_request_id(std::string(65, 'a')));
    CHECK_FALSE(is_sane_request_id(""));
    CHECK_FALSE(is_sane_request_id("a b"));
    CHECK_FALSE(is_sane_request_id("a\"b"));
    CHECK_FALSE(is_sane_request_id("a\r\nb"));
}

TEST_CASE("the access log shows no bot tokens and no raw quotes", "[httpd]") {
    CHECK(loggable_path("/calls/1") == "/calls/1");
    CHECK(loggable_path("/bot123456:AAF-secret/sendMessage") == "/bot***/sendMessage");
    CHECK(loggable_path("/bot123456%3AAAF-secret/sendMessage") == "/bot***/sendMessage");
    CHECK(loggable_path("/tg/bot123456:AAF") == "/tg/bot***");
    CHECK(loggable_path("/bottles/1") == "/bottles/1");
    CHECK(loggable_path("/a\"b\\") == "/a%22b%5C");
}

TEST_CASE("lists, tokens and origins", "[httpd]") {
    CHECK(list_has_token("a, Upgrade ,b", "upgrade"));
    CHECK_FALSE(list_has_token("upgrades", "upgrade"));
    CHECK(accepts_event_stream("text/html, text/event-stream;q=0.9"));
    CHECK_FALSE(accepts_event_stream("*/*"));
    CHECK(is_token("X-Y"));
    CHECK_FALSE(is_token("X Y"));
    CHECK_FALSE(is_token("X:"));
    CHECK(is_same_origin("https://desk.example:3001", "desk.example:3001"));
    CHECK_FALSE(is_same_origin("https://evil.example", "desk.example"));
    CHECK_FALSE(is_same_origin("null", "desk.example"));
}
