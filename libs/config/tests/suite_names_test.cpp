#include "config/suite_names.hpp"

#include <algorithm>
#include <string>

#include "testing/catch.hpp"

using namespace trunkline;

namespace {

void check_known(std::initializer_list<std::string_view> names) {
    for (const auto name : names) {
        CAPTURE(std::string(name));
        CHECK(config::is_suite_name(name));
    }
}

}  // namespace

TEST_CASE("the list is sorted and has nothing twice", "[config]") {
    const auto names = config::suite_names();
    CHECK(std::ranges::is_sorted(names));
    CHECK(std::ranges::adjacent_find(names) == names.end());
}

TEST_CASE("every name of SPEC section 3 is known", "[config]") {
    check_known(
        {"DATABASE_URL",
         "REDIS_URL",
         "LOG_DIR",
         "LOG_LEVEL",
         "LOG_FORMAT",
         "BIND_HOST",
         "INTERNAL_TOKEN",
         "ADMIN_TOKEN",
         "PUBLIC_URL",
         "TRUSTED_PROXIES",
         "TELEGRAM_API_URL",
         "MOYSKLAD_PHONE_API_URL",
         "MOYSKLAD_API_URL",
         "UON_API_URL",
         "BITRIX24_OAUTH_URL",
         "ALLOWED_UPSTREAM_HOSTS",
         "ALLOW_LOOPBACK_UPSTREAMS"}
    );
    for (const std::string service :
         {"INGEST",
          "INTEGRATION_CACHE",
          "RETAILCRM",
          "UON",
          "MOYSKLAD",
          "BITRIX24",
          "CALL_EMULATOR",
          "TELEGRAM_NOTIFIER",
          "SANDBOX",
          "PBX_GATEWAY",
          "VOIP",
          "CALL_DESK"}) {
        CAPTURE(service);
        CHECK(config::is_suite_name(service + "_PORT"));
        CHECK(config::is_suite_name(service + "_URL"));
    }
}

TEST_CASE("every name of INTERFACES section 2 is known", "[config]") {
    check_known(
        {"SECRETS_KEY",
         "PBX_ALLOWED_NETWORKS",
         "INGEST_RATE_LIMIT",
         "INGEST_WORKERS",
         "JOURNAL_DIR",
         "JOURNAL_MAX_BYTES",
         "RECORDINGS_PATH",
         "DEFAULT_TIMEZONE",
         "NAME_BUDGET_MS",
         "EMULATOR_ALLOWED_TARGETS",
         "DRAIN_SECONDS",
         "CRM_UPLOAD_HOLD_SECONDS"}
    );
}

TEST_CASE("every name of INTERFACES section 10 is known", "[config]") {
    check_known(
        {"EMAIL_BACKEND",
         "EMAIL_HOST",
         "EMAIL_PORT",
         "EMAIL_USE_TLS",
         "EMAIL_USE_SSL",
         "EMAIL_HOST_USER",
         "EMAIL_HOST_PASSWORD",
         "DEFAULT_FROM_EMAIL",
         "VOIP_EMAIL_NOTIFICATIONS",
         "VOIP_WEBHOOK_NOTIFICATIONS",
         "VOIP_WEBHOOK_URL",
         "ENABLED",
         "IMPORT_INTERVAL",
         "ASTERISK_DB_NAME",
         "ASTERISK_DB_USER",
         "ASTERISK_DB_PASSWORD",
         "ASTERISK_DB_HOST",
         "ASTERISK_DB_PORT",
         "ASTERISK_AMI_SECRET",
         "TEST_MODE",
         "WEBSOCKET_PORT",
         "WEBSOCKET_CORS_ORIGIN",
         "RECORDINGS_PATH",
         "RECORDINGS_URL_BASE",
         "JWT_SECRET",
         "ASTERISK_HOST",
         "ASTERISK_PORT",
         "ASTERISK_USER",
         "ASTERISK_SECRET"}
    );
}

TEST_CASE("a misspelt name finds its neighbour, a strange one does not", "[config]") {
    CHECK(config::nearest_suite_name("INGEST_PROT") == "INGEST_PORT");
    CHECK(config::nearest_suite_name("DATABSE_URL") == "DATABASE_URL");
    CHECK_FALSE(config::nearest_suite_name("PATH").has_value());
    CHECK_FALSE(config::nearest_suite_name("COMPLETELY_DIFFERENT").has_value());
    CHECK_FALSE(config::nearest_suite_name(std::string(100'000, 'A')).has_value());
}
