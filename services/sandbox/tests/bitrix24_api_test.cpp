#include "bitrix24_api.hpp"

#include "bitrix24_events.hpp"
#include "testing/catch.hpp"
#include "testing/fake_clock.hpp"

using namespace trunkline;
using namespace trunkline::sandbox;
using namespace std::chrono_literals;

namespace {

struct Bench {
    testing::FakeClock clock;
    Bitrix24Api api{clock};
    std::string token = "sandbox-bitrix24-access-p-1";

    /// `members` of the request's body beside the token.
    ApiAnswer call(const std::string& method, const std::string& members) {
        api.account("p");
        const auto body = json::parse(
            R"({"auth":")" + token + "\"" + (members.empty() ? "" : "," + members) + "}"
        );
        REQUIRE(body);
        return api.call("p", method, body->root());
    }
    ApiAnswer telephony(const std::string& method, const std::string& members) {
        return call("telephony.externalCall." + method, members);
    }
    /// Registers an inbound call; its CALL_ID.
    std::string registered(const std::string& user = "11") {
        const auto answer = telephony("register", inbound(user));
        INFO(answer.body);
        REQUIRE(answer.status == 200);
        const auto document = json::parse(answer.body);
        return std::string(*document->root().find("result")->find("CALL_ID")->string());
    }
    static std::string inbound(const std::string& user) {
        return R"("USER_ID":)" + user +
               R"(,"PHONE_NUMBER":"+375296254070","TYPE":2,"CALL_START_DATE":"2025-09-30T11:15:02+03:00",)"
               R"("LINE_NUMBER":"375173880000","EXTERNAL_CALL_ID":"1759230684.16","SHOW":1,"ADD_TO_CHAT":0,"CRM_CREATE":0)";
    }
    static std::string finishing(const std::string& call) {
        return R"("CALL_ID":")" + call +
               R"(","USER_ID":11,"DURATION":41,"STATUS_CODE":"200","ADD_TO_CHAT":0)";
    }
    std::uint64_t violations(const std::string& what) {
        const auto& all = api.account("p").portal.violations();
        const auto found = all.find(what);
        return found == all.end() ? 0 : found->second;
    }
};

}  // namespace

TEST_CASE("a call registered again within half an hour is the same", "[sandbox][bitrix24]") {
    Bench bench;
    const auto first = bench.registered();
    CHECK_THAT(first, Catch::StartsWith("externalCall."));
    CHECK(bench.registered() == first);
    CHECK(bench.registered("12") != first);
    CHECK(bench.violations("a second call of one EXTERNAL_CALL_ID") == 1);
    bench.clock.advance(31min);
    bench.token = "sandbox-bitrix24-access-p-1";
    CHECK(bench.registered() != first);
}

TEST_CASE("what register lacks or has too much is refused in words", "[sandbox][bitrix24]") {
    Bench bench;
    const auto refusal = [&](const std::string& members) {
        const auto answer = bench.telephony("register", members);
        CHECK(answer.status == 400);
        return answer.body;
    };
    CHECK_THAT(
        refusal(R"("PHONE_NUMBER":"+375296254070","TYPE":2)"),
        ContainsSubstring("USER_ID or USER_PHONE_INNER should be set")
    );
    CHECK_THAT(
        refusal(R"("USER_ID":11,"PHONE_NUMBER":"+375296254070","TYPE":6)"),
        ContainsSubstring("Unknown TYPE")
    );
    CHECK_THAT(
        refusal(R"("USER_ID":11,"PHONE_NUMBER":"x","TYPE":2)"),
        ContainsSubstring("Unsupported phone")
    );
    CHECK_THAT(
        refusal(R"("USER_ID":19,"PHONE_NUMBER":"+375296254070","TYPE":2)"),
        ContainsSubstring("not active")
    );
    CHECK_THAT(
        refusal(
            R"("USER_ID":11,"PHONE_NUMBER":"+375296254070","TYPE":2,"CALL_START_DATE":"2025-09-30 11:15")"
        ),
        ContainsSubstring("ISO-8601")
    );
    CHECK_THAT(
        refusal(R"("USER_ID":11,"PHONE_NUMBER":"+375296254070","TYPE":2,"RECORD":1)"),
        ContainsSubstring("unknown parameter RECORD")
    );
    CHECK(
        bench
            .telephony(
                "register", R"("USER_PHONE_INNER":"150","PHONE_NUMBER":"+375296254070","TYPE":"2")"
            )
            .status == 200
    );
}

