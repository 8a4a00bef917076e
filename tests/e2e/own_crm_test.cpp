// An enterprise without a CRM: names and history come from its own contacts.
#include <chrono>

#include "suite.hpp"
#include "testing/catch.hpp"
#include "testing/eventually.hpp"

using namespace trunkline;
using namespace std::chrono_literals;

namespace {

constexpr auto demo_token = "375293332255";
constexpr auto admin_token = "sesame";
const e2e::Suite::Environment admin{{"ADMIN_TOKEN", admin_token}};

void set_own_alone(const e2e::Suite& suite) {
    suite.sql(
        "UPDATE enterprises SET integrations_config = "
        "'{\"smart\":{\"primary\":\"own\"},\"own\":{\"enabled\":true}}'"
    );
}

/// trunkctl by a shell, so that it can be given standard input.
testing::Outcome trunkctl(
    const e2e::Suite& suite, const std::string& arguments, const std::string& input = {}
) {
    auto command = suite.command("trunkctl", admin);
    command.argv = {
        "bash",
        "-c",
        "printf '%b' \"$1\" | \"$2\" " + arguments,
        "bash",
        input,
        command.argv.front()
    };
    return testing::run_command(command);
}

/// A request to 8020 with ADMIN_TOKEN.
e2e::HttpAnswer own(
    const e2e::Suite& suite,
    const std::string& method,
    const std::string& path,
    const std::string& body = {}
) {
    testing::Command command;
    command.argv = {
        "curl",
        "-sS",
        "--max-time",
        "20",
        "-w",
        "\n%{http_code}",
        "-X",
        method,
        "-H",
        std::string("Authorization: Bearer ") + admin_token,
        suite.url("integration-cache") + "/own/" + path
    };
    if (!body.empty()) {
        command.argv.insert(command.argv.end(), {"--data-binary", body});
    }
    const auto outcome = testing::run_command(command);
    const auto newline = outcome.output.rfind('\n');
    REQUIRE(newline != std::string::npos);
    return {std::stoi(outcome.output.substr(newline + 1)), outcome.output.substr(0, newline)};
}

std::string name_of(const e2e::Suite& suite, const std::string& enterprise = "0367") {
    return e2e::http(
               "GET",
               suite.url("integration-cache") + "/customer-name/" + enterprise + "/375296254070"
    )
        .body;
}

std::string update_of(const std::string& uuid) {
    return R"({"token":")" + std::string(demo_token) +
           R"(","uniqueId":"1759310248.0","event_type":"update","raw":{},"call":{"uuid":")" + uuid +
           R"(","direction":"in","phone":"+375296254070","line":"0001363","rang":["151"],)"
           R"("talkers":["151","152"],"started_at":"2026-01-15T09:00:00Z",)"
           R"("answered_at":"2026-01-15T09:00:08Z","ended_at":"2026-01-15T09:01:30Z",)"
           R"("talk_s":77,"wait_s":8,"answered":true,"record_url":"https://x.by/r","corrected":true,)"
           R"("unique_id":"1759310248.0","phase":"done","revision":99}})";
}

}  // namespace

