// What U-ON.Travel calls us with: clicks become calls, changed clients are asked for anew.
#include "testing/catch.hpp"
#include "testing/neighbour.hpp"
#include "uon_office.hpp"

using namespace trunkline;
using namespace std::chrono_literals;

namespace {

std::string hook_of(e2e::Suite& suite, const std::string& what) {
    return suite.url("uon") + "/uon/hooks/" +
           suite.sql("SELECT hook_key FROM enterprises WHERE number = '0367'") + "/" + what;
}

/// The event as the sandbox's cabinet plays it; what the hook answered.
json::Document play(const e2e::Suite& suite, const std::string& members) {
    const auto answer = e2e::http(
        "POST",
        suite.url("sandbox") + "/sandbox/uon/events",
        R"({"account":"0367",)" + members + "}"
    );
    INFO(answer.body);
    REQUIRE(answer.status == 200);
    return answer.json();
}

std::string first_answer(const json::Document& played) {
    const auto sent = *played.root().find("sent");
    REQUIRE(sent.size() == 1);
    return std::to_string(*sent[0].find("status")->integer()) + " " +
           std::string(*sent[0].find("answer")->string());
}

}  // namespace

TEST_CASE("a click in U-ON rings the manager who clicked", "[e2e][uon]") {
    testing::HttpNeighbour gateway;
    gateway.answer("POST", "/pbx/*", testing::NeighbourResponse::json(R"({"id":"chan-1"})", 202));
    e2e::UonOffice office;
    auto& suite = office.suite();
    office.start({{"PBX_GATEWAY_URL", gateway.url()}});
    const auto url = hook_of(suite, "event");
    const auto click = [&](const std::string& format) {
        return first_answer(play(
            suite,
            R"("type_id":47,"url":")" + url + R"(","format":")" + format +
                R"(","fields":{"phone":"+375296254070","user_id":"12","client[u_id]":"5012","method":"call"})"
        ));
    };
    CHECK_THAT(click("form"), ContainsSubstring("404") && ContainsSubstring("no exchange"));
    suite.sql("INSERT INTO pbx_servers (id, enterprise_number) VALUES ('minsk', '0367')");
    for (const auto* format : {"form", "json", "query"}) {
        INFO(format);
        CHECK_THAT(click(format), ContainsSubstring("200") && ContainsSubstring("being placed"));
    }
    const auto requests = gateway.requests("POST", "/pbx/minsk/calls");
    REQUIRE(requests.size() == 3);
    for (const auto& request : requests) {
        CHECK_THAT(
            request.body,
            ContainsSubstring(R"("from":"151","to":"+375296254070")") &&
                ContainsSubstring(R"("requested_by":"uon:12")")
        );
    }
    CHECK_THAT(
        e2e::http("GET", hook_of(suite, "click-to-call") + "?phone=375296254070&user_id=11").body,
        ContainsSubstring("being placed")
    );
    CHECK_THAT(gateway.requests().back().body, ContainsSubstring(R"("from":"150")"));

    gateway.fail_always(testing::Fault::answer_status(503));
    CHECK_THAT(click("form"), ContainsSubstring("503") && ContainsSubstring("pbx-gateway"));
    const auto no_manager =
        e2e::http("GET", hook_of(suite, "click-to-call") + "?phone=375296254070");
    CHECK(no_manager.status == 422);
    CHECK_THAT(no_manager.body, ContainsSubstring("does not say who clicked"));
    CHECK(e2e::http("GET", suite.url("uon") + "/uon/hooks/guessed/event?type_id=3").status == 404);

    const auto key = suite.sql("SELECT hook_key FROM enterprises WHERE number = '0367'");
    const auto logged = office.logged();
    CHECK_THAT(logged, ContainsSubstring("could not be placed"));
    CHECK(logged.find(key) == std::string::npos);
}

TEST_CASE("a client who is new in U-ON has a name at once", "[e2e][uon]") {
    e2e::UonOffice office;
    auto& suite = office.suite();
    office.start({{"PUBLIC_URL", "https://calls.example"}});
    const auto register_url = suite.url("uon") + "/internal/uon/register-hooks/0367";
    CHECK(
        e2e::http("POST", register_url).body ==
        R"({"status":"ok","registered":["47","3","4","5","60","61","67"],"present":[]})"
    );
    CHECK_THAT(e2e::http("POST", register_url).body, ContainsSubstring(R"("registered":[])"));
    const auto cabinet = e2e::http("GET", suite.url("sandbox") + "/sandbox/uon").json();
    const auto webhooks = *cabinet.root().find("accounts")->find("0367")->find("webhooks");
    REQUIRE(webhooks.size() == 7);
    CHECK(
        webhooks[0].find("url")->string() ==
        "https://calls.example/uon/hooks/" +
            suite.sql("SELECT hook_key FROM enterprises WHERE number = '0367'") + "/event"
    );

    const auto name = suite.url("integration-cache") + "/customer-name/0367/375330000001";
    CHECK(e2e::http("GET", name).body == R"({"name":null})");
    testing::Command create;
    create.argv = {
        "curl",
        "-sS",
        "-d",
        "u_type=1&u_surname=Новая&u_name=Клиентка&u_phone=%2B375330000001",
        suite.url("sandbox") + "/uon/sandboxuonkey0367/user/create.json"
    };
    CHECK_THAT(testing::run_command(create).output, ContainsSubstring(R"("result":200)"));
    CHECK(e2e::http("GET", name).body == R"({"name":null})");
    const auto told = first_answer(play(
        suite,
        R"("type_id":3,"format":"json","fields":{"client_id":"9008"},"url":")" +
            hook_of(suite, "event") + "\""
    ));
    CHECK_THAT(told, ContainsSubstring("200"));
    CHECK(e2e::http("GET", name).body == R"({"name":"Новая Клиентка"})");
    CHECK_THAT(
        first_answer(play(
            suite,
            R"("type_id":44,"fields":{"phone":"375330000001"},"url":")" + hook_of(suite, "event") +
                "\""
        )),
        ContainsSubstring("nothing to do")
    );
}
