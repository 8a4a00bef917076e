#include "url.hpp"

#include <string>

#include "redis/settings.hpp"
#include "testing/catch.hpp"

namespace trunkline::redis {

TEST_CASE("a Redis URL is taken apart", "[redis]") {
    const auto full = parse_url("redis://user:p%40ss@cache.example:7000/3");
    REQUIRE(full);
    REQUIRE(full->host == "cache.example");
    REQUIRE(full->port == 7000);
    REQUIRE(full->user == "user");
    REQUIRE(full->password == "p@ss");
    REQUIRE(full->database == 3);
    REQUIRE(full->to_string() == "cache.example:7000/3");
}

TEST_CASE("what a Redis URL leaves out has its default", "[redis]") {
    const auto bare = parse_url("redis://cache");
    REQUIRE(bare);
    REQUIRE(bare->port == 6379);
    REQUIRE(bare->database == 0);
    REQUIRE(bare->user.empty());
    const auto password_only = parse_url("redis://:secret@[::1]:7/");
    REQUIRE(password_only);
    REQUIRE(password_only->host == "::1");
    REQUIRE(password_only->port == 7);
    REQUIRE(password_only->password == "secret");
    REQUIRE(password_only->user.empty());
    REQUIRE(password_only->to_string() == "[::1]:7/0");
}

TEST_CASE("an @ or a slash in the password does no harm", "[redis]") {
    const auto odd = parse_url("redis://:p@ss/word@host/1");
    REQUIRE(odd);
    REQUIRE(odd->password == "p@ss/word");
    REQUIRE(odd->host == "host");
    REQUIRE(odd->database == 1);
}

TEST_CASE("wrong Redis URLs are refused without telling the password", "[redis]") {
    for (const std::string wrong :
         {"",
          "http://:secretive@host",
          "rediss://:secretive@host",
          "redis://",
          "redis://:secretive@",
          "redis://:secretive@host:0",
          "redis://:secretive@host:65536",
          "redis://:secretive@host:port",
          "redis://:secretive@host:",
          "redis://:secretive@host/x",
          "redis://:secretive@host/-1",
          "redis://user@host",
          "redis://:secretive@[::1",
          "redis://:secretive@[::1]7"}) {
        INFO(wrong);
        const auto checked = check_url(wrong);
        REQUIRE_FALSE(checked);
        REQUIRE(checked.error().code == base::Errc::invalid_input);
        REQUIRE(checked.error().detail.find("secretive") == std::string::npos);
    }
    REQUIRE(check_url("redis://127.0.0.1:6379/0"));
}

}  // namespace trunkline::redis
