#include "incoming.hpp"

#include "base/text.hpp"
#include "testing/catch.hpp"

using namespace trunkline;
using ingest::decode_incoming;
using ingest::RawEvent;

namespace {

RawEvent dial(std::string body) {
    RawEvent raw;
    raw.type = call::EventType::dial;
    raw.body = std::move(body);
    raw.content_type = "application/json";
    return raw;
}

}  // namespace

TEST_CASE("any content type will do for JSON", "[ingest]") {
    auto raw = dial(R"({"Token":375293332255,"UniqueId":"1.1","Phone":"375296254070"})");
    raw.content_type = "application/x-www-form-urlencoded";
    const auto incoming = decode_incoming(raw);
    REQUIRE(incoming);
    CHECK(incoming->token == "375293332255");
    CHECK(incoming->event.phone == "375296254070");
}

TEST_CASE("a form as Asterisk's CURL posts it becomes an event", "[ingest]") {
    auto raw = dial("Token=375291112233&Phone=1001&UniqueId=1795236675.6");
    raw.content_type = "application/x-www-form-urlencoded";
    const auto incoming = decode_incoming(raw);
    REQUIRE(incoming);
    CHECK(incoming->event.unique_id == "1795236675.6");
    CHECK(incoming->body == R"({"Token":"375291112233","Phone":"1001","UniqueId":"1795236675.6"})");
}

TEST_CASE("the Token may come as a header, but not contradict the body", "[ingest]") {
    auto raw = dial(R"({"UniqueId":"1.1"})");
    raw.token_header = "375293332255";
    CHECK(decode_incoming(raw)->token == "375293332255");
    raw.body = R"({"Token":"1","UniqueId":"1.1"})";
    CHECK(decode_incoming(raw).error().fields.front().path == "/Token");
    CHECK(decode_incoming(dial(R"({"UniqueId":"1.1"})")).error().code == base::Errc::invalid_input);
    CHECK(
        decode_incoming(dial(R"({"Token":[],"UniqueId":"1.1"})")).error().code ==
        base::Errc::invalid_input
    );
}

TEST_CASE("old exchanges' cp1251 names cost no event", "[ingest]") {
    const auto incoming = decode_incoming(
        dial("{\"Token\":\"1\",\"UniqueId\":\"1.1\",\"CallerIDName\":\"\xC2\xE5\xF0\xE0\"}")
    );
    REQUIRE(incoming);
    CHECK(base::is_valid_utf8(incoming->body));
    CHECK_THAT(incoming->original_bytes, ContainsSubstring("\xC2\xE5\xF0\xE0"));
}

TEST_CASE("what PostgreSQL could not keep is refused before it spoils a batch", "[ingest]") {
    const auto nul = decode_incoming(dial(R"({"Token":"1","UniqueId":"1.1","Phone":"\u0000"})"));
    REQUIRE_FALSE(nul);
    CHECK(nul.error().code == base::Errc::invalid_input);
    CHECK_FALSE(decode_incoming(dial(R"({"Token":"1","UniqueId":"1.1","x":1e-30000})")));
}

TEST_CASE("what is no object is malformed", "[ingest]") {
    for (const auto* body : {"", "[]", "1", "\"x\"", "{", "null"}) {
        INFO(body);
        CHECK(decode_incoming(dial(body)).error().code == base::Errc::malformed);
    }
}

TEST_CASE("headers are read and checked", "[ingest]") {
    auto raw = dial(R"({"Token":"1","UniqueId":"1.1"})");
    raw.event_time = "2025-10-01T15:00:00.5+03:00";
    raw.pbx = "minsk";
    raw.seq = "17";
    const auto incoming = decode_incoming(raw);
    REQUIRE(incoming);
    CHECK(base::format_iso8601(*incoming->event_time) == "2025-10-01T12:00:00.500000Z");
    CHECK(incoming->seq == 17);
    raw.seq = "-1";
    CHECK(decode_incoming(raw).error().fields.front().path == "X-Event-Seq");
    raw.seq.clear();
    raw.event_time = "yesterday";
    CHECK(decode_incoming(raw).error().fields.front().path == "X-Event-Time");
}

TEST_CASE("a repeat has the same key, another exchange, type or body has not", "[ingest]") {
    const auto raw = dial(R"({"Token":"1","UniqueId":"1.1"})");
    const auto key = decode_incoming(raw)->digest;
    CHECK(decode_incoming(raw)->digest == key);
    auto other = raw;
    other.type = call::EventType::hangup;
    CHECK(decode_incoming(other)->digest != key);
    other = raw;
    other.pbx = "minsk";
    CHECK(decode_incoming(other)->digest != key);
    other.seq = "5";
    const auto numbered = decode_incoming(other)->digest;
    other.body = R"({"Token":"1","UniqueId":"1.1","again":true})";
    CHECK(decode_incoming(other)->digest == numbered);
}

TEST_CASE("a repeat is known whatever the order and spacing of its members", "[ingest]") {
    const auto digest = [](std::string body, std::string token) {
        ingest::RawEvent raw;
        raw.type = call::EventType::hangup;
        raw.body = std::move(body);
        raw.token_header = std::move(token);
        const auto incoming = ingest::decode_incoming(raw);
        REQUIRE(incoming);
        return incoming->digest;
    };
    const auto first =
        digest(R"({"Token":"1","UniqueId":"1.1","Extensions":["151"],"CallStatus":"2"})", "");
    CHECK(digest(R"({ "CallStatus":"2", "UniqueId":"1.1","Extensions":[ "151" ]})", "1") == first);
    CHECK(digest(R"({"UniqueId":"1.1","Extensions":["152"],"CallStatus":"2"})", "1") != first);
    CHECK(digest(R"({"UniqueId":"1.1","Extensions":["151"],"CallStatus":"0"})", "1") != first);
}
