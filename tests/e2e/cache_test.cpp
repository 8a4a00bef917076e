// integration-cache as its callers and the people on duty see it: shapes, figures, replicas.

#include <chrono>
#include <fstream>
#include <sstream>

#include "suite.hpp"
#include "testing/catch.hpp"
#include "testing/neighbour.hpp"

using namespace trunkline;
using namespace std::chrono_literals;

namespace {

constexpr auto phone = "375296254070";

testing::NeighbourResponse customer(const std::string& name) {
    return testing::NeighbourResponse::json(
        R"({"found":true,"name":")" + name +
        R"(","id":"7","company":null,"responsible":{"extension":"150","id":"27","name":"М"}})"
    );
}

std::string name_json(const std::string& name) { return R"({"name":")" + name + "\"}"; }

/// The demo enterprise with a RetailCRM connector that the test plays, and a second replica.
struct Office {
    Office() {
        crm.answer("GET", "*", testing::NeighbourResponse::json(R"({"found":false})"));
        suite.start("integration-cache", {{"RETAILCRM_URL", crm.url()}});
    }

    void start_second() {
        const auto port = testing::free_port();
        second_url = "http://127.0.0.1:" + std::to_string(port);
        const e2e::Suite::Environment more{
            {"RETAILCRM_URL", crm.url()},
            {"INTEGRATION_CACHE_PORT", std::to_string(port)},
            {"LOG_DIR", (suite.logs() / "second").string()}
        };
        second = std::make_unique<testing::ChildProcess>(suite.command("integration-cache", more));
        testing::wait_until(
            [&] { return is_settled(second_url) && is_settled(suite.url("integration-cache")); },
            20s,
            "both replicas are connected"
        );
    }
    static bool is_settled(const std::string& url) {
        const auto answer = e2e::http("GET", url + "/ready");
        return answer.status == 200 &&
               answer.body.find(R"("status":"ready","parts")") != std::string::npos;
    }

    e2e::HttpAnswer get(const std::string& path) const {
        return e2e::http("GET", suite.url("integration-cache") + path);
    }
    e2e::HttpAnswer post(const std::string& path) const {
        return e2e::http("POST", suite.url("integration-cache") + path);
    }
    std::int64_t figure(const std::string& name) const {
        return get("/stats").json().root().find(name)->integer().value_or(-1);
    }

    e2e::Suite suite;
    testing::HttpNeighbour crm;
    std::string second_url;
    std::unique_ptr<testing::ChildProcess> second;
};

std::string content_of(const std::filesystem::path& path) {
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

}  // namespace

TEST_CASE("every look-up has the shape that was promised", "[e2e][cache]") {
    Office office;
    for (const auto* ent : {"0367", "june", "375293332255"}) {
        INFO(ent);
        const std::string of = std::string("/") + ent;
        CHECK(
            office.get("/integrations" + of).body ==
            R"({"integrations":{"retailcrm":true,"ms":false,"uon":false,"bitrix24":false,"own":false}})"
        );
        const auto config = office.get("/config" + of);
        CHECK(config.status == 200);
        CHECK(config.body.starts_with(R"({"number":"0367","name":"june","config":{)"));
        CHECK_THAT(config.body, ContainsSubstring(R"("api_key":"***")"));
        CHECK_THAT(config.body, !ContainsSubstring("sandbox-retailcrm-key"));
        CHECK(office.get("/customer-name" + of + "/37052628760").body == R"({"name":null})");
        CHECK(
            office.get("/metadata" + of + "/line/0001363").body ==
            R"({"line_id":"0001363","name":"Отдел продаж","operator":"A1","number":"+375173880000"})"
        );
        CHECK(
            office.get("/metadata" + of + "/manager/999").body ==
            R"({"extension":"999","full_name":null,"short_name":null})"
        );
        CHECK(
            office.get("/metadata" + of + "/line/none").body ==
            R"({"line_id":"none","name":null,"operator":null,"number":null})"
        );
    }
    office.crm.answer("GET", "*", customer("Петров Иван"));
    for (const auto* writing : {"375296254070", "+375296254070", "%2B375296254070"}) {
        INFO(writing);
        CHECK(
            office.get(std::string("/customer-name/0367/") + writing).body ==
            name_json("Петров Иван")
        );
        CHECK(
            office.get(std::string("/customer-profile/0367/") + writing).body ==
            R"({"last_name":"Петров","first_name":"Иван","middle_name":null,)"
            R"("full_name":"Петров Иван","company":null,"responsible_extension":"150",)"
            R"("source":"retailcrm"})"
        );
    }
    for (const auto* path :
         {"/integrations/3752",
          "/config/3752",
          "/customer-name/3752/1",
          "/customer-profile/3752/1",
          "/metadata/3752/manager/1",
          "/metadata/3752/line/1"}) {
        INFO(path);
        const auto answer = office.get(path);
        CHECK(answer.status == 404);
        CHECK(answer.body == R"({"detail":"Enterprise not found"})");
    }
    CHECK(office.post("/cache/refresh").body == R"({"status":"ok","enterprises":1})");
    CHECK(office.post("/cache/invalidate/june").body == R"({"status":"ok","enterprises":1})");
    CHECK(office.post("/cache/invalidate/3752").status == 404);
}

