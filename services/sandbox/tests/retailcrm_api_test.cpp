#include "retailcrm_api.hpp"

#include "testing/catch.hpp"

using namespace trunkline::sandbox;

namespace {

const std::string form = "application/x-www-form-urlencoded";
const std::string key = "sandbox-retailcrm-key-0367";

ApiAnswer post(RetailCrmApi& api, std::string path, Parameters parameters) {
    return api.call("0367", "POST", "/v5/telephony/" + path, key, form, parameters);
}

}  // namespace

TEST_CASE("a call event is taken or refused with the fields that are wrong", "[sandbox]") {
    RetailCrmApi api;
    CHECK(
        post(
            api,
            "call/event",
            {{"event", R"({"type":"in","phone":"+375296254070","codes":["150"]})"}}
        )
            .status == 200
    );
    const auto wrong = post(
        api, "call/event", {{"event", R"({"type":"answered","phone":"","codes":["1"],"x":1})"}}
    );
    CHECK(wrong.status == 400);
    CHECK_THAT(
        wrong.body,
        ContainsSubstring("\"phone\"") && ContainsSubstring("\"type\"") &&
            ContainsSubstring("\"x\"")
    );
    CHECK_THAT(post(api, "call/event", {}).body, ContainsSubstring("Parameter 'event' is missing"));
    CHECK(api.accounts().at("0367").events.size() == 1);
}

TEST_CASE("a raw JSON body is not read", "[sandbox]") {
    RetailCrmApi api;
    const auto answer = api.call(
        "0367",
        "POST",
        "/v5/telephony/call/event",
        key,
        "application/json",
        {{"event", R"({"type":"in"})"}}
    );
    CHECK_THAT(answer.body, ContainsSubstring("is missing"));
}

TEST_CASE("an upload is stored once and a repeat told as a duplicate", "[sandbox]") {
    RetailCrmApi api;
    const Parameters calls{
        {"calls",
         R"([{"date":"2025-09-30 11:15:02","type":"in","phone":"+375296254070","result":"answered","externalId":"1.1"}])"
        }
    };
    CHECK_THAT(
        post(api, "calls/upload", calls).body, ContainsSubstring("\"processedCallsCount\":1")
    );
    const auto again = post(api, "calls/upload", calls);
    CHECK(again.status == 200);
    CHECK_THAT(
        again.body, ContainsSubstring(R"("processedCallsCount":0,"duplicateCalls":["1.1"])")
    );
    CHECK(post(api, "calls/upload", {{"calls", R"([{"date":"30.09.2025"}])"}}).status == 400);
    CHECK(post(api, "calls/upload", {{"calls", "[]"}}).status == 400);
}

TEST_CASE("the key decides first", "[sandbox]") {
    RetailCrmApi api;
    CHECK_THAT(
        api.call("0367", "GET", "/credentials", "", "", {}).body, ContainsSubstring("is missing")
    );
    CHECK_THAT(
        api.call("0367", "GET", "/credentials", "k", "", {}).body, ContainsSubstring("Wrong")
    );
    CHECK(api.call("0367", "GET", "/credentials", key, "", {}).status == 200);
    CHECK(api.call("0367", "GET", "/v5/orders", key, "", {}).status == 404);
    CHECK(api.call("0367", "GET", "/v5/telephony/call/event", key, "", {}).status == 405);
}

TEST_CASE("a known customer comes with his manager", "[sandbox]") {
    RetailCrmApi api;
    const auto known = api.call(
        "0367",
        "GET",
        "/v5/telephony/manager",
        key,
        "",
        {{"phone", "+375296254070"}, {"details", "1"}, {"ignoreStatus", "1"}}
    );
    CHECK_THAT(known.body, ContainsSubstring("Петров") && ContainsSubstring("\"code\":\"150\""));
    const auto unknown =
        api.call("0367", "GET", "/v5/telephony/manager", key, "", {{"phone", "+375299999999"}});
    CHECK(unknown.body == R"({"success":true})");
}
