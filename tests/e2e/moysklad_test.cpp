// Calls through real processes into MoySklad, as the sandbox plays it: the exact requests for each
// kind of call, and one record of each call whatever goes wrong.
#include <algorithm>
#include <chrono>

#include "../../libs/call/tests/rows.hpp"
#include "exchange.hpp"
#include "suite.hpp"
#include "testing/catch.hpp"
#include "testing/eventually.hpp"
#include "testing/neighbour.hpp"

using namespace trunkline;
using namespace std::chrono_literals;
namespace scenario = call::scenario;

namespace {

constexpr auto demo_token = "375293332255";
constexpr auto phone_key = "sandbox-moysklad-phone-0367";
constexpr auto remap_token = "sandbox-moysklad-token-0367";
constexpr auto connector = "moysklad";

using Lines = std::vector<std::string>;

/// The suite with MoySklad as the demo enterprise's only CRM.
class Shop {
public:
    explicit Shop(const e2e::Suite::Environment& more = {}) {
        configure(
            std::string(R"("phone_api_key":")") + phone_key + R"(","remap_token":")" + remap_token +
            "\""
        );
        suite.start("sandbox");
        start_connector(more);
        suite.start("integration-cache", {{"CRM_RETRY_SECONDS", "1"}, {"CRM_STEP_SECONDS", "30"}});
        suite.start("ingest", {{"CALL_LEAVE_SETTLE_MS", "300"}});
    }

    void configure(const std::string& members) const {
        suite.sql(
            R"(UPDATE enterprises SET integrations_config = '{"smart":{"primary":"ms"},"ms":{"enabled":true,)" +
            members + "}}'"
        );
    }
    void start_connector(const e2e::Suite::Environment& more = {}) {
        auto settings = more;
        const auto sandbox = suite.url("sandbox");
        settings.emplace("MOYSKLAD_PHONE_API_URL", sandbox + "/moysklad/api/phone/1.0");
        settings.emplace("MOYSKLAD_API_URL", sandbox + "/moysklad/api/remap/1.2");
        suite.start(connector, settings);
    }

    /// Posts the events one after another, each when the one before it has reached MoySklad.
    void play(const scenario::Events& events) const {
        for (const auto& event : events) {
            e2e::post(suite, event, demo_token, base::format_iso8601(event.at));
            wait_until_idle();
        }
    }
    void post(const call::Event& event) const {
        e2e::post(suite, event, demo_token, base::format_iso8601(event.at));
    }

    /// Nobody delivers Telegram's messages here.
    void wait_until_idle() const {
        testing::wait_until(
            [&] {
                return suite.sql(
                           "SELECT (SELECT count(*) FROM waiting_events) + (SELECT count(*) FROM "
                           "outbox WHERE queue <> 'telegram')"
                       ) == "0";
            },
            60s,
            "everything is in MoySklad"
        );
    }

    /// What changed something in MoySklad, `POST /call {...}`, in order; with what it was answered
    /// if that was no success.
    Lines requests() const {
        const auto answer =
            e2e::http("GET", suite.url("sandbox") + "/sandbox/requests?api=moysklad").json();
        Lines lines;
        for (const auto item : answer.root().find("items")->elements()) {
            const auto method = *item.find("method")->string();
            if (method.starts_with("GET ")) {
                continue;
            }
            const auto body = item.find("parameters")->find("body");
            auto line =
                std::string(method.substr(0, method.find(' ') + 1)) +
                std::string(method.substr(
                    std::string_view("POST /phone/1.0").size() - (method.starts_with("PUT") ? 1 : 0)
                ));
            line += " " + std::string(body ? *body->string() : "");
            const auto status = *item.find("status")->integer();
            lines.push_back(status < 300 ? line : line + " -> " + std::to_string(status));
        }
        return lines;
    }
    /// MoySklad begins anew.
    void forget() const { e2e::http("POST", suite.url("sandbox") + "/sandbox/reset"); }
    json::Document sandbox() const {
        return e2e::http("GET", suite.url("sandbox") + "/sandbox/moysklad").json();
    }
    /// The one call of the account; fails the test unless it is one and no rule was broken.
    json::Document only_call() const {
        const auto document = sandbox();
        INFO(document.root().dump());
        CHECK(document.root().find("limits")->find("broken_all")->integer() == 0);
        const auto account = *document.root().find("accounts")->find("0367");
        CHECK(account.find("violations")->find("all")->integer() == 0);
        REQUIRE(account.find("calls")->size() == 1);
        return *json::parse((*account.find("calls"))[0].dump());
    }
    std::string metric(const std::string& name) const {
        const auto text = e2e::http("GET", suite.url(connector) + "/metrics").body;
        const auto at = text.find("\n" + name + " ");
        return at == std::string::npos
                   ? ""
                   : text.substr(
                         at + name.size() + 2, text.find('\n', at + 1) - at - name.size() - 2
                     );
    }

