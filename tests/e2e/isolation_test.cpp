#include <set>
#include <string>
#include <vector>

#include "suite.hpp"
#include "testing/catch.hpp"

using namespace trunkline;

namespace {

/// A second client company with the same extensions, lines and callers as the demo enterprise.
void add_neighbour(const e2e::Suite& suite) {
    suite.sql(
        "INSERT INTO enterprises(number,name,name2,bot_token,integrations_config) "
        "VALUES ('0368','july','375293332256','1000368:sandbox-second-bot-token-AAAAAAAAAAAAAA',"
        "'{\"smart\":{\"primary\":\"retailcrm\"},\"retailcrm\":{\"enabled\":true,\"base_url\":\"" +
        suite.url("sandbox") +
        "/retailcrm/0368\",\"api_key\":\"sandbox-retailcrm-key-0368\"}}');"
        "INSERT INTO telegram_users(tg_id,bot_token,enterprise_number) "
        "VALUES (100368,'1000368:sandbox-second-bot-token-AAAAAAAAAAAAAA','0368');"
        "INSERT INTO managers(enterprise_number,extension,full_name) "
        "VALUES ('0368','151','Чужой Человек');"
    );
}

std::string for_neighbour(std::string body) {
    const std::string token = "375293332255";
    body.replace(body.find(token), token.size(), "375293332256");
    return body;
}

std::vector<std::string> texts_of_chat(const e2e::Suite& suite, std::int64_t chat_id) {
    std::vector<std::string> texts;
    const auto document = e2e::http("GET", suite.url("sandbox") + "/sandbox/chats").json();
    for (const auto chat : document.root().find("chats")->elements()) {
        if (chat.find("chat_id")->integer() != chat_id) {
            continue;
        }
        for (const auto message : chat.find("messages")->elements()) {
            for (const auto version : message.find("history")->elements()) {
                texts.emplace_back(*version.find("text")->string());
            }
        }
    }
    return texts;
}

std::size_t size_of(const json::View& account, const char* list) {
    return account.find(list)->size();
}

}  // namespace

TEST_CASE("two enterprises with the same calls never see each other's anything", "[e2e]") {
    e2e::Suite suite;
    suite.start("sandbox");
    suite.start("retailcrm");
    add_neighbour(suite);
    suite.start("integration-cache");
    suite.start("telegram-notifier");
    suite.start("ingest");
    // The very same identifiers of channels and bridges, one event after the other.
    const auto events = e2e::inbound_answered("1768467600.30");
    for (const auto& event : events) {
        const auto ours = suite.send(event.name, event.body);
        const auto theirs = suite.send(event.name, for_neighbour(event.body));
        CHECK(ours.root().find("duplicate")->boolean() == false);
        CHECK(theirs.root().find("duplicate")->boolean() == false);
    }
    suite.wait_until_idle();

    CHECK(
        suite.sql("SELECT string_agg(enterprise_number || ' ' || phone || ' ' || extension, ', ' "
                  "ORDER BY enterprise_number) FROM calls"
        ) == "0367 375296254070 151, 0368 375296254070 151"
    );
    CHECK(suite.sql("SELECT count(DISTINCT uuid) FROM calls") == "2");
    CHECK(
        suite.sql("SELECT count(*) FROM call_event_links l JOIN call_events e USING "
                  "(event_timestamp, event_id) WHERE l.enterprise_number <> e.enterprise_number"
        ) == "0"
    );
    CHECK(
        suite.sql("SELECT string_agg(enterprise_number || ' ' || inbound_answered, ', ' ORDER BY "
                  "enterprise_number) FROM customers") == "0367 1, 0368 1"
    );

    const auto ours = texts_of_chat(suite, 100367);
    const auto theirs = texts_of_chat(suite, 100368);
    REQUIRE_FALSE(ours.empty());
    REQUIRE_FALSE(theirs.empty());
    CHECK_THAT(ours.back(), ContainsSubstring("Сидоров Пётр (151)"));
    CHECK_THAT(theirs.back(), ContainsSubstring("Чужой Человек (151)"));
    for (const auto& text : ours) {
        CHECK(text.find("Чужой") == std::string::npos);
    }
    for (const auto& text : theirs) {
        CHECK(text.find("Сидоров") == std::string::npos);
    }

    const auto crm = suite.retailcrm();
    for (const auto* number : {"0367", "0368"}) {
        const auto account = *crm.root().find("accounts")->find(number);
        CHECK(size_of(account, "events") == 2);
        CHECK(size_of(account, "calls") == 1);
    }

    const auto listed =
        e2e::http("GET", suite.url("ingest") + "/calls?enterprise=0368&phone=375296254070").json();
    REQUIRE(listed.root().find("items")->size() == 1);
    const auto call = (*listed.root().find("items"))[0];
    CHECK(call.find("enterprise_number")->string() == "0368");
    const auto its_events = e2e::http(
        "GET",
        suite.url("ingest") + "/calls/" + std::string(*call.find("uuid")->string()) + "/events"
    );
    CHECK(its_events.status == 200);
    CHECK(its_events.body.find("375293332256") != std::string::npos);
    CHECK(its_events.body.find("375293332255") == std::string::npos);
}
