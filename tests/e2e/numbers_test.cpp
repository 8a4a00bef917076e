// Number identity through the whole suite: however an exchange writes a number, it is one customer.
#include "suite.hpp"
#include "testing/catch.hpp"

using namespace trunkline;

namespace {

testing::Outcome trunkctl(const e2e::Suite& suite, const std::vector<std::string>& arguments) {
    auto command = suite.command("trunkctl");
    command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
    return testing::run_command(command);
}

/// A call that nobody answers, told with two writings of its number.
void miss_call(
    const e2e::Suite& suite,
    const std::string& unique_id,
    const std::string& first,
    const std::string& last,
    const std::string& token = "375293332255",
    const std::string& line = "0001363"
) {
    const std::string common = R"({"Token":")" + token + R"(","UniqueId":")" + unique_id +
                               R"(","Trunk":")" + line + R"(","CallType":0,"Phone":")";
    suite.send("start", common + first + "\"}");
    suite.send("dial", common + last + R"(","Extensions":["151"]})");
    suite.send(
        "hangup",
        common + last +
            R"(","CallStatus":"0","Extensions":[""],"StartTime":"2026-01-15 12:00:00","EndTime":"2026-01-15 12:00:09"})"
    );
}

std::size_t found(const e2e::Suite& suite, const std::string& query) {
    const auto answer = e2e::http("GET", suite.url("ingest") + "/calls?" + query);
    INFO(query << " " << answer.body);
    REQUIRE(answer.status == 200);
    return answer.json().root().find("items")->size();
}

std::string name_of(const e2e::Suite& suite, const std::string& phone) {
    const auto answer =
        e2e::http("GET", suite.url("integration-cache") + "/customer-name/0367/" + phone);
    const auto document = answer.json();
    return std::string(document.root().find("name")->string().value_or(""));
}

}  // namespace

TEST_CASE("a customer is counted once whatever the spelling", "[e2e][numbers]") {
    e2e::Suite suite;
    const auto added = trunkctl(
        suite,
        {"number-rule", "add", "--enterprise", "0367", "--line", "0001364", "--pattern", "+375{9}"}
    );
    INFO(added.output);
    REQUIRE(added.status == 0);
    suite.start_all();
    miss_call(suite, "1768467601.1", "80296254070", "+375296254070");
    miss_call(suite, "1768467602.1", "375296254070", "8 (029) 625-40-70");
    miss_call(suite, "1768467603.1", "296254070", "810375296254070");
    miss_call(suite, "1768467604.1", "99296254070", "296254070", "375293332255", "0001364");
    suite.wait_until_idle();

    CHECK(suite.sql("SELECT phone, inbound_missed FROM customers") == "375296254070|4");
    CHECK(suite.sql("SELECT DISTINCT phone FROM calls") == "375296254070");
    CHECK(suite.sql("SELECT count(*) FROM calls") == "4");
    // What the exchange wrote stays as it was.
    CHECK(
        suite.sql("SELECT raw_data->>'Phone' FROM call_events WHERE unique_id = '1768467604.1' "
                  "ORDER BY event_timestamp LIMIT 1") == "99296254070"
    );
    for (std::size_t message = 0; message < 4; ++message) {
        const auto texts = suite.history(message);
        REQUIRE_FALSE(texts.empty());
        CHECK_THAT(texts.back(), ContainsSubstring("❌ Не отвечен: +375 (29) 625-40-70"));
    }

    for (const char* phone : {"%2B375296254070", "80296254070", "296254070", "8-029-625-40-70"}) {
        INFO(phone);
        CHECK(found(suite, "enterprise=0367&phone=" + std::string(phone)) == 4);
        CHECK(name_of(suite, phone) == "Петров Иван");
    }
    CHECK(found(suite, "enterprise=june&phone=296254070") == 4);
    CHECK(found(suite, "phone=80296254070") == 4);
    CHECK(found(suite, "phone=+375296254070") == 4);
    CHECK(found(suite, "enterprise=0367&phone=296254071") == 0);
}

TEST_CASE("an enterprise's country and rules are its own", "[e2e][numbers]") {
    e2e::Suite suite;
    const auto second = trunkctl(
        suite,
        {"enterprise",
         "add",
         "--number",
         "0368",
         "--name",
         "july",
         "--token",
         "375290000368",
         "--region",
         "PL"}
    );
    REQUIRE(second.status == 0);
    const auto ruled = trunkctl(
        suite,
        {"number-rule",
         "add",
         "--enterprise",
         "0368",
         "--pattern",
         "5(\\d{6})",
         "--replacement",
         "+48226\\1"}
    );
    CHECK(ruled.status == 0);
    const auto other = trunkctl(
        suite,
        {"number-rule",
         "add",
         "--enterprise",
         "july",
         "--pattern",
         "5(\\d{6})",
         "--line",
         "x",
         "--replacement",
         "+48225\\1"}
    );
    CHECK(other.status == 0);
    suite.start("ingest");
    miss_call(suite, "1768467601.1", "221234567", "48221234567");
    miss_call(suite, "1768467601.1", "221234567", "48221234567", "375290000368");
    miss_call(suite, "1768467602.1", "5234567", "5234567");
    miss_call(suite, "1768467602.1", "5234567", "5234567", "375290000368", "x");
    testing::wait_until(
        [&] { return suite.sql("SELECT count(*) FROM calls") == "4"; },
        std::chrono::seconds(30),
        "the calls are over"
    );
    CHECK(
        suite.sql("SELECT phone FROM customers WHERE enterprise_number = '0368' ORDER BY phone") ==
        "48221234567\n48225234567"
    );
    CHECK(
        suite.sql("SELECT phone FROM customers WHERE enterprise_number = '0367' AND phone LIKE "
                  "'48225%'") == ""
    );
    CHECK(found(suite, "enterprise=0368&phone=221234567") == 1);
    CHECK(found(suite, "enterprise=0367&phone=%2B48225234567") == 0);
}