    e2e::Suite suite;
};

std::string extid(const std::string& unique_id) {
    return std::string("/call/extid/") + demo_token + "-" + unique_id;
}

std::string created(const std::string& unique_id, const std::string& rest) {
    return std::string(R"(POST /call {"externalId":")") + demo_token + "-" + unique_id +
           R"(","number":"+375290000001",)" + rest + "}";
}

std::string card(const std::string& type, const std::string& extension, int sequence) {
    return R"({"eventType":")" + type + "\"" +
           (extension.empty() ? "" : R"(,"extension":")" + extension + "\"") + R"(,"sequence":)" +
           std::to_string(sequence) + "}";
}

std::string event(
    const std::string& unique_id,
    const std::string& type,
    const std::string& extension,
    int sequence
) {
    return "POST " + extid(unique_id) + "/event " + card(type, extension, sequence);
}

std::string updated(const std::string& unique_id, const std::string& fields) {
    return "PUT " + extid(unique_id) + " {" + fields + "}";
}

std::string hide_all(int sequence) {
    return R"("events":[)" + card("HIDE_ALL", "", sequence) + "]";
}

constexpr auto began = R"("startTime":"2025-10-01 15:00:00.000")";
constexpr auto line = R"("comment":"line Отдел продаж")";

std::string incoming(const std::string& extension, const std::string& events) {
    return std::string(R"("isIncoming":true,)") + began +
           (extension.empty() ? "" : R"(,"extension":")" + extension + "\"") + "," + line +
           R"(,"events":[)" + events + "]";
}

/// 151 and 152 ring at once, 152 answers.
scenario::Events together() {
    using namespace scenario;
    return {
        start(0, "12.1"),
        dial(3, "12.1", 0, E, {"151", "152"}),
        create(18, "B12"),
        bridge(18, "12.1", "B12", E_bare, "152", line1),
        bridge(18.1, "12.3", "B12", "152", E_bare),
        leave(38, "12.1", "B12", E_bare, "152"),
        leave(38.1, "12.3", "B12", "152", E_bare),
        destroy(38.2, "B12"),
        hangup(38.4, "12.1", 0, "2", E, {"152"}),
    };
}

}  // namespace

