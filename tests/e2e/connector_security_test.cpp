// What is common to the security of all connectors: who may ask them, where they may be sent, what
// becomes of secrets, and that enterprises do not see each other.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <sstream>

#include "connectors.hpp"
#include "suite.hpp"
#include "testing/catch.hpp"
#include "testing/neighbour.hpp"

using namespace trunkline;
using namespace std::chrono_literals;

namespace {

using HeaderList = std::vector<std::string>;

int status_of(
    const std::string& method,
    const std::string& url,
    const HeaderList& headers,
    const std::string& body
) {
    testing::Command command;
    command.argv = {
        "curl",
        "-sS",
        "--max-time",
        "30",
        "-o",
        "/dev/null",
        "-w",
        "%{http_code}",
        "-X",
        method,
        url
    };
    for (const auto& header : headers) {
        command.argv.insert(command.argv.end(), {"-H", header});
    }
    if (method == "POST") {
        command.argv.insert(command.argv.end(), {"--data-binary", body});
    }
    const auto outcome = testing::run_command(command);
    INFO(url << " " << outcome.output);
    REQUIRE(outcome.status == 0);
    return std::stoi(outcome.output);
}

std::string upper(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](unsigned char c) {
        return static_cast<char>(std::toupper(c));
    });
    return out;
}

/// `/internal/x/customer/{ent}/{phone}` with something in each place.
std::string filled(std::string path) {
    for (auto open = path.find('{'); open != std::string::npos; open = path.find('{')) {
        const auto close = path.find('}', open);
        const bool is_enterprise = path.substr(open, close - open) == "{ent";
        path.replace(open, close - open + 1, is_enterprise ? "0367" : "375296254070");
    }
    return path;
}

void set_section(
    const e2e::Suite& suite,
    const std::string& enterprise,
    const std::string& key,
    const std::string& section
) {
    suite.sql(
        "UPDATE enterprises SET updated_at = now(), integrations_config = integrations_config || "
        "jsonb_build_object('" +
        key + "', '" + section + "'::jsonb) WHERE number = '" + enterprise + "'"
    );
}

void add_enterprise(const e2e::Suite& suite, const std::string& number, const std::string& token) {
    suite.sql(
        "INSERT INTO enterprises (number, name, name2) VALUES ('" + number + "', 'of " + number +
        "', '" + token +
        "');"
        "INSERT INTO managers (enterprise_number, extension, full_name) VALUES ('" +
        number +
        "', '151', 'Чужой Человек');"
        "INSERT INTO lines (enterprise_number, line_id, name, number) VALUES ('" +
        number + "', '0001363', 'one', '+375170000" + number.substr(1) + "')"
    );
}

void send_call(
    const e2e::Suite& suite, const std::string& unique_id, const std::string& token = "375293332255"
) {
    const std::string demo = "375293332255";
    for (auto event : e2e::inbound_answered(unique_id)) {
        event.body.replace(event.body.find(demo), demo.size(), token);
        suite.send(event.name, event.body);
    }
}

testing::Outcome trunkctl(const e2e::Suite& suite, const std::vector<std::string>& arguments) {
    auto command = suite.command("trunkctl");
    command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
    return testing::run_command(command);
}

e2e::HttpAnswer test_connection(
    const e2e::Suite& suite, const e2e::Crm& crm, const std::string& enterprise
) {
    return e2e::http(
        "POST",
        suite.url(crm.service) + "/internal/" + crm.service + "/test-connection/" + enterprise
    );
}

std::string detail_of(const e2e::HttpAnswer& answer) {
    const auto document = answer.json();
    const auto detail = document.root().find("detail");
    return detail ? std::string(detail->string().value_or("")) : std::string();
}

