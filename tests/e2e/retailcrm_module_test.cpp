// RetailCRM's telephony module: registered by trunkctl, then RetailCRM calls us.
#include <fstream>
#include <sstream>

#include "proto.hpp"
#include "suite.hpp"
#include "testing/catch.hpp"
#include "testing/neighbour.hpp"

using namespace trunkline;
using namespace std::chrono_literals;

namespace {

testing::Outcome trunkctl(const e2e::Suite& suite, const std::vector<std::string>& arguments) {
    auto command = suite.command("trunkctl");
    command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
    return testing::run_command(command);
}

/// RetailCRM does `what`; the status that we answered, and our words.
std::pair<std::int64_t, std::string> play(
    const e2e::Suite& suite, const std::string& what, const std::string& body
) {
    const auto answer =
        e2e::http("POST", suite.url("sandbox") + "/sandbox/retailcrm/" + what, body);
    INFO(answer.body);
    REQUIRE(answer.status == 200);
    const auto root = answer.json();
    return {
        *root.root().find("status")->integer(), std::string(*root.root().find("answer")->string())
    };
}

/// All that the services have written.
std::string all_logs(const e2e::Suite& suite) {
    std::stringstream text;
    for (const auto& file : std::filesystem::recursive_directory_iterator(suite.logs())) {
        if (file.is_regular_file()) {
            text << std::ifstream(file.path()).rdbuf();
        }
    }
    return text.str();
}

struct Scene {
    explicit Scene(const std::string& gateway_url) {
        suite.start("sandbox");
        suite.start(
            "retailcrm", {{"PUBLIC_URL", suite.url("retailcrm")}, {"PBX_GATEWAY_URL", gateway_url}}
        );
    }
    std::string register_it() const {
        const auto outcome =
            trunkctl(suite, {"enterprise", "register-telephony", "0367", "retailcrm"});
        INFO(outcome.output);
        REQUIRE(outcome.status == 0);
        return outcome.output;
    }

    e2e::Suite suite;
};

}  // namespace

TEST_CASE("a module is registered with the managers' extensions", "[e2e][retailcrm]") {
    const Scene scene("");
    const auto& suite = scene.suite;
    const auto said = scene.register_it();
    CHECK_THAT(
        said,
        ContainsSubstring("27 -> 150") && ContainsSubstring("28 -> 151") &&
            ContainsSubstring("29 -> 152") && ContainsSubstring("+375173880000") &&
            ContainsSubstring("31 Администратор")
    );
    const auto crm = suite.retailcrm();
    const auto modules = *crm.root().find("accounts")->find("0367")->find("modules");
    const auto module = *modules.find("trunkline-0367");
    const auto client_id = std::string(*module.find("clientId")->string());
    CHECK(client_id.size() == 48);
    CHECK(e2e::http("GET", std::string(*module.find("logo")->string())).status == 200);
    const auto stored =
        suite.sql("SELECT integrations_config->'retailcrm'->>'client_id' FROM enterprises");
    CHECK(stored.starts_with("enc:v1:"));
    const auto managers =
        e2e::http("GET", suite.url("retailcrm") + "/internal/retailcrm/managers/0367").body;
    CHECK_THAT(
        managers, ContainsSubstring(R"({"id":"28","name":"Сидоров Пётр","extension":"151"})")
    );

    // Again: the same key, and what is given by hand stays.
    const auto by_hand = trunkctl(
        suite, {"enterprise", "register-telephony", "0367", "retailcrm", "--code", "31=159"}
    );
    CHECK_THAT(by_hand.output, ContainsSubstring("31 -> 159"));
    CHECK_THAT(scene.register_it(), ContainsSubstring("31 -> 159"));
    const auto unknown = trunkctl(
        suite, {"enterprise", "register-telephony", "0367", "retailcrm", "--code", "77=160"}
    );
    CHECK_THAT(unknown.output, ContainsSubstring("unknown to the CRM): 77"));
    CHECK(
        suite.sql("SELECT integrations_config->'retailcrm'->>'client_id' FROM enterprises") ==
        stored
    );
    const auto hook_key = suite.sql("SELECT hook_key FROM enterprises");
    for (const auto& secret : {client_id, hook_key}) {
        CHECK(all_logs(suite).find(secret) == std::string::npos);
        CHECK(said.find(secret) == std::string::npos);
    }
    CHECK(trunkctl(suite, {"enterprise", "register-telephony", "0367", "uon"}).status == 2);
}