TEST_CASE("inbound calls reach MoySklad by the contract's table", "[e2e][moysklad]") {
    const Shop shop;
    const auto show = card("SHOW", "151", 1);

    // A hangup without a dial.
    {
        shop.play({scenario::hangup(38.4, "13.1", 0, "2", scenario::E, {"152"})});
        CHECK(
            shop.requests() ==
            Lines{created(
                "13.1",
                std::string(R"("isIncoming":true,)") + began +
                    R"(,"extension":"152","endTime":"2025-10-01 15:00:38.000",)" + line
            )}
        );
        CHECK(shop.only_call().root().find("events")->size() == 0);
    }
    // One phone, answered.
    {
        shop.forget();
        shop.play(scenario::row_1_inbound());
        CHECK(
            shop.requests() ==
            Lines{
                created("1.1", incoming("151", show)),
                event("1.1", "STARTTIME", "151", 2),
                updated(
                    "1.1", R"("extension":"151","endTime":"2025-10-01 15:00:20.000",)" + hide_all(3)
                )
            }
        );
        CHECK(shop.only_call().root().find("duration")->integer() == 20'000);
    }
    // Two phones at once, the second answers.
    {
        shop.forget();
        shop.play(together());
        CHECK(
            shop.requests() ==
            Lines{
                created("12.1", incoming("", show + "," + card("SHOW", "152", 2))),
                event("12.1", "STARTTIME", "152", 3),
                event("12.1", "HIDE", "151", 4),
                updated(
                    "12.1",
                    R"("extension":"152","endTime":"2025-10-01 15:00:38.000",)" + hide_all(5)
                )
            }
        );
        CHECK(shop.only_call().root().find("extension")->string() == "152");
    }
    // One phone after another.
    {
        shop.forget();
        shop.play(scenario::row_2_group());
        CHECK(
            shop.requests() ==
            Lines{
                created("2.1", incoming("151", show)),
                event("2.1", "SHOW", "152", 2),
                event("2.1", "SHOW", "153", 3),
                event("2.1", "STARTTIME", "152", 4),
                event("2.1", "HIDE", "151", 5),
                event("2.1", "HIDE", "153", 6),
                updated(
                    "2.1",
                    R"("endTime":"2025-10-01 15:00:38.000","comment":"line Отдел продаж, talked: 152",)" +
                        hide_all(7)
                )
            }
        );
        shop.only_call();
    }
    // Missed.
    {
        shop.forget();
        shop.play(scenario::row_3_missed());
        CHECK(
            shop.requests() ==
            Lines{
                created("3.1", incoming("", show + "," + card("SHOW", "152", 2))),
                updated(
                    "3.1", R"("duration":0,"comment":"missed, line Отдел продаж",)" + hide_all(3)
                )
            }
        );
        shop.only_call();
    }
    // Transferred after a consultation.
    {
        shop.forget();
        shop.play(scenario::row_8_attended());
        CHECK(
            shop.requests() ==
            Lines{
                created("8.1", incoming("151", show)),
                event("8.1", "STARTTIME", "151", 2),
                event("8.1", "SHOW", "152", 3),
                event("8.1", "STARTTIME", "152", 4),
                event("8.1", "HIDE", "151", 5),
                updated(
                    "8.1",
                    R"("endTime":"2025-10-01 15:01:15.000","comment":"line Отдел продаж, talked: 151, 152",)" +
                        hide_all(6)
                )
            }
        );
        shop.only_call();
    }
    CHECK(shop.suite.sql("SELECT count(*) FROM dead_letters") == "0");
}

TEST_CASE("outbound calls reach MoySklad by the contract's table", "[e2e][moysklad]") {
    const Shop shop;
    const auto outgoing = std::string(R"("isIncoming":false,)") + began + R"(,"extension":"151",)" +
                          line + R"(,"events":[)" + card("SHOW", "151", 1) + "]";

    // Answered.
    {
        shop.forget();
        shop.play(scenario::row_4_outbound());
        CHECK(
            shop.requests() ==
            Lines{
                created("4.1", outgoing),
                event("4.1", "STARTTIME", "151", 2),
                updated(
                    "4.1", R"("extension":"151","endTime":"2025-10-01 15:00:39.000",)" + hide_all(3)
                )
            }
        );
    }
    // Not answered, the first line was busy.
    {
        shop.forget();
        shop.play(scenario::row_5_outbound_not_answered());
        CHECK(
            shop.requests() ==
            Lines{
                created("5.1", outgoing),
                updated(
                    "5.1", R"("duration":0,"comment":"not answered, line 0001364",)" + hide_all(2)
                )
            }
        );
    }
    shop.only_call();
    CHECK(shop.suite.sql("SELECT count(*) FROM dead_letters") == "0");
}

TEST_CASE("MoySklad hears nothing of internal calls and hidden numbers", "[e2e][moysklad]") {
    const Shop shop;
    shop.play(scenario::row_6_internal());
    shop.play(scenario::row_7_internal_missed());
    using namespace scenario;
    shop.play(
        {start(0, "3.9", "Anonymous"),
         dial(3, "3.9", 0, "Anonymous", {"151"}),
         hangup(25.2, "3.9", 0, "0", "Anonymous", {})}
    );
    CHECK(shop.requests().empty());
    CHECK(shop.suite.sql("SELECT count(*) FROM dead_letters") == "0");
}

TEST_CASE("a recording goes along with the end, or comes later, once", "[e2e][moysklad]") {
    Shop shop;
    auto& suite = shop.suite;
    const auto record = [&](const std::string& file) {
        return e2e::http(
            "POST",
            suite.url("ingest") + "/internal/recordings",
            R"({"enterprise_number":"0367","unique_id":"1.1","url":")" + suite.url("sandbox") +
                "/" + file + R"("})"
        );
    };
    const auto links = [&] {
        Lines out;
        const auto call = shop.only_call();
        for (const auto link : call.root().find("recordUrl")->elements()) {
            out.emplace_back(*link.string());
        }
        return out;
    };

    SECTION("later") {
        shop.play(scenario::row_1_inbound());
        CHECK(suite.stop("ingest") == 0);
        suite.start("ingest", {{"PUBLIC_URL", suite.url("ingest")}});
        suite.fault(R"({"api":"moysklad","kind":"reset","done":true,"match":"PUT /phone/1.0/call"})"
        );
        CHECK(record("openapi.json").status == 200);
        shop.wait_until_idle();
        CHECK(record("openapi.json").status == 200);
        shop.wait_until_idle();
        const auto uuid = suite.sql("SELECT uuid FROM calls");
        CHECK(links() == Lines{suite.url("ingest") + "/recordings/" + uuid});
        const auto all = shop.requests();
        REQUIRE(all.size() >= 4);
        CHECK(all[3].starts_with(updated(
            "1.1", R"("recordUrl":[")" + suite.url("ingest") + "/recordings/" + uuid + "\"]"
        )));
        CHECK(shop.metric("moysklad_possible_doubles_total") == "0");
    }
    SECTION("at once") {
        CHECK(suite.stop("ingest") == 0);
        suite.start(
            "ingest", {{"PUBLIC_URL", suite.url("ingest")}, {"CALL_LEAVE_SETTLE_MS", "300"}}
        );
        shop.play(scenario::row_1_inbound());
        const auto link =
            suite.url("ingest") + "/recordings/" + suite.sql("SELECT uuid FROM calls");
        CHECK(links() == Lines{link});
        const auto all = shop.requests();
        REQUIRE(all.size() == 3);
        CHECK(
            all[2] ==
            updated(
                "1.1",
                R"("extension":"151","endTime":"2025-10-01 15:00:20.000","recordUrl":[")" + link +
                    R"("],)" + hide_all(3)
            )
        );
    }
    CHECK(suite.sql("SELECT count(*) FROM dead_letters") == "0");
}