TEST_CASE("number rules are added, listed, used and removed", "[e2e][numbers][trunkctl]") {
    e2e::Suite suite;
    const auto run = [&](std::vector<std::string> arguments) { return trunkctl(suite, arguments); };
    const auto added = run(
        {"--json",
         "number-rule",
         "add",
         "--enterprise",
         "june",
         "--line",
         "0001363",
         "--pattern",
         "9(\\d{7})",
         "--replacement",
         "+37517\\1",
         "--priority",
         "5",
         "--comment",
         "office"}
    );
    INFO(added.output);
    REQUIRE(added.status == 0);
    const auto answer = json::parse(added.output);
    REQUIRE(answer);
    const auto id = std::to_string(*answer->root().find("id")->integer());

    const auto listed = run({"number-rule", "list", "--enterprise", "0367"});
    CHECK(listed.status == 0);
    CHECK_THAT(listed.output, ContainsSubstring("0001363"));
    CHECK_THAT(listed.output, ContainsSubstring("9(\\d{7}) -> +37517\\1   # office"));

    const auto told =
        run({"number", "explain", "92345678", "--enterprise", "0367", "--line", "0001363"});
    CHECK(told.status == 0);
    CHECK_THAT(told.output, ContainsSubstring("0001363: 9(\\d{7}) -> +37517\\1 fits"));
    CHECK_THAT(told.output, ContainsSubstring("match key  375172345678"));
    const auto as_json =
        run({"number", "explain", "92345678", "--enterprise", "0367", "--line", "0001363", "--json"}
        );
    const auto document = json::parse(as_json.output);
    REQUIRE(document);
    CHECK(document->root().find("e164")->string() == "+375172345678");
    CHECK(std::to_string(*document->root().find("rule")->integer()) == id);
    CHECK(document->root().find("steps")->size() >= 3);
    const auto plus = run({"number", "explain", "+375296254070", "--enterprise", "0367"});
    CHECK(plus.status == 0);
    CHECK_THAT(plus.output, ContainsSubstring("canonical  +375296254070"));

    CHECK(run({"number-rule", "remove", id, "--enterprise", "0367"}).status == 0);
    CHECK(suite.sql("SELECT count(*) FROM number_rules") == "0");
}

TEST_CASE(
    "what is wrong with a number rule is told, and nothing is stored", "[e2e][numbers][trunkctl]"
) {
    e2e::Suite suite;
    const auto add = [&](std::vector<std::string> more) {
        std::vector<std::string> arguments{"number-rule", "add", "--enterprise", "0367"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return trunkctl(suite, arguments);
    };
    const auto broken = add({"--pattern", "(", "--replacement", "1"});
    CHECK(broken.status == 2);
    CHECK_THAT(broken.output, ContainsSubstring("no regular expression (RE2): missing )"));
    const auto empty = add({"--pattern", "\\d+"});
    CHECK(empty.status == 2);
    CHECK_THAT(empty.output, ContainsSubstring("PREFIX{N}"));
    CHECK(add({"--replacement", "1"}).status == 2);
    CHECK(add({"--pattern", "1", "--priority", "soon"}).status == 2);
    CHECK(suite.sql("SELECT count(*) FROM number_rules") == "0");

    CHECK(add({"--pattern", "375{9}"}).status == 0);
    const auto again = add({"--pattern", "375{9}"});
    CHECK(again.status == 1);
    CHECK_THAT(again.output, ContainsSubstring("there is a rule with this line and pattern"));

    CHECK(trunkctl(suite, {"number", "explain", "1", "--enterprise", "9999"}).status == 1);
    CHECK(trunkctl(suite, {"number", "explain", "1"}).status == 2);
    CHECK(trunkctl(suite, {"number-rule", "remove", "77", "--enterprise", "0367"}).status == 1);
    CHECK(trunkctl(suite, {"number-rule", "list", "--enterprise", "9999"}).status == 1);
    const auto region = trunkctl(
        suite, {"enterprise", "add", "--number", "0369", "--token", "1", "--region", "Belarus"}
    );
    CHECK(region.status == 2);
    CHECK_THAT(region.output, ContainsSubstring("\"Belarus\" is no country code"));
}
