#include "httpc/url.hpp"

#include <string>

#include "testing/catch.hpp"

using trunkline::base::Errc;
using trunkline::httpc::Url;

namespace {

Url parsed(const std::string& text) {
    const auto url = Url::parse(text);
    INFO(text);
    REQUIRE(url.has_value());
    return *url;
}

}  // namespace

TEST_CASE("a URL is taken apart", "[httpc]") {
    const auto url = parsed("https://x.retailcrm.ru:8443/api/v5/orders?filter[a]=1&b=%20#top");
    CHECK(url.scheme == "https");
    CHECK(url.host == "x.retailcrm.ru");
    CHECK(url.port == 8443);
    CHECK(url.target == "/api/v5/orders?filter[a]=1&b=%20");
    CHECK(url.authority() == "x.retailcrm.ru:8443");
    CHECK(url.origin() == "https://x.retailcrm.ru:8443");
}

TEST_CASE("missing ports and paths are filled in", "[httpc]") {
    CHECK(parsed("http://a.example").port == 80);
    CHECK(parsed("https://a.example").port == 443);
    CHECK(parsed("https://a.example:").port == 443);
    CHECK(parsed("https://a.example").target == "/");
    CHECK(parsed("https://a.example?x=1").target == "/?x=1");
    CHECK(parsed("https://a.example#x").target == "/");
    CHECK(parsed("https://a.example:443/x").to_string() == "https://a.example/x");
    CHECK(parsed("http://a.example:443/x").to_string() == "http://a.example:443/x");
}

TEST_CASE("scheme and host ignore case, a trailing dot says nothing", "[httpc]") {
    CHECK(parsed("HTTPS://A.Example./X").to_string() == "https://a.example/X");
    CHECK(parsed("http://a_b-c.example").host == "a_b-c.example");
}

TEST_CASE("an IPv6 literal loses its brackets and gets them back", "[httpc]") {
    const auto url = parsed("http://[2001:DB8::1]:8080/x");
    CHECK(url.host == "2001:db8::1");
    CHECK(url.authority() == "[2001:db8::1]:8080");
    CHECK(parsed("https://[::1]").authority() == "[::1]");
    CHECK(parsed("https://[::ffff:10.0.0.1]").host == "10.0.0.1");
}

TEST_CASE("what is not an absolute http URL, or has no place here, is refused", "[httpc]") {
    for (const std::string text :
         {"",
          "x",
          "/path",
          "//a.example/",
          "ftp://a.example/",
          "javascript://a.example/",
          "http:/a.example/",
          "http://",
          "http:///x",
          "http://:80/",
          "http://.",
          "http://a..b/",
          "http://.a/",
          "http://a.example:0/",
          "http://a.example:65536/",
          "http://a.example:-1/",
          "http://a.example:8x/",
          "http://user@a.example/",
          "http://user:pass@a.example/",
          "http://a.example:80@10.0.0.1/",
          "http://a.example\\@10.0.0.1/",
          "http://a%2eexample/",
          "http://a example/",
          "http://a.example/a b",
          "http://a.example/\r\nHost: x",
          "http://a.example/\t",
          "http://\xd0\xbf\xd1\x80.example/",
          "http://127.1/",
          "http://0x7f000001/",
          "http://0x7f.0.0.1/",
          "http://2130706433/",
          "http://0177.0.0.1/",
          "http://256.0.0.1/",
          "http://1.2.3.4.5/",
          "http://a.0x7f/",
          "http://[::1/",
          "http://[::1]x/",
          "http://[]/",
          "http://[10.0.0.1]/",
          "http://[::1%25lo]/",
          "http://[v1.x]/",
          "http://::1/",
          "http://a,b/",
          "http://a.example:80:80/"}) {
        INFO(text);
        const auto url = Url::parse(text);
        REQUIRE_FALSE(url.has_value());
        CHECK(url.error().code == Errc::invalid_input);
    }
    CHECK_FALSE(Url::parse(std::string_view("http://a.example/\0x", 19)).has_value());
    CHECK_FALSE(Url::parse("http://" + std::string(64, 'a') + ".example/").has_value());
    CHECK_FALSE(Url::parse("http://a.example/" + std::string(70000, 'a')).has_value());
}

TEST_CASE("an error does not repeat the text, which may hold a token", "[httpc]") {
    const auto url = Url::parse("https://api.telegram.org:x/bot123:SECRET/getMe");
    REQUIRE_FALSE(url.has_value());
    CHECK(url.error().detail.find("SECRET") == std::string::npos);
}

TEST_CASE("a path grows by segments and by literal parts", "[httpc]") {
    auto url = parsed("https://a.example/api/remap/1.2/");
    url.append("/entity/customer").segment("a/b c").segment("+375");
    CHECK(url.target == "/api/remap/1.2/entity/customer/a%2Fb%20c/%2B375");
    CHECK(parsed("https://a.example").append("x").target == "/x");
    CHECK(parsed("https://a.example/p?q=1").append("x").target == "/p/x?q=1");
}

TEST_CASE("a query grows by encoded pairs", "[httpc]") {
    auto url = parsed("https://a.example/p");
    url.query("phone", "+375 29").query("a&b", "c=d");
    CHECK(url.to_string() == "https://a.example/p?phone=%2B375%2029&a%26b=c%3Dd");
    CHECK(parsed("https://a.example/p?x=1").query("y", "2").target == "/p?x=1&y=2");
}

TEST_CASE("what a URL is written as reads back as the same URL", "[httpc]") {
    for (const std::string text :
         {"https://a.example",
          "http://[::1]:81/x?y",
          "https://10.0.0.1:444/",
          "http://a.example?x",
          "https://a./#f"}) {
        INFO(text);
        const auto url = parsed(text);
        CHECK(parsed(url.to_string()) == url);
    }
}