namespace {

/// Plays a group call, with `fault` at one of its requests, and looks at the end of it.
void check_fault(Shop& shop, const std::string& fault, const std::string& match) {
    INFO(fault << " at " << match);
    const auto& suite = shop.suite;
    shop.forget();
    suite.sql("TRUNCATE crm_call_notes, crm_effects, integration_logs");
    suite.fault(R"({"api":"moysklad",)" + fault + R"(,"match":")" + match + "\"}");
    static int round = 0;
    const auto id = "7" + std::to_string(++round) + ".1";
    for (auto event : together()) {
        event.unique_id = event.unique_id == "12.1" ? id : event.unique_id;
        event.bridge_id += event.bridge_id.empty() ? "" : id;
        event.phone = event.phone == scenario::E ? scenario::E : event.phone;
        shop.post(event);
    }
    shop.wait_until_idle();
    const auto call = shop.only_call();
    INFO(call.root().dump(2));
    const auto requests = shop.requests();
    for (const auto& request : requests) {
        UNSCOPED_INFO(request);
    }
    CHECK(call.root().find("externalId")->string() == std::string(demo_token) + "-" + id);
    CHECK(call.root().find("extension")->string() == "152");
    CHECK(call.root().find("endTime")->string() == "2025-10-01 15:00:38.000");
    const auto events = *call.root().find("events");
    CHECK(events[events.size() - 1].find("eventType")->string() == "HIDE_ALL");
    CHECK(suite.sql("SELECT count(*) FROM dead_letters") == "0");
    // The fault has met its request.
    const auto left = e2e::http("GET", suite.url("sandbox") + "/sandbox/faults").json();
    CHECK(left.root().find("items")->size() == 0);
}

constexpr auto at_create = "POST /phone/1.0/call";
constexpr auto at_end = "PUT /phone/1.0/call";
constexpr auto at_event = "/event";

}  // namespace

namespace {

void check_answers(const std::string& where) {
    Shop shop;
    check_fault(shop, R"("kind":"status","status":500)", where);
    check_fault(shop, R"("kind":"status","status":500,"done":true)", where);
    check_fault(shop, R"("kind":"status","status":503,"body":"<html>Bad Gateway</html>")", where);
    check_fault(
        shop,
        R"("kind":"status","status":429,"retry_after":1,"body":"{\"errors\":[{\"error\":\"x\",\"code\":1049}]}")",
        where
    );
    check_fault(shop, R"("kind":"garbage")", where);
    check_fault(shop, R"("kind":"garbage","done":true)", where);
    check_fault(shop, R"("kind":"reset")", where);
    check_fault(shop, R"("kind":"reset","done":true)", where);
}

}  // namespace