TEST_CASE("an enterprise with its own contacts alone gets names and history", "[e2e][own]") {
    e2e::Suite suite;
    set_own_alone(suite);
    suite.start("sandbox");
    suite.start("integration-cache", admin);
    suite.start("telegram-notifier");
    suite.start("ingest");
    const auto added = trunkctl(
        suite,
        "--json contact add june --id p1 --name 'Петров Иван' --company 'ООО Ромашка' --phone '8 "
        "(029) 625-40-70' --responsible 150"
    );
    INFO(added.output);
    REQUIRE(added.status == 0);
    CHECK_THAT(added.output, ContainsSubstring(R"("phones":["+375296254070"])"));
    CHECK(name_of(suite) == R"({"name":"Петров Иван"})");
    CHECK(
        e2e::http("GET", suite.url("integration-cache") + "/customer-profile/june/%2B375296254070")
            .body ==
        R"({"last_name":"Петров","first_name":"Иван","middle_name":null,"full_name":"Петров Иван",)"
        R"("company":"ООО Ромашка","responsible_extension":"150","source":"own"})"
    );

    const std::string unique_id = "1759310248.0";
    for (const auto& event : e2e::inbound_answered(unique_id)) {
        suite.send(event.name, event.body);
    }
    suite.wait_for_text("✅");
    suite.wait_until_idle();
    CHECK_THAT(suite.history().back(), ContainsSubstring("(Петров Иван)"));
    const auto calls = own(suite, "GET", "0367/contacts/p1/calls").json();
    REQUIRE(calls.root().find("items")->size() == 1);
    const auto call = (*calls.root().find("items"))[0];
    CHECK(call.find("extension")->string() == "151");
    CHECK(call.find("contact")->string() == "Петров Иван");
    CHECK(
        suite.sql("SELECT string_agg(event_type || ' ' || status, ',' ORDER BY id) FROM "
                  "integration_logs WHERE integration = 'own' AND request LIKE 'own_calls %'"
        ) == "hangup done"
    );

    // A correction comes, and comes again; 8020 is killed in between.
    const std::string uuid(*call.find("uuid")->string());
    const auto dispatch = suite.url("integration-cache") + "/dispatch/call-event";
    const auto taken = e2e::http("POST", dispatch, update_of(uuid));
    CHECK(taken.status == 202);
    CHECK_THAT(taken.body, ContainsSubstring(R"("targets":["own"])"));
    suite.kill("integration-cache");
    suite.start("integration-cache", admin);
    CHECK(e2e::http("POST", dispatch, update_of(uuid)).status == 200);
    suite.wait_until_idle();
    CHECK(
        suite.sql("SELECT count(*) || ' ' || max(talk_s) || ' ' || max(extension) || ' ' || "
                  "max(record_url) FROM own_calls") == "1 77 152 https://x.by/r"
    );
    CHECK_THAT(trunkctl(suite, "contact show june p1").output, ContainsSubstring("77 s"));

    // A new name is seen at once.
    CHECK(own(suite, "PATCH", "0367/contacts/p1", R"({"name":"Иванова Анна"})").status == 200);
    testing::wait_until(
        [&] { return name_of(suite) == R"({"name":"Иванова Анна"})"; }, 2s, "the new name is known"
    );
    CHECK(own(suite, "DELETE", "0367/contacts/p1").status == 204);
    testing::wait_until(
        [&] { return name_of(suite) == R"({"name":null})"; }, 2s, "the name is forgotten"
    );
    CHECK(
        own(suite, "GET", "0367/calls?phone=80296254070").json().root().find("items")->size() == 1
    );
}

