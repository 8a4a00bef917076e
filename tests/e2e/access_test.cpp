#include <algorithm>
#include <cctype>
#include <chrono>
#include <ctime>

#include "crypto/webhook.hpp"
#include "suite.hpp"
#include "testing/catch.hpp"

using namespace trunkline;

namespace {

using HeaderList = std::vector<std::string>;

/// curl with headers of one's own; the status, the body and the answer's head.
struct Answer {
    int status = 0;
    std::string head;
    std::string body;
};

Answer curl(
    const std::string& method,
    const std::string& url,
    const HeaderList& headers = {},
    const std::string& body = {}
) {
    testing::Command command;
    command.argv = {"curl", "-sS", "--max-time", "30", "-i", "-X", method, url};
    for (const auto& header : headers) {
        command.argv.insert(command.argv.end(), {"-H", header});
    }
    if (!body.empty()) {
        command.argv.insert(command.argv.end(), {"--data-binary", body});
    }
    const auto outcome = testing::run_command(command);
    INFO(url << " " << outcome.output);
    REQUIRE(outcome.status == 0);
    const auto end = outcome.output.find("\r\n\r\n");
    REQUIRE(end != std::string::npos);
    const auto blank = outcome.output.find(' ');
    return {
        std::stoi(outcome.output.substr(blank + 1, 3)),
        outcome.output.substr(0, end),
        outcome.output.substr(end + 4)
    };
}

json::Document json_of(const Answer& answer) {
    auto document = json::parse(answer.body, {.max_bytes = std::size_t{4} << 20, .max_depth = 64});
    INFO(answer.body);
    REQUIRE(document);
    return *document;
}

std::string trunkctl(
    const e2e::Suite& suite, const std::vector<std::string>& arguments, int status = 0
) {
    auto command = suite.command("trunkctl");
    command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
    const auto outcome = testing::run_command(command);
    INFO(outcome.output);
    REQUIRE(outcome.status == status);
    return outcome.output;
}

std::string start_of(const std::string& unique_id, const std::string& token = "375293332255") {
    return R"({"Token":")" + token + R"(","UniqueId":")" + unique_id +
           R"(","Phone":"375296254070","CallType":0,"Trunk":"0001363"})";
}

HeaderList signed_by(const std::string& secret, const std::string& body, std::int64_t age = 0) {
    const auto at = static_cast<std::int64_t>(std::time(nullptr)) - age;
    const auto key = crypto::webhook_key(secret).value();
    return {
        "webhook-id: msg_1",
        "webhook-timestamp: " + std::to_string(at),
        "webhook-signature: " + crypto::sign_webhook(key, "msg_1", at, body)
    };
}

/// Polls until the enterprise's change has reached ingest.
void post_until(
    const std::string& url, const HeaderList& headers, const std::string& body, int status
) {
    testing::wait_until(
        [&] { return curl("POST", url, headers, body).status == status; },
        std::chrono::seconds(10),
        url + " answers " + std::to_string(status)
    );
}

}  // namespace

TEST_CASE("a source outside the networks is refused and kept", "[e2e][access]") {
    e2e::Suite suite;
    suite.start(
        "ingest",
        {{"TRUSTED_PROXIES", "127.0.0.1"}, {"PBX_ALLOWED_NETWORKS", "192.0.2.0/24,127.0.0.1"}}
    );
    const auto url = suite.url("ingest") + "/start";
    const auto from = [](const std::string& address) {
        return HeaderList{"X-Forwarded-For: " + address};
    };
    CHECK(curl("POST", url, from("192.0.2.7"), start_of("1.1")).status == 200);
    const auto refused = curl("POST", url, from("198.51.100.1"), start_of("1.2"));
    CHECK(refused.status == 403);
    CHECK_THAT(refused.head, ContainsSubstring("application/problem+json"));
    CHECK_THAT(refused.body, ContainsSubstring("198.51.100.1"));

    trunkctl(suite, {"enterprise", "set", "0367", "--allowed-networks", "192.0.2.8"});
    post_until(url, from("192.0.2.7"), start_of("1.3"), 403);
    CHECK(curl("POST", url, from("192.0.2.8"), start_of("1.4")).status == 200);
    CHECK(
        suite.sql("SELECT string_agg(DISTINCT status || source || token, ' ') FROM rejected_events "
                  "WHERE source = '198.51.100.1'") == "403198.51.100.1375293332255"
    );
    // By hand: what nobody can read lets nobody in.
    suite.sql("UPDATE enterprises SET allowed_networks = '{office}'");
    post_until(url, from("192.0.2.8"), start_of("1.5"), 403);
}