/// Everything that somebody could read afterwards: logs, tables, figures and answers.
class Traces {
public:
    explicit Traces(const e2e::Suite& suite, const std::vector<e2e::Crm>& crms) : suite_(suite) {
        for (const auto& file : std::filesystem::recursive_directory_iterator(suite.logs())) {
            if (file.is_regular_file()) {
                std::stringstream text;
                text << std::ifstream(file.path()).rdbuf();
                add(file.path().filename().string(), text.str());
            }
        }
        for (const auto* table :
             {"integration_logs",
              "crm_effects",
              "crm_call_notes",
              "dead_letters",
              "outbox",
              "call_events",
              "rejected_events",
              "customers"}) {
            const std::string name(table);
            add(name, suite.sql("SELECT string_agg(t::text, ' ') FROM " + name + " t"));
        }
        for (const auto* service : {"ingest", "integration-cache"}) {
            add_pages(service);
        }
        for (const auto& crm : crms) {
            add_pages(crm.service);
        }
    }

    void add(const std::string& name, const std::string& text) { traces_.emplace_back(name, text); }
    void add(const std::string& name, const e2e::HttpAnswer& answer) { add(name, answer.body); }

    /// Where the text stands; empty if nowhere.
    std::vector<std::string> places_of(const std::string& text) const {
        std::vector<std::string> out;
        for (const auto& [name, trace] : traces_) {
            if (const auto at = trace.find(text); at != std::string::npos) {
                out.push_back(name + ": " + trace.substr(at < 80 ? 0 : at - 80, text.size() + 160));
            }
        }
        return out;
    }

private:
    void add_pages(const std::string& service) {
        for (const auto* page : {"/metrics", "/ready", "/version"}) {
            add(service + page, e2e::http("GET", suite_.url(service) + page));
        }
    }

    const e2e::Suite& suite_;
    std::vector<std::pair<std::string, std::string>> traces_;
};

}  // namespace

TEST_CASE("strangers get nothing below /internal/ of any connector", "[e2e][security]") {
    e2e::Suite suite;
    const auto crms = e2e::connectors(suite);
    REQUIRE_FALSE(crms.empty());
    for (const auto& crm : crms) {
        auto settings = crm.settings;
        settings["TRUSTED_PROXIES"] = "127.0.0.1";
        settings["INTERNAL_TOKEN"] = "the-suites-own-token";
        suite.start(crm.service, settings);
        const auto base = suite.url(crm.service);
        const auto api = e2e::http("GET", base + "/openapi.json").json();
        std::size_t closed = 0;
        for (const auto [path, item] : api.root().find("paths")->members()) {
            if (!path.starts_with("/internal/")) {
                continue;
            }
            for (const auto [method, operation] : item.members()) {
                const auto url = base + filled(std::string(path));
                const auto ask = [&](const HeaderList& headers) {
                    HeaderList all{"X-Forwarded-For: 203.0.113.9"};
                    all.insert(all.end(), headers.begin(), headers.end());
                    return status_of(upper(method), url, all, "{}");
                };
                INFO(method << " " << url);
                CHECK(ask({}) == 403);
                CHECK(ask({"Authorization: Bearer wrong"}) == 403);
                CHECK(ask({"X-Real-IP: 127.0.0.1", "Forwarded: for=127.0.0.1"}) == 403);
                const auto let_in = ask({"Authorization: Bearer the-suites-own-token"});
                CHECK(let_in != 401);
                CHECK(let_in != 403);
                ++closed;
            }
        }
        CHECK(closed >= 5);
    }
}

TEST_CASE("the hooks that trunkctl names are there, for who has the key", "[e2e][security]") {
    e2e::Suite suite;
    std::size_t open = 0;
    for (const auto& crm : e2e::connectors(suite)) {
        const auto members = crm.members(suite.url("sandbox"), "0367");
        set_section(suite, "0367", crm.key, e2e::plain_section(members));
        suite.start(crm.service, crm.settings);
        auto command = suite.command("trunkctl");
        command.environment["PUBLIC_URL"] = suite.url(crm.service) + "/";
        for (const auto* argument : {"--json", "enterprise", "hooks", "0367"}) {
            command.argv.emplace_back(argument);
        }
        const auto outcome = testing::run_command(command);
        INFO(outcome.output);
        REQUIRE(outcome.status == 0);
        const auto document = json::parse(outcome.output);
        REQUIRE(document);
        for (const auto hook : document->root().find("hooks")->elements()) {
            const auto url = std::string(hook.find("url")->string().value_or(""));
            if (hook.find("integration")->string() != crm.key) {
                continue;
            }
            INFO(url);
            CHECK(status_of("POST", url, {}, "") != 404);
            const auto key = url.find("/hooks/") + 7;
            auto foreign = url;
            foreign.replace(key, url.find('/', key) - key, std::string(64, '0'));
            CHECK(status_of("POST", foreign, {}, "") == 404);
            ++open;
        }
    }
    CHECK(open == 6);
}

