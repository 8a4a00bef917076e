#include "base/redact.hpp"

#include <vector>

#include "base/log.hpp"
#include "testing/catch.hpp"

using namespace trunkline;

namespace {

struct Case {
    std::string text, expected;
};

void check_all(const std::vector<Case>& cases) {
    for (const auto& [text, expected] : cases) {
        CAPTURE(text);
        CHECK(base::redact(text) == expected);
        CHECK(base::redact(expected) == expected);
    }
}

const std::string bot_token = "7421833333:AAEhBOweik6ad9JvIDhXX_Ow-5dQ_abcdefg";

}  // namespace

TEST_CASE("Telegram bot tokens are hidden, alone and in URLs", "[base]") {
    check_all({
        {bot_token, "***"},
        {"bot " + bot_token + " is blocked", "bot *** is blocked"},
        {"POST https://api.telegram.org/bot" + bot_token + "/sendMessage",
         "POST https://api.telegram.org/bot***/sendMessage"},
        {"two: " + bot_token + "," + bot_token, "two: ***,***"},
    });
}

TEST_CASE("times, numbers and addresses are no bot tokens", "[base]") {
    for (const std::string text :
         {"at 14:23:45 the call 1759322625.123 from 375293332255:105 came",
          "http://127.0.0.1:8020/customer-name/0367/375291234567",
          "7421833333:short"}) {
        CAPTURE(text);
        CHECK(base::redact(text) == text);
    }
}

TEST_CASE("authorization is hidden to the end of its line", "[base]") {
    check_all({
        {"Authorization: Bearer abc.def-123\r\nHost: x", "Authorization: ***\r\nHost: x"},
        {"authorization: Basic dXNlcjpwYXNz", "authorization: ***"},
        {"sent Bearer abc.def/1+2= to it", "sent Bearer *** to it"},
        {"{\"Authorization\":\"Bearer q\",\"a\":1}", "{\"Authorization\":\"***\",\"a\":1}"},
        {"Set-Cookie: session=1; Path=/", "Set-Cookie: ***"},
    });
}

TEST_CASE("values whose names say that they are secret are hidden", "[base]") {
    check_all({
        {"GET /api?apiKey=k1&x=2", "GET /api?apiKey=***&x=2"},
        {"api_key=k1 next", "api_key=*** next"},
        {"{\"api_key\": \"a\\\"b\", \"site\":\"s\"}", "{\"api_key\": \"***\", \"site\":\"s\"}"},
        {"{\"phone_api_key\":\"abc\"}", "{\"phone_api_key\":\"***\"}"},
        {"{'password': 'p w'}", "{'password': '***'}"},
        {"password: hunter2, user: bob", "password: ***, user: bob"},
        {"access_token=a&refresh_token=b&client_secret=c&expires=9",
         "access_token=***&refresh_token=***&client_secret=***&expires=9"},
        {"auth[access_token]=abc&auth[domain]=d", "auth[access_token]=***&auth[domain]=d"},
        {"X-API-KEY: zzz", "X-API-KEY: ***"},
        {"Lognex-Phone-Auth-Token: zzz", "Lognex-Phone-Auth-Token: ***"},
        {"body {\\\"client_secret\\\":\\\"abc\\\",\\\"a\\\":1}",
         "body {\\\"client_secret\\\":\\\"***\\\",\\\"a\\\":1}"},
        {"INTERNAL_TOKEN=abc", "INTERNAL_TOKEN=***"},
        {"/recordings/u?exp=1&sig=abc", "/recordings/u?exp=1&sig=***"},
        {"{\"password\":\"unterminated", "{\"password\":\"***"},
        {"{\"password\":12345}", "{\"password\":***}"},
    });
}

TEST_CASE("passwords in URLs and keys in URL paths are hidden", "[base]") {
    check_all({
        {"postgresql://trunk:p@ss@db:5432/x", "postgresql://trunk:***@db:5432/x"},
        {"redis://:pw@127.0.0.1:6379", "redis://:***@127.0.0.1:6379"},
        {"https://x.bitrix24.ru/rest/27/k32t88gf3azpmwv3/crm.duplicate",
         "https://x.bitrix24.ru/rest/27/***/crm.duplicate"},
        {"https://api.u-on.ru/aB3dE6gH9jK2mN5pQ8s1/user.json", "https://api.u-on.ru/***/user.json"},
    });
}

TEST_CASE("what support engineers grep for stays readable", "[base]") {
    for (const std::string text :
         {"📋 Token: 375293332255, UniqueId: 1759322625.123",
          "{\"api_key\":null,\"password\":true,\"secret\":{\"a\":1}}",
          "url http://127.0.0.1:8020/config/june?x=1",
          "customer_name: Иван, full_name: Иван Петров",
          "author: Bob = bearer's friend / rest / 1",
          "password",
          "password:",
          "password: ",
          "=",
          ":",
          "://"}) {
        CAPTURE(text);
        CHECK(base::redact(text) == text);
    }
}

TEST_CASE("registered secrets are hidden wherever they turn up", "[base]") {
    base::add_log_secret("correct horse/battery");
    base::add_log_secret("correct horse/battery staple");
    base::add_log_secret("correct horse/battery");
    check_all({
        {"<correct horse/battery>", "<***>"},
        {"correct horse/battery staple", "***"},
        {"correct horse/batter", "correct horse/batter"},
        {"x=correct%20horse%2Fbattery&y", "x=***&y"},
        {"correct horse/batterycorrect horse/battery", "******"},
    });
}

TEST_CASE("a secret shorter than eight characters is ignored", "[base]") {
    base::add_log_secret("shorty");
    CHECK(base::redact("a shorty") == "a shorty");
}

TEST_CASE("any bytes at all are survived and nothing is read beyond them", "[base]") {
    base::add_log_secret("a-secret-for-the-fuzz");
    std::uint32_t seed = 1;
    const std::string alphabet = "ab:/=\"'\\ 01{}[]&Bearer api_key password";
    for (int round = 0; round < 20'000; ++round) {
        std::string text;
        for (std::uint32_t size = round % 40; size > 0; --size) {
            seed = seed * 1664525U + 1013904223U;
            text += alphabet[(seed >> 16U) % alphabet.size()];
        }
        text.shrink_to_fit();
        const auto once = base::redact(text);
        REQUIRE(once.size() <= text.size() + 3 * (text.size() + 1));
    }
}