TEST_CASE("a call is made once in MoySklad, whatever goes wrong", "[e2e][moysklad]") {
    check_answers(at_create);
}

TEST_CASE("cards move on in MoySklad, whatever goes wrong", "[e2e][moysklad]") {
    check_answers(at_event);
}

TEST_CASE("a call ends once in MoySklad, whatever goes wrong", "[e2e][moysklad]") {
    check_answers(at_end);
}

TEST_CASE("a lost answer of MoySklad's makes no second call or end", "[e2e][moysklad]") {
    Shop shop;
    check_fault(shop, R"("kind":"lose")", at_create);
    check_fault(shop, R"("kind":"lose")", at_end);
    check_fault(shop, R"("kind":"never")", at_create);
}

TEST_CASE("MoySklad that is down for long gets everything later", "[e2e][moysklad]") {
    Shop shop;
    check_fault(shop, R"("kind":"status","status":502,"times":8)", "call");
}

TEST_CASE(
    "a second POST is a success, refused or answered with the stored call", "[e2e][moysklad]"
) {
    Shop shop;
    const auto& suite = shop.suite;
    const auto mode = std::string(GENERATE("refused", "stored"));
    e2e::http(
        "POST",
        suite.url("sandbox") + "/sandbox/moysklad/settings",
        R"({"second_post":")" + mode + "\"}"
    );
    const auto events = scenario::row_3_missed();
    for (const auto& event : events) {
        if (event.type == call::EventType::hangup) {
            suite.sql("TRUNCATE crm_call_notes");
        }
        shop.post(event);
        shop.wait_until_idle();
    }
    const auto call = shop.only_call();
    CHECK(call.root().find("duration")->integer() == 0);
    CHECK(call.root().find("comment")->string() == "missed, line Отдел продаж");
    CHECK(suite.sql("SELECT count(*) FROM dead_letters") == "0");
}

TEST_CASE("a connector that is killed over a request makes one call of it", "[e2e][moysklad]") {
    Shop shop;
    auto& suite = shop.suite;
    const auto match = std::string(GENERATE(at_create, at_end));
    suite.fault(R"({"api":"moysklad","kind":"slow","delay_ms":3000,"match":")" + match + "\"}");
    const auto met = [&] {
        return e2e::http("GET", suite.url("sandbox") + "/sandbox/faults")
                   .json()
                   .root()
                   .find("items")
                   ->size() == 0;
    };
    for (const auto& event : together()) {
        shop.post(event);
    }
    testing::wait_until(met, 20s, "the request is at MoySklad");
    suite.kill(connector);
    shop.start_connector();
    shop.wait_until_idle();
    const auto call = shop.only_call();
    CHECK(call.root().find("extension")->string() == "152");
    CHECK(call.root().find("endTime")->string() == "2025-10-01 15:00:38.000");
    CHECK(suite.sql("SELECT count(*) FROM dead_letters") == "0");
}

TEST_CASE("a wrong key is a dead letter with its mend", "[e2e][moysklad]") {
    const Shop shop;
    const auto& suite = shop.suite;
    shop.configure(R"("phone_api_key":"a-key-of-nobody")");
    testing::wait_until(
        [&] {
            return e2e::http(
                       "POST", suite.url(connector) + "/internal/moysklad/test-connection/0367"
                   )
                       .body.find("1056") != std::string::npos;
        },
        10s,
        "the connector sees the key"
    );
    shop.play(scenario::row_3_missed());
    CHECK(
        suite.sql("SELECT count(*) > 0 AND bool_and(reason LIKE '%1056%' AND reason LIKE "
                  "'%check the key%') FROM dead_letters WHERE target = 'moysklad'") == "t"
    );
    CHECK(shop.sandbox().root().find("accounts")->size() == 0);
}