TEST_CASE("a call is finished once, and recorded only then", "[sandbox][bitrix24]") {
    Bench bench;
    const auto call = bench.registered();
    const auto record = R"("CALL_ID":")" + call +
                        R"(","RECORD_URL":"https://x.by/recordings/6f","FILENAME":"6f.mp3")";
    CHECK_THAT(bench.telephony("attachRecord", record).body, ContainsSubstring("not finished yet"));
    CHECK_THAT(
        bench.telephony("finish", R"("CALL_ID":5,"USER_ID":11)").body,
        ContainsSubstring("CALL_ID must be a string")
    );
    CHECK_THAT(
        bench.telephony("finish", Bench::finishing("nobody")).body,
        ContainsSubstring("Call is not found")
    );
    CHECK(bench.telephony("finish", Bench::finishing(call)).status == 200);
    CHECK_THAT(
        bench.telephony("finish", Bench::finishing(call)).body,
        ContainsSubstring("Call is not found")
    );
    CHECK(bench.telephony("attachRecord", record).status == 200);
    CHECK(bench.telephony("attachRecord", record).status == 200);
    CHECK_THAT(
        bench
            .telephony(
                "attachRecord",
                R"("CALL_ID":")" + call + R"(","RECORD_URL":"https://x.by/recordings/6f")"
            )
            .body,
        ContainsSubstring("Wrong file extension")
    );
    CHECK_THAT(
        bench.call("voximplant.statistic.get", R"("FILTER":{"CALL_ID":")" + call + "\"}").body,
        ContainsSubstring(R"("CALL_DURATION":"41")")
    );
    bench.api.account("p").portal.let_see_statistics(false);
    CHECK(bench.call("voximplant.statistic.get", R"("FILTER":{"CALL_ID":"1"})").status == 403);
    CHECK(bench.registered() != call);
    CHECK(bench.violations("register after finish") == 1);
}

TEST_CASE("cards are shown to and hidden from numeric ids only", "[sandbox][bitrix24]") {
    Bench bench;
    const auto call = bench.registered();
    const auto of = [&](const std::string& users) {
        return R"("CALL_ID":")" + call + R"(","USER_ID":)" + users;
    };
    CHECK_THAT(
        bench.telephony("show", of("[11,\"12\"]")).body, Catch::StartsWith(R"({"result":true)")
    );
    CHECK(bench.telephony("hide", of("11")).status == 200);
    CHECK(bench.api.account("p").portal.calls().front().shown == std::set<std::int64_t>{12});
    CHECK(bench.telephony("show", of("\"150\"")).status == 400);
    CHECK_THAT(
        bench.telephony("show", R"("CALL_ID":"nobody","USER_ID":11)").body,
        Catch::StartsWith(R"({"result":false)")
    );
}

TEST_CASE("a refresh gives a new pair and ends the old one", "[sandbox][bitrix24]") {
    Bench bench;
    bench.api.account("p");
    Parameters parameters{
        {"grant_type", "refresh_token"},
        {"client_id", "local.sandbox-bitrix24-client-p"},
        {"client_secret", "sandbox-bitrix24-secret-p"},
        {"refresh_token", "sandbox-bitrix24-refresh-p-1"}
    };
    bench.clock.advance(3600s);
    CHECK_THAT(bench.call("user.get", "").body, ContainsSubstring("expired_token"));
    CHECK_THAT(
        bench.api.refresh(parameters).body, ContainsSubstring("sandbox-bitrix24-access-p-2")
    );
    CHECK_THAT(bench.api.refresh(parameters).body, ContainsSubstring("invalid_grant"));
    CHECK(bench.call("user.get", "").status == 401);
    bench.token = "sandbox-bitrix24-access-p-2";
    CHECK(bench.call("user.get", "").status == 200);
    bench.token = "sandbox-bitrix24-access-p-9";
    CHECK_THAT(bench.call("user.get", "").body, ContainsSubstring("invalid_token"));
    parameters["client_secret"] = "x";
    CHECK_THAT(bench.api.refresh(parameters).body, ContainsSubstring("invalid_client"));
}