TEST_CASE("a tenant's address leads nowhere inside", "[e2e][security]") {
    testing::HttpNeighbour inside;
    e2e::Suite suite;
    const auto port = std::to_string(inside.port());
    // What each is, and what is said of it.
    const std::vector<std::pair<std::string, std::string>> addresses{
        {"https://10.0.0.1", "private"},
        {"https://192.168.1.1:8443", "private"},
        {"https://169.254.169.254", "private"},
        {"https://[::1]:" + port, "private"},
        {"https://[::ffff:127.0.0.1]:" + port, "private"},
        {"https://localhost:" + port, "private"},
        {"https://127.0.0.1:" + port, "private"},
        {"http://localhost:" + port, "http"},
        {"http://127.0.0.1:" + port, "http"},
        {"http://crm.example.com", "http"},
    };
    auto crms = e2e::connectors(suite);
    std::erase_if(crms, [](const e2e::Crm& crm) { return crm.address.empty(); });
    REQUIRE_FALSE(crms.empty());
    int enterprise = 1000;
    std::vector<std::pair<const e2e::Crm*, std::string>> sent;
    suite.start("sandbox");
    for (const auto& crm : crms) {
        for (const auto& [address, reason] : addresses) {
            const auto number = std::to_string(++enterprise);
            add_enterprise(suite, number, "37544000" + number);
            auto members = crm.members(address, number);
            set_section(suite, number, crm.key, e2e::plain_section(members));
            sent.emplace_back(&crm, number);
        }
    }
    e2e::start_connectors(suite, crms, {{"ALLOW_LOOPBACK_UPSTREAMS", "0"}});
    for (std::size_t each = 0; each < sent.size(); ++each) {
        const auto& [crm, number] = sent[each];
        const auto& [address, reason] = addresses[each % addresses.size()];
        INFO(crm->service << " " << address);
        const auto said = test_connection(suite, *crm, number);
        CHECK(said.status == 200);
        CHECK(said.json().root().find("ok")->boolean() == false);
        CHECK_THAT(detail_of(said), ContainsSubstring(reason));
        send_call(suite, "1768468100." + number, "37544000" + number);
    }
    testing::wait_until(
        [&] {
            return suite.sql(
                       "SELECT count(DISTINCT enterprise_number) FROM dead_letters WHERE "
                       "reason LIKE '%ALLOWED_UPSTREAM_HOSTS%'"
                   ) == std::to_string(sent.size());
        },
        60s,
        "each is a dead letter that says how to mend it"
    );
    CHECK(inside.connections() == 0);
}

TEST_CASE("a CRM that redirects leads nowhere", "[e2e][security]") {
    testing::HttpNeighbour inside;
    testing::HttpNeighbour crm_host;
    // 127.0.0.1 is where tests may lead; a name for it is as private as ever.
    const auto target = "https://localhost:" + std::to_string(inside.port()) + "/latest/meta-data";
    for (const auto* method : {"GET", "POST"}) {
        crm_host.answer(
            method, "/*", {.status = 307, .headers = {{"Location", target}}, .body = ""}
        );
    }
    e2e::Suite suite;
    auto crms = e2e::connectors(suite);
    std::erase_if(crms, [](const e2e::Crm& crm) { return crm.address.empty(); });
    for (const auto& crm : crms) {
        set_section(
            suite, "0367", crm.key, e2e::plain_section(crm.members(crm_host.url(), "0367"))
        );
    }
    e2e::start_connectors(suite, crms);
    for (const auto& crm : crms) {
        INFO(crm.service);
        const auto said = test_connection(suite, crm, "0367");
        CHECK(said.json().root().find("ok")->boolean() == false);
        CHECK_FALSE(detail_of(said).empty());
    }
    send_call(suite, "1768468101.1");
    testing::wait_until(
        [&] {
            return suite.sql(
                       "SELECT count(DISTINCT target) FROM dead_letters WHERE enterprise_number = "
                       "'0367'"
                   ) == std::to_string(crms.size());
        },
        60s,
        "each is a dead letter"
    );
    CHECK_FALSE(crm_host.requests().empty());
    CHECK(inside.connections() == 0);
}