TEST_CASE("malformed networks stop the start and trunkctl", "[e2e][access]") {
    e2e::Suite suite;
    auto ingest = suite.command("ingest", {{"PBX_ALLOWED_NETWORKS", "10.0.0.0/40"}});
    const auto outcome = testing::run_command(ingest);
    CHECK(outcome.status == 2);
    CHECK_THAT(outcome.output, ContainsSubstring("PBX_ALLOWED_NETWORKS"));
    const auto said =
        trunkctl(suite, {"enterprise", "set", "0367", "--allowed-networks", "office"}, 2);
    CHECK_THAT(said, ContainsSubstring("\"office\" is not an IP address"));
}

TEST_CASE("with a secret only signed events are taken, and only as signed", "[e2e][access]") {
    e2e::Suite suite;
    suite.start("ingest");
    const auto url = suite.url("ingest") + "/start";
    const std::string secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    trunkctl(suite, {"enterprise", "set", "0367", "--webhook-secret", secret});
    CHECK(suite.sql("SELECT webhook_secret LIKE 'enc:v1:%' FROM enterprises") == "t");
    post_until(url, {}, start_of("2.0"), 401);
    CHECK(curl("POST", url, {}, start_of("2.1")).status == 401);
    const auto unsigned_id = suite.sql("SELECT max(id) FROM rejected_events");
    const auto body = start_of("2.2");
    CHECK(curl("POST", url, signed_by(secret, body), body).status == 200);
    CHECK(curl("POST", url, signed_by(secret, body), start_of("2.3")).status == 403);
    CHECK(curl("POST", url, signed_by(secret, body, 400), body).status == 403);
    CHECK(curl("POST", url, signed_by(crypto::make_webhook_secret(), body), body).status == 403);
    CHECK(suite.sql("SELECT count(*) FROM call_events WHERE unique_id > '2.0'") == "1");
    CHECK(
        suite.sql("SELECT count(*) FROM rejected_events WHERE headers::text LIKE '%v1,%'") == "0"
    );
    // A replay cannot check a signature that was not kept; an administrator may answer for it.
    const auto replay = suite.url("ingest") + "/rejected/" + unsigned_id + "/replay";
    CHECK(curl("POST", replay).status == 401);
    CHECK(curl("POST", replay + "?accept_unsigned=true").status == 200);
    CHECK(suite.sql("SELECT count(*) FROM call_events WHERE data_source = 'recovery'") == "1");
}

TEST_CASE(
    "an exchange that sends too much is told to wait, and nothing is kept of it", "[e2e][access]"
) {
    e2e::Suite suite;
    suite.start("ingest", {{"INGEST_RATE_LIMIT", "1"}});
    const auto url = suite.url("ingest") + "/start";
    int limited = 0;
    Answer last;
    for (int i = 0; i < 40 && limited == 0; ++i) {
        last = curl("POST", url, {}, start_of("3." + std::to_string(i)));
        limited += last.status == 429 ? 1 : 0;
    }
    REQUIRE(limited == 1);
    CHECK_THAT(last.head, ContainsSubstring("Retry-After: 1"));
    CHECK_THAT(last.head, ContainsSubstring("application/problem+json"));
    CHECK(suite.sql("SELECT count(*) FROM rejected_events") == "0");
    const auto metrics = curl("GET", suite.url("ingest") + "/metrics").body;
    CHECK_THAT(metrics, ContainsSubstring("ingest_rate_limited_total{enterprise=\"0367\"} 1"));
}