TEST_CASE("a webhook looks up, and calls only where the portal lets it", "[sandbox][bitrix24]") {
    Bench bench;
    const auto by_webhook = [&](const std::string& code, const std::string& method) {
        const auto body = json::parse("{" + Bench::inbound("11") + "}");
        return bench.api.call_by_webhook("p", "1", code, method, body->root());
    };
    const auto empty = json::parse("{}");
    CHECK(
        bench.api.call_by_webhook("p", "1", "sandboxhookpx9", "user.get.json", empty->root())
            .status == 200
    );
    CHECK_THAT(by_webhook("other", "user.get").body, ContainsSubstring("INVALID_CREDENTIALS"));
    const auto refused = by_webhook("sandboxhookpx9", "telephony.externalcall.register");
    CHECK(refused.status == 403);
    CHECK_THAT(refused.body, ContainsSubstring("WRONG_AUTH_TYPE"));
    bench.api.account("p").webhook_may_call = true;
    CHECK(by_webhook("sandboxhookpx9", "telephony.externalcall.register/").status == 200);
}

TEST_CASE("fifty requests at once are let in, then two a second", "[sandbox][bitrix24]") {
    Bench bench;
    for (int n = 0; n < 50; ++n) {
        CHECK(bench.call("user.get", "").status == 200);
    }
    const auto refused = bench.call("user.get", "");
    CHECK(refused.status == 503);
    CHECK_THAT(refused.body, ContainsSubstring("QUERY_LIMIT_EXCEEDED"));
    CHECK(bench.violations("too many requests") == 1);
    bench.clock.advance(1s);
    CHECK(bench.call("user.get", "").status == 200);
    CHECK(bench.call("user.get", "").status == 200);
    CHECK(bench.call("user.get", "").status == 503);
}

TEST_CASE("a click is a call that the portal registered", "[sandbox][bitrix24]") {
    Bench bench;
    auto& account = bench.api.account("p");
    Bitrix24Event event;
    event.portal = "p";
    event.event = "ONEXTERNALCALLSTART";
    event.data = {{"USER_ID", "11"}, {"PHONE_NUMBER", "+375296254070"}};
    std::string call_id;
    const auto form = form_of(event, account, "http://127.0.0.1:8029", call_id);
    const auto fields = parse_form(form);
    CHECK(fields.at("data[CALL_ID]") == call_id);
    CHECK(fields.at("data[EXTENSION]") == "150");
    CHECK(fields.at("auth[application_token]") == "sandbox-bitrix24-application-p");
    CHECK_FALSE(fields.contains("auth[access_token]"));
    CHECK(account.portal.calls().front().by_portal);

    event.event = "ONAPPINSTALL";
    event.data.clear();
    const auto installed = parse_form(form_of(event, account, "http://127.0.0.1:8029", call_id));
    CHECK(installed.at("auth[access_token]") == "sandbox-bitrix24-access-p-2");
    CHECK(installed.at("auth[client_endpoint]") == "http://127.0.0.1:8029/bitrix24/p/rest/");
    event.event = "ONAPPUNINSTALL";
    form_of(event, account, "http://127.0.0.1:8029", call_id);
    bench.token = "sandbox-bitrix24-access-p-2";
    CHECK_THAT(bench.call("user.get", "").body, ContainsSubstring("invalid_token"));
}

TEST_CASE("a renamed portal keeps what it knows", "[sandbox][bitrix24]") {
    Bench bench;
    bench.registered();
    bench.api.rename("p", "q");
    CHECK(bench.api.new_name_of("p") == "q");
    CHECK(bench.api.account("q").portal.calls().size() == 1);
}