TEST_CASE("no secret of a CRM shows anywhere, whatever goes wrong", "[e2e][security]") {
    e2e::Suite suite;
    const auto crms = e2e::connectors(suite);
    suite.start("sandbox");
    // One enterprise with sealed secrets, one whose secrets lie in the table as they are.
    const std::string plain = "1001";
    const std::string plain_token = "375440001001";
    add_enterprise(suite, plain, plain_token);
    std::vector<std::string> secrets;
    for (const auto& crm : crms) {
        const auto of_demo = crm.members(suite.url("sandbox"), "0367");
        std::vector<std::string> set{"enterprise", "set-integration", "0367", crm.key};
        for (const auto& [name, value] : of_demo) {
            // Of a portal trunkctl takes names alone; where this one lives stands behind it below.
            set.push_back(name + "=" + (name == "domain" ? "portal.example.com" : value));
        }
        const auto outcome = trunkctl(suite, set);
        INFO(outcome.output);
        REQUIRE(outcome.status == 0);
        for (const auto& [name, value] : of_demo) {
            if (name == "domain") {
                suite.sql(
                    "UPDATE enterprises SET integrations_config = jsonb_set(integrations_config, "
                    "'{" +
                    crm.key + ",domain}', '\"" + value + "\"') WHERE number = '0367'"
                );
            }
        }
        const auto of_plain = crm.members(suite.url("sandbox"), plain);
        set_section(suite, plain, crm.key, e2e::plain_section(of_plain));
        for (const auto* members : {&of_demo, &of_plain}) {
            const auto some = e2e::secrets_of(*members);
            secrets.insert(secrets.end(), some.begin(), some.end());
        }
    }
    e2e::start_connectors(suite, crms);
    send_call(suite, "1768468102.1");
    send_call(suite, "1768468102.1", plain_token);
    suite.wait_until_idle();

    // Failures of every kind; a CRM may even say the key itself.
    const auto echo_of = [&](const e2e::Crm& crm) {
        std::string echo = R"({\"success\":false,\"errorMsg\":\"wrong: )";
        for (const auto& number : {std::string("0367"), plain}) {
            for (const auto& secret : e2e::secrets_of(crm.members(suite.url("sandbox"), number))) {
                echo += secret + " ";
            }
        }
        return echo + R"(\"})";
    };
    const std::vector<std::string> faults{
        R"("kind":"status","status":500,"times":2,"body":"ECHO")",
        R"("kind":"status","status":503,"times":1,"body":"ECHO")",
        R"("kind":"garbage","times":1)",
        R"("kind":"reset","times":1)",
        R"("kind":"status","status":400,"times":4,"body":"ECHO")",
        R"("kind":"status","status":403,"times":4,"body":"ECHO")",
    };
    for (std::size_t each = 0; each < faults.size(); ++each) {
        for (const auto& crm : crms) {
            auto fault = R"({"api":")" + crm.service + "\"," + faults[each] + "}";
            if (const auto at = fault.find("ECHO"); at != std::string::npos) {
                fault.replace(at, 4, echo_of(crm));
            }
            suite.fault(fault);
        }
        const auto id = "1768468103." + std::to_string(each);
        send_call(suite, id);
        send_call(suite, id, plain_token);
        suite.wait_until_idle();
    }

    // Answers while the CRM refuses, and while the secrets cannot even be opened.
    std::vector<std::pair<std::string, std::string>> answers;
    const auto ask_all = [&](const std::string& enterprise) {
        for (const auto& crm : crms) {
            const auto base = suite.url(crm.service) + "/internal/" + crm.service;
            for (const auto& path :
                 {"/customer/" + enterprise + "/375296254070",
                  "/responsible/" + enterprise + "/375296254070",
                  "/managers/" + enterprise}) {
                answers.emplace_back(path, e2e::http("GET", base + path).body);
            }
            answers.emplace_back("test", test_connection(suite, crm, enterprise).body);
            const auto test =
                trunkctl(suite, {"enterprise", "test-integration", enterprise, crm.key});
            answers.emplace_back("test by hand", test.output);
        }
    };
    for (const auto& crm : crms) {
        suite.fault(
            R"({"api":")" + crm.service + R"(","kind":"status","status":403,"times":40,"body":")" +
            echo_of(crm) + "\"}"
        );
    }
    for (const auto& enterprise : {std::string("0367"), plain}) {
        ask_all(enterprise);
        for (const auto* show : {"integrations", "show"}) {
            answers.emplace_back(show, trunkctl(suite, {"enterprise", show, enterprise}).output);
        }
        answers.emplace_back(
            "dead letters",
            e2e::http("GET", suite.url("ingest") + "/dead-letters?enterprise=" + enterprise).body
        );
    }
    answers.emplace_back("explain", trunkctl(suite, {"explain", "1768468103.5"}).output);
    for (const auto& crm : crms) {
        suite.kill(crm.service);
        auto settings = crm.settings;
        settings["SECRETS_KEY"] = "HxwdHBsaGRgXFhUUExIREA8ODQwLCgkIBwYFBAMCAQA=";
        suite.start(crm.service, settings);
    }
    ask_all("0367");
    send_call(suite, "1768468104.1");
    suite.wait_until_idle();

    Traces traces(suite, crms);
    for (const auto& [name, text] : answers) {
        traces.add(name, text);
    }
    CHECK(secrets.size() >= 2 * crms.size());
    for (const auto& secret : secrets) {
        INFO(secret);
        CHECK(traces.places_of(secret) == std::vector<std::string>{});
    }
    // The traces are not simply empty.
    CHECK_FALSE(traces.places_of("1768468103.5").empty());
    CHECK(suite.sql("SELECT count(*) > 0 FROM dead_letters") == "t");
}