TEST_CASE("own contacts are of one enterprise, and wrong ones are told", "[e2e][own]") {
    e2e::Suite suite;
    set_own_alone(suite);
    suite.sql(
        "INSERT INTO enterprises (number, name, name2, integrations_config) VALUES ('0368', "
        "'july', "
        "'375290000000', '{\"own\":{\"enabled\":true}}')"
    );
    suite.start("integration-cache", admin);
    const auto petrov = R"({"name":"Петров","phones":["+375296254070"]})";
    const auto other = R"({"name":"Сидоров","phones":["80296254070"]})";
    CHECK(own(suite, "PUT", "june/contacts/1", petrov).status == 201);
    CHECK(own(suite, "PUT", "0367/contacts/1", petrov).status == 200);
    testing::wait_until(
        [&] { return own(suite, "PUT", "0368/contacts/1", other).status / 100 == 2; },
        5s,
        "8020 knows the second enterprise"
    );
    CHECK(name_of(suite) == R"({"name":"Петров"})");
    CHECK(name_of(suite, "0368") == R"({"name":"Сидоров"})");
    CHECK(own(suite, "DELETE", "0368/contacts/1").status == 204);
    CHECK(own(suite, "GET", "0367/contacts/1").status == 200);
    CHECK(own(suite, "GET", "0368/contacts/1").status == 404);
    CHECK(own(suite, "GET", "0369/contacts").body == R"({"detail":"Enterprise not found"})");

    const auto taken = own(suite, "POST", "0367/contacts", petrov);
    CHECK(taken.status == 409);
    CHECK_THAT(taken.body, ContainsSubstring("belongs to the contact 1"));
    const auto wrong = own(suite, "POST", "0367/contacts", R"({"email":"x","phones":["151"]})");
    CHECK(wrong.status == 422);
    CHECK_THAT(wrong.body, ContainsSubstring(R"("path":"/phones")"));
    CHECK_THAT(wrong.body, ContainsSubstring(R"("path":"/email")"));
    CHECK(own(suite, "POST", "0367/contacts", "{").status == 400);
    CHECK(own(suite, "PATCH", "0367/contacts/none", "{}").status == 404);
    CHECK(own(suite, "GET", "0367/contacts?limit=0").status == 422);
    CHECK(own(suite, "GET", "0367/contacts?cursor=x").status == 422);
    CHECK(e2e::http("GET", suite.url("integration-cache") + "/own/0367/contacts").status == 401);
}

TEST_CASE("contacts are imported from CSV, wholly or not at all", "[e2e][own]") {
    e2e::Suite suite;
    set_own_alone(suite);
    suite.start("integration-cache", admin);
    const std::string file =
        "ФИО;Компания;Телефон;Ответственный\\r\\nПетров Иван;ООО Ромашка;80296254070;150\\r\\n;ооо "
        "ромашка;+375173880001;\\r\\n";
    const auto tried = trunkctl(suite, "--json contact import june - --dry-run", file);
    INFO(tried.output);
    CHECK(tried.status == 0);
    CHECK_THAT(tried.output, ContainsSubstring(R"("status":"checked","created":2)"));
    CHECK(suite.sql("SELECT count(*) FROM own_contacts") == "0");
    const auto done = trunkctl(suite, "--json contact import june -", file);
    CHECK(done.status == 0);
    CHECK_THAT(done.output, ContainsSubstring(R"("companies_created":1)"));
    CHECK(name_of(suite) == R"({"name":"Петров Иван"})");
    const auto again = trunkctl(suite, "--json contact import june -", file);
    CHECK_THAT(again.output, ContainsSubstring(R"("created":0,"updated":0,"unchanged":2)"));
    const auto bad =
        trunkctl(suite, "contact import june -", "name,phone\\nX,151\\nY,+375296254071\\nZ,\\n");
    CHECK(bad.status == 1);
    CHECK_THAT(bad.output, ContainsSubstring("line 2: phone: \"151\" is no outside number"));
    CHECK_THAT(bad.output, ContainsSubstring("line 4: phone is empty"));
    CHECK(suite.sql("SELECT count(*) FROM own_contacts") == "2");
    CHECK(
        trunkctl(
            suite, "contact import june - --skip-bad", "name,phone\\nX,151\\nY,+375296254071\\n"
        )
            .status == 0
    );
    const auto listed = trunkctl(suite, "contact list june --search РОМАШКА");
    CHECK_THAT(listed.output, ContainsSubstring("contacts: 2"));
    CHECK_THAT(
        trunkctl(suite, "contact list june --phone 375296254071").output, ContainsSubstring("Y")
    );
    CHECK(trunkctl(suite, "company add june --id r --name Лютик --responsible 151").status == 0);
    CHECK_THAT(trunkctl(suite, "company list june").output, ContainsSubstring("companies: 2"));
    CHECK(trunkctl(suite, "company remove june r").status == 0);
    CHECK(trunkctl(suite, "company remove june r").status == 1);
    CHECK(trunkctl(suite, "contact add june --name Nobody --phone 12").status == 2);
}
