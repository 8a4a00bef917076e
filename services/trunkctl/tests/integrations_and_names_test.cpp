#include "csv.hpp"
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

using Fields = std::vector<std::string>;

Fields fields(std::string_view csv, std::size_t record = 0) {
    const auto records = parse_csv(csv);
    REQUIRE(records);
    REQUIRE(records->size() > record);
    return (*records)[record].fields;
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

TEST_CASE("CSV is read as spreadsheets write it", "[trunkctl][csv]") {
    CHECK(fields("a,b,c\r\n1,2,3\r\n", 1) == Fields{"1", "2", "3"});
    CHECK(fields("a;b\n\"x;\"\"y\"\"\";2\n", 1) == Fields{"x;\"y\"", "2"});
    CHECK(
        fields("\xEF\xBB\xBF"
               "a;b,c;d\n") == Fields{"a", "b,c", "d"}
    );
    CHECK(fields("sep=;\na,b;c\n") == Fields{"a,b", "c"});
    CHECK(fields("a\tb\n1\t\n", 1) == Fields{"1", ""});
    CHECK(fields("a,b\n \"x\" , y \n", 1) == Fields{"x", "y"});
    const auto records = parse_csv("a,b\n\n\"one\ntwo\",2\n,\n3,4");
    REQUIRE(records);
    REQUIRE(records->size() == 3);
    CHECK((*records)[1].line == 3);
    CHECK((*records)[1].fields == Fields{"one\ntwo", "2"});
    CHECK((*records)[2].line == 6);
    const auto broken = parse_csv("a,b\nx\"y,1\n\"z\"w,2\nok,3\n\"open,4\n");
    REQUIRE(broken);
    REQUIRE(broken->size() == 5);
    CHECK_THAT((*broken)[1].fault, ContainsSubstring("middle of a field"));
    CHECK_THAT((*broken)[2].fault, ContainsSubstring("behind a closing quote"));
    CHECK((*broken)[3].fields == Fields{"ok", "3"});
    CHECK((*broken)[4].fault == "a quote is never closed");
    CHECK((*broken)[4].line == 5);
}

TEST_CASE("a file that is not UTF-8 is refused with what to do", "[trunkctl][csv]") {
    // "extension;ФИО" and "151;Иванов" in Windows-1251.
    const auto russian =
        parse_csv("extension;full_name\n151;\xC8\xE2\xE0\xED\xEE\xE2\n152;\xCE\xEB\xFC\xE3\xE0\n");
    REQUIRE_FALSE(russian);
    CHECK(
        russian.error().detail ==
        "line 2 is not UTF-8, the file looks like Windows-1251: save it as \"CSV UTF-8\""
    );
    const auto wide = parse_csv(std::string(
        "\xFF\xFE"
        "a\0b\0",
        6
    ));
    REQUIRE_FALSE(wide);
    CHECK_THAT(wide.error().detail, ContainsSubstring("UTF-16"));
    CHECK_FALSE(parse_csv(std::string("a,b\0", 4)));
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