TEST_CASE("two enterprises with one caller do not meet in any CRM", "[e2e][security]") {
    e2e::Suite suite;
    const auto crms = e2e::connectors(suite);
    suite.start("sandbox");
    const std::string other = "1001";
    const std::string other_token = "375440001001";
    add_enterprise(suite, other, other_token);
    for (const auto& crm : crms) {
        for (const auto& number : {std::string("0367"), other}) {
            const auto members = crm.members(suite.url("sandbox"), number);
            set_section(suite, number, crm.key, e2e::plain_section(members));
        }
    }
    e2e::start_connectors(suite, crms);
    for (int call = 0; call < 3; ++call) {
        const auto id = "1768468105." + std::to_string(call);
        send_call(suite, id);
        send_call(suite, id, other_token);
    }
    suite.wait_until_idle();
    // What tells them apart: their own numbers and their call's own ids.
    const auto uuids_of = [&](const std::string& number) {
        return suite.sql(
            "SELECT string_agg(uuid::text, ' ') FROM calls WHERE enterprise_number = '" + number +
            "'"
        );
    };
    const std::vector<std::string> marks_of_demo{"375173880000", "Сидоров"};
    const std::vector<std::string> marks_of_other{"375170000001", "Чужой"};
    CHECK(uuids_of("0367") != uuids_of(other));
    for (const auto& crm : crms) {
        INFO(crm.service);
        const auto document =
            e2e::http("GET", suite.url("sandbox") + "/sandbox/requests?api=" + crm.service).json();
        int ours = 0;
        int theirs = 0;
        for (const auto item : document.root().find("items")->elements()) {
            const auto account = item.find("account")->string().value_or("");
            const auto text = item.find("parameters")->dump();
            const bool is_ours = account == "0367";
            REQUIRE((is_ours || account == other));
            ++(is_ours ? ours : theirs);
            for (const auto& foreign : is_ours ? marks_of_other : marks_of_demo) {
                CHECK(text.find(foreign) == std::string::npos);
            }
        }
        CHECK(ours >= 3);
        CHECK(theirs >= 3);
    }
    CHECK(
        suite.sql("SELECT count(*) FROM integration_logs a JOIN calls c ON c.uuid = a.call_uuid "
                  "WHERE a.enterprise_number <> c.enterprise_number") == "0"
    );
}