TEST_CASE("/stats counts every look-up, and the lines of those on watch work", "[e2e][cache]") {
    Office office;
    office.crm.answer("GET", "*", customer("Иван"));
    CHECK(office.figure("hits") == 0);
    CHECK(office.figure("misses") == 0);
    CHECK(office.figure("cache_size") == 1);
    CHECK(office.figure("config_cache_size") == 1);
    (void)office.get("/customer-name/0367/375296254070");   // Miss.
    (void)office.get("/customer-name/june/+375296254070");  // From here on hits.
    (void)office.get("/customer-profile/0367/375296254070");
    (void)office.get("/integrations/june");
    (void)office.get("/config/0367");
    (void)office.get("/metadata/0367/manager/151");
    (void)office.get("/integrations/nobody");  // Miss.
    CHECK(office.figure("hits") == 5);
    CHECK(office.figure("misses") == 2);
    const auto stats = office.get("/stats");
    CHECK(stats.json().root().find("hit_rate_percent")->number() == 71.43);
    CHECK(stats.json().root().find("last_full_refresh")->string()->size() == 19);
    // As the document for those on duty has them, but for the port.
    testing::Command watch;
    const auto url = office.suite.url("integration-cache");
    watch.argv = {
        "bash",
        "-c",
        "curl -s " + url +
            "/stats | jq -c '{cache_size, hit_rate_percent, config_cache_size, last_refresh: "
            ".last_full_refresh}'; if [ $(curl -s " +
            url + "/stats | jq '.cache_size') -eq 0 ]; then echo ALERT; fi; curl -s " + url +
            "/stats | jq '.cache_size, .hit_rate_percent'"
    };
    const auto watched = testing::run_command(watch);
    CHECK(watched.output.starts_with(R"({"cache_size":1,"hit_rate_percent":71.43,)"));
    CHECK_THAT(watched.output, !ContainsSubstring("ALERT"));
    CHECK(watched.output.ends_with("1\n71.43\n"));
    const auto metrics = office.get("/metrics").body;
    CHECK_THAT(metrics, ContainsSubstring("integration_cache_lookups_total{result=\"hit\"} 5\n"));
    CHECK_THAT(metrics, ContainsSubstring("integration_cache_entries{cache=\"status\"} 1\n"));
    testing::wait_until(
        [&] {
            const auto log = content_of(office.suite.logs() / "integration_cache.log");
            return log.find("🔄 full refresh: 1 enterprises") != std::string::npos;
        },
        20s,
        "the log tells of the refresh"
    );
}