TEST_CASE(
    "a call that was refused for its Token appears once the cause is mended", "[e2e][access]"
) {
    e2e::Suite suite;
    suite.start("ingest");
    const auto ingest = suite.url("ingest");
    for (auto event : e2e::inbound_answered("1768467600.50")) {
        const std::string known = "375293332255";
        event.body.replace(event.body.find(known), known.size(), "375290000404");
        CHECK(curl("POST", ingest + "/" + event.name, {}, event.body).status == 404);
    }
    CHECK_THAT(trunkctl(suite, {"rejected", "list"}), ContainsSubstring("375290000404"));
    const auto too_early = trunkctl(suite, {"rejected", "replay", "--token", "375290000404"}, 1);
    CHECK_THAT(too_early, ContainsSubstring("failed 10"));
    CHECK(suite.sql("SELECT count(*) FROM rejected_events WHERE replayed_at IS NOT NULL") == "0");

    trunkctl(suite, {"enterprise", "add", "--number", "0404", "--token", "375290000404"});
    const auto done = trunkctl(suite, {"rejected", "replay", "--token", "375290000404"});
    CHECK_THAT(done, ContainsSubstring("replayed 10"));
    testing::wait_until(
        [&] { return suite.sql("SELECT count(*) FROM calls") == "1"; },
        std::chrono::seconds(20),
        "the call is there"
    );
    CHECK(suite.sql("SELECT enterprise_number || call_status FROM calls") == "04042");
    CHECK(
        suite.sql("SELECT count(*) FROM call_events e JOIN rejected_events r ON r.event_id = "
                  "e.event_id AND r.received_at = e.event_timestamp "
                  "WHERE e.data_source = 'recovery'") == "10"
    );
    const auto again = curl("POST", ingest + "/rejected/1/replay");
    CHECK(again.status == 200);
    CHECK(json_of(again).root().find("duplicate")->boolean() == true);
    const auto mine = json_of(curl("GET", ingest + "/rejected?enterprise=0404&limit=3"));
    CHECK(mine.root().find("items")->size() == 3);
    CHECK(
        json_of(curl("GET", ingest + "/rejected?enterprise=0367")).root().find("items")->size() == 0
    );
}

TEST_CASE("a dead letter is delivered once its cause is mended", "[e2e][access]") {
    e2e::Suite suite;
    suite.start_all();
    trunkctl(suite, {"enterprise", "set-integration", "0367", "retailcrm", "api_key=wrong"});
    for (const auto& event : e2e::inbound_answered("1768467600.51")) {
        suite.send(event.name, event.body);
    }
    suite.wait_until_idle();
    const auto ingest = suite.url("ingest");
    testing::wait_until(
        [&] {
            const auto dead = json_of(curl("GET", ingest + "/dead-letters?state=dead&queue=crm"));
            return dead.root().find("items")->size() > 0;
        },
        std::chrono::seconds(20),
        "the CRM's letters are dead"
    );
    const auto listed = trunkctl(suite, {"dead-letters", "list", "--enterprise", "0367"});
    CHECK_THAT(listed, ContainsSubstring("api_key"));
    trunkctl(
        suite,
        {"enterprise", "set-integration", "0367", "retailcrm", "api_key=sandbox-retailcrm-key-0367"}
    );
    const auto ids = suite.sql("SELECT string_agg(id::text, ' ' ORDER BY id) FROM dead_letters");
    std::vector<std::string> replay{"dead-letters", "replay"};
    for (std::size_t at = 0; at < ids.size();) {
        const auto end = std::min(ids.find(' ', at), ids.size());
        replay.push_back(ids.substr(at, end - at));
        at = end + 1;
    }
    // The new key may reach the connector after the first replay.
    testing::wait_until(
        [&] {
            trunkctl(suite, replay);
            suite.wait_until_idle();
            const auto dead = json_of(curl("GET", ingest + "/dead-letters?state=dead&queue=crm"));
            return dead.root().find("items")->size() == 0;
        },
        std::chrono::seconds(60),
        "the CRM has taken all"
    );
    const auto crm = suite.retailcrm();
    CHECK(crm.root().find("accounts")->find("0367")->find("calls")->size() == 1);
}

TEST_CASE("a dead card reaches its chat once it is replayed", "[e2e][access]") {
    e2e::Suite suite;
    suite.start_all();
    suite.fault(R"({"api":"telegram","match":"sendMessage","kind":"status","status":403,"times":1})"
    );
    const auto events = e2e::inbound_answered("1768467600.52");
    suite.send(events[0].name, events[0].body);
    testing::wait_until(
        [&] {
            return suite.sql("SELECT count(*) FROM telegram_messages WHERE dead_reason IS NOT NULL"
                   ) == "1";
        },
        std::chrono::seconds(20),
        "the card is dead"
    );
    CHECK(suite.messages() == 0);
    const auto ingest = suite.url("ingest");
    const auto dead = json_of(curl("GET", ingest + "/dead-letters?queue=telegram&state=dead"));
    REQUIRE(dead.root().find("items")->size() == 1);
    const std::string id(*(*dead.root().find("items"))[0].find("id")->string());
    CHECK(curl("POST", ingest + "/dead-letters/" + id + "/replay").status == 202);
    suite.wait_for_text("📞 Звонок");
    suite.wait_until_idle();
    CHECK(suite.messages() == 1);
    const auto again = curl("POST", ingest + "/dead-letters/" + id + "/replay");
    CHECK(again.status == 409);
}

