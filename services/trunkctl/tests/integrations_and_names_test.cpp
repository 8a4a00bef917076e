#include "integration_rules.hpp"
#include "name_tables.hpp"
#include "tenants/enterprise.hpp"
#include "testing/catch.hpp"

using namespace trunkline;
using namespace trunkline::trunkctl;

namespace {

json::Document document(std::string_view text) { return json::parse(text).value(); }

const auto box =
    crypto::SecretBox::from_base64_key("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").value();

std::string faults_of(
    std::string_view config, const std::string& integration, const MemberValues& values
) {
    const auto changed = changed_config(document(config), "0367", integration, values, &box);
    REQUIRE_FALSE(changed);
    CHECK(changed.error().code == base::Errc::invalid_input);
    return base::describe(changed.error());
}

}  // namespace

TEST_CASE("a CRM's members are set, its secrets sealed, the rest stays", "[trunkctl]") {
    const auto changed = changed_config(
        document(R"({"smart":{"primary":"retailcrm"},"uon":{"enabled":false,"api_key":"plain"}})"),
        "0367",
        "retailcrm",
        {{"base_url", "https://x.retailcrm.ru"}, {"api_key", "sesame"}, {"site", "shop"}},
        &box
    );
    REQUIRE(changed);
    CHECK(changed->find("sesame") == std::string::npos);
    // What stood there in the clear is sealed with it.
    CHECK(changed->find("plain") == std::string::npos);
    tenants::Enterprise enterprise;
    enterprise.number = "0367";
    enterprise.integrations = document(*changed);
    CHECK(enterprise.is_enabled("retailcrm"));
    CHECK_FALSE(enterprise.is_enabled("uon"));
    CHECK(enterprise.primary() == "retailcrm");
    CHECK(enterprise.secret("retailcrm", "api_key", &box) == "sesame");
    CHECK(enterprise.secret("uon", "api_key", &box) == "plain");
    const auto without_site = changed_config(
        enterprise.integrations, "0367", "retailcrm", {{"site", ""}, {"enabled", "false"}}, &box
    );
    REQUIRE(without_site);
    enterprise.integrations = document(*without_site);
    CHECK_FALSE(enterprise.setting("retailcrm", "site"));
    CHECK_FALSE(enterprise.is_enabled("retailcrm"));
    enterprise.integrations =
        document(config_without(enterprise.integrations, "0367", "retailcrm", &box));
    CHECK_FALSE(enterprise.integrations.root().find("retailcrm"));
    CHECK(enterprise.primary().empty());
}

TEST_CASE("every wrong member of a CRM is told, and what it needs", "[trunkctl]") {
    const auto wrong = faults_of(
        "{}",
        "retailcrm",
        {{"apikey", "x"}, {"base_url", "http://crm.example.by"}, {"timezone", "Minsk"}}
    );
    CHECK_THAT(wrong, ContainsSubstring("apikey: is no member of retailcrm, which has enabled"));
    CHECK_THAT(wrong, ContainsSubstring("base_url: must begin with https://"));
    CHECK_THAT(wrong, ContainsSubstring("timezone: is no IANA zone"));
    CHECK_THAT(
        faults_of("{}", "retailcrm", {{"base_url", "https://x.retailcrm.ru"}}),
        ContainsSubstring("needs api_key")
    );
    CHECK_THAT(
        faults_of("{}", "bitrix24", {{"domain", "x.bitrix24.by"}}),
        ContainsSubstring("needs webhook_url or client_id, client_secret")
    );
    CHECK_THAT(
        faults_of("{}", "ms", {{"phone_api_key", "k"}, {"login", "me"}}),
        ContainsSubstring("login and password together")
    );
    CHECK_THAT(faults_of("{}", "uon", {{"enabled", "yes"}}), ContainsSubstring("true or false"));
    CHECK_THAT(faults_of("{}", "amo", {}), ContainsSubstring("\"amo\" is none of retailcrm, ms"));
    // Switched off it may lack what it needs; the sandbox is plain http on this machine.
    CHECK(changed_config(document("{}"), "0367", "uon", {{"enabled", "false"}}, &box));
    CHECK(changed_config(
        document("{}"),
        "0367",
        "retailcrm",
        {{"base_url", "http://127.0.0.1:8029/retailcrm/0367"}, {"api_key", "k"}},
        nullptr
    ));
    CHECK(changed_config(document("{}"), "0367", "own", {}, &box) == R"({"own":{"enabled":true}})");
}

TEST_CASE("headings may be English or Russian, in any order", "[trunkctl][csv]") {
    const auto import = read_names(
        managers_table(), "ФИО;Отдел;Добавочный;Короткое имя\nКовалёва Анна;Продажи;150;Анна К.\n"
    );
    REQUIRE(import);
    CHECK(import->bad.empty());
    CHECK(import->ignored == std::vector<std::string>{"Отдел"});
    REQUIRE(import->rows.size() == 1);
    CHECK(import->rows[0] == NameRow{"150", "Ковалёва Анна", "Анна К."});
    const auto lines = read_names(
        lines_table(), "Line_ID,Название,operator,Номер\n0001363,Отдел продаж,A1,+375173880000\n"
    );
    REQUIRE(lines);
    CHECK(lines->rows.at(0) == NameRow{"0001363", "Отдел продаж", "A1", "+375173880000"});
    const auto without = read_names(managers_table(), "extension,phone\n1,2\n");
    REQUIRE_FALSE(without);
    CHECK_THAT(without.error().detail, ContainsSubstring("there is no column full_name"));
    CHECK_FALSE(read_names(managers_table(), ""));
    CHECK_FALSE(read_names(managers_table(), "extension,full_name,ФИО\n1,2,3\n"));
}

TEST_CASE("every bad line of a file is told with its number", "[trunkctl][csv]") {
    const auto import = read_names(
        managers_table(),
        "extension,full_name\n150,Anna\n,Nobody\n151\n150,Anna again\n15 2,Blank\n153,Olga,more\n"
        "154,Pavel,\n"
    );
    REQUIRE(import);
    CHECK(import->rows.size() == 2);
    REQUIRE(import->bad.size() == 5);
    CHECK(import->bad[0].line == 3);
    CHECK(import->bad[0].detail == "extension is empty");
    CHECK(import->bad[1].detail == "1 fields, but the first line names 2");
    CHECK(import->bad[2].detail == "extension 150 stands in line 2 already");
    CHECK_THAT(import->bad[3].detail, ContainsSubstring("holds a blank"));
    CHECK(import->bad[4].line == 7);
}