TEST_CASE("nobody has to say that a row has changed", "[e2e][cache]") {
    Office office;
    const auto wait_for = [&](const std::string& path, const std::string& body) {
        testing::wait_until(
            [&] { return office.get(path).body == body; }, 20s, path + " answers " + body
        );
    };
    const std::string name_path = std::string("/customer-name/0367/") + phone;
    CHECK(office.get(name_path).body == R"({"name":null})");
    office.suite.sql(
        "INSERT INTO customers (enterprise_number, phone, name, first_call_at, last_call_at) "
        "VALUES ('0367', '375296254070', 'Свой', now(), now())"
    );
    wait_for(name_path, name_json("Свой"));
    office.suite.sql("UPDATE customers SET name = 'Свой Иван' WHERE phone = '375296254070'");
    wait_for(name_path, name_json("Свой Иван"));
    office.suite.sql("DELETE FROM customers WHERE phone = '375296254070'");
    wait_for(name_path, R"({"name":null})");
    office.suite.sql(
        "INSERT INTO managers VALUES ('0367', '777', 'Иванов Пётр', 'Пётр') "
        "ON CONFLICT (enterprise_number, extension) DO NOTHING"
    );
    wait_for(
        "/metadata/0367/manager/777",
        R"({"extension":"777","full_name":"Иванов Пётр","short_name":"Пётр"})"
    );
    office.suite.sql("UPDATE lines SET operator = 'МТС' WHERE line_id = '0001363'");
    testing::wait_until(
        [&] {
            return office.get("/metadata/0367/line/0001363").body.find("МТС") != std::string::npos;
        },
        20s,
        "the line's operator is there"
    );
    // The configuration decides who is asked, so what was answered before no longer counts.
    office.crm.answer("GET", "*", customer("Иван"));
    office.suite.sql(
        "UPDATE enterprises SET integrations_config = jsonb_set(COALESCE(integrations_config, "
        "'{}'::jsonb), '{smart,primary}', '\"own\"') WHERE number = '0367'"
    );
    wait_for(name_path, name_json("Иван"));
    office.suite.sql("DELETE FROM enterprises WHERE number = '0367'");
    wait_for("/integrations/0367", R"({"detail":"Enterprise not found"})");
    CHECK(office.figure("cache_size") == 0);
    CHECK(office.get("/ready").status == 200);
}

TEST_CASE("a replica forgets what another was told to forget", "[e2e][cache]") {
    Office office;
    office.start_second();
    const std::string path = std::string("/customer-name/0367/") + phone;
    office.crm.answer("GET", "*", customer("Старое Имя"));
    CHECK(office.get(path).body == name_json("Старое Имя"));
    CHECK(e2e::http("GET", office.second_url + path).body == name_json("Старое Имя"));
    office.crm.answer("GET", "*", customer("Новое Имя"));
    CHECK(office.get(path).body == name_json("Старое Имя"));
    CHECK(office.post("/cache/invalidate/0367").status == 200);
    const auto told = std::chrono::steady_clock::now();
    testing::wait_until(
        [&] { return e2e::http("GET", office.second_url + path).body == name_json("Новое Имя"); },
        20s,
        "the other replica has the new name"
    );
    const auto took = std::chrono::steady_clock::now() - told;
    WARN(
        "the other replica had the new name "
        << std::chrono::duration_cast<std::chrono::milliseconds>(took).count()
        << " ms after the answer, curl's own start included"
    );
    CHECK(office.get(path).body == name_json("Новое Имя"));
}

TEST_CASE("two enterprises never see each other's customers", "[e2e][cache]") {
    Office office;
    office.suite.sql(
        "INSERT INTO enterprises (number, name, name2, integrations_config) VALUES "
        "('0368', 'july', '375293332256', '{\"retailcrm\":{\"enabled\":true}}')"
    );
    office.crm.answer(
        "GET", std::string("/internal/retailcrm/customer/0367/") + phone, customer("Клиент Июня")
    );
    office.crm.answer(
        "GET", std::string("/internal/retailcrm/customer/0368/") + phone, customer("Клиент Июля")
    );
    testing::wait_until(
        [&] { return office.get("/integrations/july").status == 200; }, 20s, "july is there"
    );
    for (int round = 0; round < 2; ++round) {
        CHECK(
            office.get(std::string("/customer-name/june/") + phone).body == name_json("Клиент Июня")
        );
        CHECK(
            office.get(std::string("/customer-name/july/") + phone).body == name_json("Клиент Июля")
        );
    }
    CHECK(office.post("/cache/invalidate/july").status == 200);
    office.crm.refuse();
    CHECK(office.get(std::string("/customer-name/june/") + phone).body == name_json("Клиент Июня"));
    CHECK(office.get(std::string("/customer-name/july/") + phone).body == R"({"name":null})");
}