TEST_CASE("every diagnostics route asks for ADMIN_TOKEN", "[e2e][access]") {
    e2e::Suite suite;
    suite.start("ingest", {{"ADMIN_TOKEN", "the-admins-own-token"}});
    const auto ingest = suite.url("ingest");
    const auto document = json_of(curl("GET", ingest + "/openapi.json"));
    std::size_t closed = 0;
    for (const auto [path, item] : document.root().find("paths")->members()) {
        for (const auto [method, operation] : item.members()) {
            if (!operation.find("security")) {
                continue;
            }
            ++closed;
            std::string verb(method);
            std::ranges::transform(verb, verb.begin(), [](unsigned char c) {
                return static_cast<char>(std::toupper(c));
            });
            const auto url = ingest + std::string(path).substr(0, path.find('{')) +
                             (path.find('{') == std::string_view::npos ? "" : "1") +
                             (path.find('}') == std::string_view::npos
                                  ? ""
                                  : std::string(path).substr(path.find('}') + 1));
            INFO(verb << " " << url);
            const auto missing = curl(verb, url);
            CHECK(missing.status == 401);
            CHECK_THAT(missing.head, ContainsSubstring("WWW-Authenticate: Bearer"));
            CHECK(curl(verb, url, {"Authorization: Bearer wrong"}).status == 403);
            const auto let_in =
                curl(verb, url, {"Authorization: Bearer the-admins-own-token"}).status;
            CHECK(let_in != 401);
            CHECK(let_in != 403);
        }
    }
    CHECK(closed >= 10);
    for (const auto* open : {"/health", "/ready", "/metrics", "/version", "/docs"}) {
        CHECK(curl("GET", ingest + open).status == 200);
    }
}

TEST_CASE("without ADMIN_TOKEN diagnostics are loopback's alone", "[e2e][access]") {
    e2e::Suite suite;
    suite.start("ingest", {{"TRUSTED_PROXIES", "127.0.0.1"}});
    const auto url = suite.url("ingest") + "/rejected";
    CHECK(curl("GET", url).status == 200);
    CHECK(curl("GET", url, {"X-Forwarded-For: 203.0.113.9"}).status == 403);
    CHECK(
        curl("GET", url, {"X-Forwarded-For: 203.0.113.9", "Authorization: Bearer x"}).status == 403
    );
}

TEST_CASE("trunkctl enterprise tells what is set and what is missing", "[e2e][access]") {
    e2e::Suite suite;
    trunkctl(suite, {"enterprise", "add", "--number", "0500", "--name", "may", "--token", "37500"});
    const auto shown = trunkctl(suite, {"enterprise", "show", "may"});
    CHECK_THAT(shown, ContainsSubstring("бот не задан"));
    trunkctl(
        suite,
        {"enterprise",
         "set",
         "37500",
         "--bot-token",
         "5:hidden-bot-token",
         "--recordings",
         "all",
         "--rate-limit",
         "20",
         "--debug-log",
         "on",
         "--allowed-networks",
         "10.0.0.0/8,192.0.2.1"}
    );
    const auto document =
        json::parse(trunkctl(suite, {"--json", "enterprise", "show", "0500"})).value();
    const auto root = document.root();
    CHECK(root.find("has_bot")->boolean() == true);
    CHECK(root.find("rate_limit")->integer() == 20);
    CHECK(root.find("allowed_networks")->size() == 2);
    CHECK(root.find("recordings")->string() == "all");
    CHECK(root.dump().find("hidden-bot-token") == std::string::npos);
    CHECK(root.dump().find("\"bot\"") == std::string::npos);
    const auto taken =
        trunkctl(suite, {"enterprise", "add", "--number", "0501", "--token", "37500"}, 1);
    CHECK_THAT(taken, ContainsSubstring("has the Token 37500"));
    trunkctl(suite, {"enterprise", "set", "0999", "--name", "x"}, 1);
    trunkctl(suite, {"enterprise", "set", "0500"}, 2);
    trunkctl(suite, {"enterprise", "add", "--number", "0502"}, 2);
    trunkctl(suite, {"enterprise", "remove", "0500"});
    trunkctl(suite, {"enterprise", "show", "0500"}, 1);
}
