// The command lines of the debugging manual (seeds/5, from "Проверка endpoints" on), as they stand
// there but for the ports.
#include <string>

#include "suite.hpp"
#include "testing/catch.hpp"

using namespace trunkline;
using namespace std::chrono_literals;

namespace {

/// Runs a line of the manual in the suite's folder, its address of 8020 replaced.
testing::Outcome line(const e2e::Suite& suite, std::string text) {
    const std::string address = "http://127.0.0.1:8020";
    for (auto at = text.find(address); at != std::string::npos; at = text.find(address)) {
        text.replace(at, address.size(), suite.url("integration-cache"));
    }
    return testing::run_command({.argv = {"bash", "-c", text}, .folder = suite.logs().parent_path()}
    );
}

std::string said(const e2e::Suite& suite, const std::string& text) {
    const auto outcome = line(suite, text);
    INFO(text << ": " << outcome.output);
    REQUIRE(outcome.status == 0);
    return outcome.output;
}

}  // namespace

TEST_CASE("the manual's lines for the cache give what the manual says", "[e2e][seed5]") {
    e2e::Suite suite;
    suite.start_all();

    // Диагностика.
    CHECK(
        said(suite, "curl -s http://127.0.0.1:8020/integrations/0367") ==
        R"({"integrations":{"retailcrm":true,"ms":false,"uon":false,"bitrix24":false,"own":false}})"
    );
    CHECK(
        said(suite, "curl -s http://127.0.0.1:8020/integrations/june") ==
        said(suite, "curl -s http://127.0.0.1:8020/integrations/0367")
    );
    CHECK(
        said(suite, "curl -s http://127.0.0.1:8020/integrations/375293332255") ==
        said(suite, "curl -s http://127.0.0.1:8020/integrations/0367")
    );
    CHECK(
        said(suite, "curl -s http://127.0.0.1:8020/integrations/nobody") ==
        R"({"detail":"Enterprise not found"})"
    );
    CHECK(
        said(suite, "curl -s http://127.0.0.1:8020/customer-name/0367/37052628760") ==
        R"({"name":null})"
    );

    // Шаг 1 и 2.
    for (const auto* figure :
         {"hits",
          "misses",
          "cache_size",
          "config_cache_size",
          "hit_rate_percent",
          "last_full_refresh"}) {
        INFO(figure);
        CHECK(
            said(
                suite,
                std::string("curl -s http://127.0.0.1:8020/stats | jq 'has(\"") + figure + "\")'"
            ) == "true\n"
        );
    }
    CHECK_THAT(
        said(suite, "curl -s -X POST http://127.0.0.1:8020/cache/refresh"),
        ContainsSubstring(R"("status":"ok")")
    );
    CHECK(
        said(
            suite,
            "curl -s http://127.0.0.1:8020/stats | jq '.cache_size > 0, .hit_rate_percent >= 0'"
        ) == "true\ntrue\n"
    );
    CHECK_THAT(
        said(suite, "curl -s http://127.0.0.1:8020/stats | jq -r .last_full_refresh"),
        Catch::Matchers::Matches("\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}\\n")
    );
    CHECK_THAT(
        said(suite, "tail -50 logs/integration_cache.log | grep -E \"(ERROR|WARNING|📊|🔄)\""),
        ContainsSubstring("🔄")
    );

    // Шаг 3.
    CHECK(
        said(suite, "curl -s http://127.0.0.1:8020/customer-name/0367/375296254070") ==
        R"({"name":"Петров Иван"})"
    );
    CHECK(
        said(suite, "curl -s http://127.0.0.1:8020/customer-name/0367/%2B375296254070") ==
        R"({"name":"Петров Иван"})"
    );
    const auto profile =
        said(suite, "curl -s http://127.0.0.1:8020/customer-profile/0367/375296254070");
    for (const auto* member :
         {"last_name",
          "first_name",
          "middle_name",
          "full_name",
          "company",
          "responsible_extension",
          "source"}) {
        CHECK_THAT(profile, ContainsSubstring(std::string("\"") + member + "\""));
    }
    CHECK(
        said(suite, "curl -s http://127.0.0.1:8020/metadata/0367/manager/151") ==
        R"({"extension":"151","full_name":"Сидоров Пётр","short_name":"Пётр С."})"
    );
    CHECK_THAT(
        said(suite, "curl -s http://127.0.0.1:8020/metadata/0367/line/0001363"),
        ContainsSubstring("Отдел продаж")
    );

    // Шаг 4.
    CHECK(
        suite.sql("SELECT number, integrations_config->'smart' as smart_config FROM enterprises "
                  "WHERE number = '0367'") == R"(0367|{"primary": "retailcrm"})"
    );
    suite.sql(
        "UPDATE enterprises SET integrations_config = jsonb_set(COALESCE(integrations_config, "
        "'{}'::jsonb), '{smart,primary}', '\"retailcrm\"') WHERE number = '0367'"
    );
    CHECK_THAT(
        said(suite, "curl -s -X POST http://127.0.0.1:8020/cache/invalidate/0367"),
        ContainsSubstring(R"("status":"ok")")
    );

    // Мониторинг: the watched line and the alert.
    CHECK_THAT(
        said(
            suite,
            "curl -s http://127.0.0.1:8020/stats | jq \"{cache_size, hit_rate_percent, "
            "config_cache_size, last_refresh: .last_full_refresh}\""
        ),
        ContainsSubstring("\"last_refresh\": \"20")
    );
    CHECK(said(
              suite,
              "if [ $(curl -s http://127.0.0.1:8020/stats | jq '.cache_size') -eq 0 ]; then "
              "echo ALERT; fi"
    )
              .empty());
}

TEST_CASE("the manual's whole cycle finds the names in the enterprise's log", "[e2e][seed5]") {
    e2e::Suite suite;
    suite.start_all();
    for (const auto& event : e2e::inbound_answered("1768467600.70")) {
        suite.send(event.name, event.body);
    }
    suite.wait_for_text("✅ Завершен");
    suite.wait_until_idle();
    // Шаг 5.
    testing::wait_until(
        [&] {
            const auto found = line(suite, "grep \"customer_name\\|full_name\" logs/0367.log");
            return found.output.find("Петров Иван") != std::string::npos;
        },
        10s,
        "the log tells the customer's name"
    );
    CHECK_THAT(suite.history().back(), ContainsSubstring("Петров Иван"));
}