TEST_CASE("a burst of calls stays within MoySklad's limits", "[e2e][moysklad]") {
    const Shop shop;
    const auto& suite = shop.suite;
    e2e::http(
        "POST",
        suite.url("sandbox") + "/sandbox/moysklad/settings",
        R"({"limits":{"enforce":true}})"
    );
    constexpr int calls = 30;
    for (int i = 0; i < calls; ++i) {
        for (auto event : scenario::row_3_missed()) {
            event.unique_id = "30" + std::to_string(i) + ".1";
            event.phone = "+3752900001" + std::to_string(10 + i);
            shop.post(event);
        }
    }
    shop.wait_until_idle();
    const auto document = shop.sandbox();
    INFO(document.root().dump(2));
    CHECK(document.root().find("limits")->find("broken_all")->integer() == 0);
    const auto account = *document.root().find("accounts")->find("0367");
    CHECK(account.find("calls")->size() == calls);
    CHECK(account.find("violations")->find("all")->integer() == 0);
    for (const auto call : account.find("calls")->elements()) {
        CHECK(call.find("duration")->integer() == 0);
    }
}

TEST_CASE("customers, managers and the account are looked up", "[e2e][moysklad]") {
    const Shop shop;
    const auto& suite = shop.suite;
    const auto internal = suite.url(connector) + "/internal/moysklad";
    const auto customer = [&](const std::string& phone) {
        return e2e::http("GET", internal + "/customer/0367/" + phone).body;
    };
    CHECK(
        customer("%2B375296254070") ==
        R"({"found":true,"name":"Петров Иван","id":"0a1b2c3d-c001-11f0-0a80-000000000101","company":null,)"
        R"("responsible":{"extension":"150","id":"0a1b2c3d-e001-11f0-0a80-000000000150","name":"Ковалёва Анна Сергеевна"}})"
    );
    // By a contact person, whose number is spelt the old way.
    CHECK_THAT(
        customer("375290000001"),
        ContainsSubstring(R"("name":"Орлова Мария")") &&
            ContainsSubstring(R"("company":"ООО Орлова и партнёры")") &&
            ContainsSubstring(R"("extension":"151")")
    );
    CHECK_THAT(customer("375447770001"), ContainsSubstring("Новая карточка"));
    CHECK_THAT(customer("375447770003"), ContainsSubstring(R"("found":false)"));
    CHECK_THAT(customer("375447770002"), ContainsSubstring(R"("found":false)"));
    CHECK(
        testing::run_command(
            {.argv = {"grep", "-c", "ambiguous", (suite.logs() / "moysklad.log").string()}}
        ).output == "1\n"
    );
    CHECK(
        e2e::http("GET", internal + "/responsible/0367/375296254070").body ==
        R"({"extension":"150","id":"0a1b2c3d-e001-11f0-0a80-000000000150","name":"Ковалёва Анна Сергеевна"})"
    );
    CHECK_THAT(
        e2e::http("GET", internal + "/managers/0367").body,
        ContainsSubstring(
            R"({"id":"0a1b2c3d-e001-11f0-0a80-000000000152","name":"Зайцев Олег","extension":"152"})"
        )
    );
    CHECK(
        e2e::http("POST", internal + "/test-connection/0367").body ==
        R"({"ok":true,"detail":"the key of the Phone API works, 3 employees have an extension; Remap answers too"})"
    );
    CHECK_THAT(
        e2e::http("GET", suite.url("integration-cache") + "/customer-name/0367/375296254070").body,
        ContainsSubstring("Петров Иван")
    );
    // One number is not asked for twice within seconds.
    const auto asked = [&] {
        const auto answer =
            e2e::http("GET", suite.url("sandbox") + "/sandbox/requests?api=moysklad").json();
        int count = 0;
        for (const auto item : answer.root().find("items")->elements()) {
            const auto text = item.find("parameters")->find("search");
            count += text && text->string() == "375296254070" ? 1 : 0;
        }
        return count;
    };
    CHECK(asked() == 1);
    CHECK(shop.sandbox().root().find("limits")->find("broken_all")->integer() == 0);

    shop.configure(std::string(R"("phone_api_key":")") + phone_key + "\"");
    testing::wait_until(
        [&] {
            return e2e::http("POST", internal + "/test-connection/0367")
                       .body.find("not configured") != std::string::npos;
        },
        10s,
        "the connector sees that Remap is gone"
    );
    CHECK_THAT(customer("375296254070"), ContainsSubstring(R"("found":false)"));
}