TEST_CASE("a click in RetailCRM becomes a call", "[e2e][retailcrm]") {
    testing::HttpNeighbour gateway;
    gateway.answer(
        "POST",
        "/pbx/7/calls",
        testing::NeighbourResponse::json(R"({"id":"abc","status":"queued"})", 202)
    );
    const Scene scene(gateway.url());
    const auto& suite = scene.suite;
    scene.register_it();
    const std::string click = R"("account":"0367","user_id":28,"phone":"+375 29 625-40-70")";
    // No exchange yet.
    const auto without = play(suite, "clicks", "{" + click + "}");
    CHECK(without.first == 409);
    CHECK_THAT(without.second, ContainsSubstring("no exchange"));
    suite.sql("INSERT INTO pbx_servers (id, enterprise_number) VALUES ('7', '0367')");

    CHECK(play(suite, "clicks", "{" + click + "}").first == 200);
    const auto by_form = play(
        suite, "clicks", "{" + click + R"(,"method":"POST","external_phone":"+375173880000"})"
    );
    CHECK(by_form.first == 200);
    const auto placed = gateway.requests();
    REQUIRE(placed.size() == 2);
    CHECK(
        placed[0].body ==
        R"({"enterprise_number":"0367","from":"151","to":"+375296254070","requested_by":"retailcrm:28"})"
    );
    CHECK_THAT(placed[1].body, ContainsSubstring(R"("caller_id":"+375173880000")"));
    const auto schema = e2e::schema_of("messages", "originate.schema.json");
    for (const auto& request : placed) {
        e2e::require_valid(schema, request.body);
    }

    // What is refused places nothing and says why.
    CHECK(play(suite, "clicks", "{" + click + R"(,"client_id":"wrong"})").first == 403);
    CHECK(play(suite, "clicks", "{" + click + R"(,"code":"Local/1@x"})").first == 422);
    const auto foreign =
        play(suite, "clicks", "{" + click + R"(,"external_phone":"+375170000000"})");
    CHECK(foreign.first == 422);
    CHECK_THAT(foreign.second, ContainsSubstring("externalPhone"));
    const auto hooks = suite.url("retailcrm") + "/retailcrm/hooks/";
    CHECK(e2e::http("GET", hooks + "nobody/click-to-call?clientId=x").status == 404);
    CHECK(gateway.requests().size() == 2);

    gateway.answer(
        "POST",
        "/pbx/7/calls",
        testing::NeighbourResponse::json(R"({"detail":"exchange not connected"})", 503)
    );
    const auto away = play(suite, "clicks", "{" + click + "}");
    CHECK(away.first == 503);
    CHECK_THAT(away.second, ContainsSubstring("exchange not connected"));
    gateway.refuse();
    CHECK(play(suite, "clicks", "{" + click + "}").first == 503);
    gateway.accept();
    suite.sql(
        "UPDATE enterprises SET integrations_config = jsonb_set(integrations_config, "
        "'{retailcrm,enabled}', 'false')"
    );
    testing::wait_until(
        [&] { return play(suite, "clicks", "{" + click + "}").first == 403; },
        20s,
        "it is switched off"
    );
}

TEST_CASE("users' statuses and the module's switch are kept", "[e2e][retailcrm]") {
    const Scene scene("");
    const auto& suite = scene.suite;
    scene.register_it();
    const std::string user = R"({"account":"0367","user_id":28,)";
    CHECK(play(suite, "statuses", user + R"("status":"busy"})").first == 200);
    CHECK(play(suite, "statuses", user + R"("status":"dinner","method":"POST"})").first == 200);
    CHECK(play(suite, "statuses", user + R"("status":"free","client_id":"wrong"})").first == 403);
    CHECK(
        suite.sql("SELECT string_agg(concat_ws(' ', enterprise_number, crm, user_id, extension, "
                  "status), ',') FROM agent_statuses") == "0367 retailcrm 28 151 dinner"
    );
    CHECK(play(suite, "activities", R"({"account":"0367","active":false})").first == 200);
    CHECK(
        suite.sql("SELECT request FROM integration_logs WHERE event_type = 'activity'") ==
        R"({"active":false,"freeze":false})"
    );
}

TEST_CASE(
    "a module that was switched off ends in a dead letter with its mend", "[e2e][retailcrm]"
) {
    Scene scene("");
    auto& suite = scene.suite;
    suite.start("integration-cache");
    suite.start("ingest");
    scene.register_it();
    play(suite, "activities", R"({"account":"0367","active":false})");
    for (const auto& event : e2e::inbound_answered("1768467900.1")) {
        suite.send(event.name, event.body);
    }
    testing::wait_until(
        [&] {
            return suite.sql(
                       "SELECT count(*) FROM dead_letters WHERE reason LIKE '%Telephony not "
                       "enabled%switch on the telephony module%'"
                   ) == "2";
        },
        40s,
        "the dial and the hangup are dead"
    );
    SUCCEED();
}

TEST_CASE("an account is tested by hand", "[e2e][retailcrm]") {
    const Scene scene("");
    const auto& suite = scene.suite;
    const std::vector<std::string> test{"enterprise", "test-integration", "0367", "retailcrm"};
    const auto good = trunkctl(suite, test);
    CHECK(good.status == 0);
    CHECK_THAT(good.output, ContainsSubstring("the key works"));
    const auto set = trunkctl(
        suite, {"enterprise", "set-integration", "0367", "retailcrm", "api_key=a-wrong-key-of-ours"}
    );
    REQUIRE(set.status == 0);
    testing::wait_until(
        [&] { return trunkctl(suite, test).status == 1; }, 20s, "the new key is known"
    );
    const auto bad = trunkctl(suite, test);
    CHECK_THAT(bad.output, ContainsSubstring("check api_key"));
    CHECK(bad.output.find("a-wrong-key-of-ours") == std::string::npos);
    const auto away = trunkctl(suite, {"enterprise", "test-integration", "0367", "own"});
    CHECK(away.status == 1);
}