TEST_CASE("a click in MoySklad becomes a call", "[e2e][moysklad]") {
    testing::HttpNeighbour gateway;
    gateway.answer(
        "POST", "/pbx/*", testing::NeighbourResponse::json(R"({"id":"PJSIP/151-00000007"})", 201)
    );
    const Shop shop({{"PBX_GATEWAY_URL", gateway.url()}});
    const auto& suite = shop.suite;
    const auto hook = suite.url(connector) + "/moysklad/hooks/" +
                      suite.sql("SELECT hook_key FROM enterprises WHERE number = '0367'") +
                      "/click-to-call";
    const auto click = [&](const std::string& url, const std::string& more) {
        return e2e::http(
                   "POST",
                   suite.url("sandbox") + "/sandbox/moysklad/click-to-call",
                   R"({"account":"0367","srcNumber":"151","destNumber":"+375291110011","url":")" +
                       url + "\"" + more + "}"
        )
            .json();
    };
    const auto status = [](const json::Document& answer) {
        return answer.root().find("status")->integer();
    };
    const auto nowhere = click(hook, "");
    CHECK(status(nowhere) == 503);
    CHECK_THAT(
        std::string(*nowhere.root().find("answer")->string()), ContainsSubstring("no exchange")
    );

    suite.sql("INSERT INTO pbx_servers (id, enterprise_number) VALUES ('main', '0367')");
    const auto placed = click(hook, "");
    CHECK(status(placed) == 200);
    CHECK(
        placed.root().find("answer")->string() ==
        R"({"status":"ok","channel":"PJSIP/151-00000007"})"
    );
    const auto orders = gateway.requests("POST", "/pbx/main/calls");
    REQUIRE(orders.size() == 1);
    CHECK_THAT(
        orders[0].body,
        ContainsSubstring(R"("from":"151")") && ContainsSubstring(R"("to":"+375291110011")") &&
            ContainsSubstring(R"("requested_by":"moysklad:ivan@example")")
    );
    CHECK(status(click(hook, R"(,"key":"a-wrong-key")")) == 403);
    CHECK(status(click(suite.url(connector) + "/moysklad/hooks/x/click-to-call", "")) == 404);
    CHECK(e2e::http("POST", hook, R"({"srcNumber":"151"})").status == 401);
    gateway.refuse();
    CHECK(status(click(hook, "")) == 503);
    CHECK(gateway.requests("POST", "/pbx/main/calls").size() == 1);
}

TEST_CASE("MoySklad's keys appear nowhere", "[e2e][moysklad]") {
    const Shop shop({{"LOG_LEVEL", "debug"}});
    const auto& suite = shop.suite;
    shop.play(scenario::row_3_missed());
    const auto internal = suite.url(connector) + "/internal/moysklad";
    std::string answers = e2e::http("GET", suite.url(connector) + "/metrics").body;
    answers += e2e::http("GET", internal + "/customer/0367/375296254070").body;
    answers += e2e::http("POST", internal + "/test-connection/0367").body;
    // A password, and a key that MoySklad refuses.
    const std::string password = "sandbox-moysklad-password-0367";
    const std::string packed = "YWRtaW5AMDM2NzpzYW5kYm94LW1veXNrbGFkLXBhc3N3b3JkLTAzNjc=";
    const std::string refused = "sandbox-refused-phone-key";
    shop.configure(
        R"("phone_api_key":")" + refused + R"(","login":"admin@0367","password":")" + password +
        "\""
    );
    testing::wait_until(
        [&] {
            const auto answer = e2e::http("POST", internal + "/test-connection/0367").body;
            answers += answer;
            return answer.find("1056") != std::string::npos;
        },
        10s,
        "the connector sees the new key"
    );
    answers += e2e::http("GET", internal + "/customer/0367/375447770001").body;
    CHECK_THAT(answers, ContainsSubstring("Новая карточка"));
    auto events = scenario::row_3_missed();
    for (auto& event : events) {
        event.unique_id = "3.2";
        event.phone = event.phone.empty() ? "" : "+375290000077";
    }
    shop.play(events);
    answers += suite.sql("SELECT string_agg(request || response, ' ') FROM integration_logs");
    answers += suite.sql("SELECT string_agg(reason || payload::text, ' ') FROM dead_letters");
    answers += suite.sql("SELECT string_agg(note, ' ') FROM crm_call_notes");
    for (const auto& secret :
         {std::string(phone_key), std::string(remap_token), password, packed, refused}) {
        INFO(secret);
        CHECK(answers.find(secret) == std::string::npos);
        const auto grep =
            testing::run_command({.argv = {"grep", "-rlF", secret, suite.logs().string()}});
        CHECK(grep.output.empty());
    }
    CHECK_THAT(answers, ContainsSubstring("POST /api/phone/1.0/call {"));
}
