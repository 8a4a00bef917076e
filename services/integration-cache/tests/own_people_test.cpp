#include "own_people.hpp"

#include "testing/catch.hpp"

using namespace trunkline;
using namespace trunkline::integration_cache;

namespace {

numbers::Plans& plans() {
    static numbers::Plans plans;
    return plans;
}

tenants::Enterprise june() {
    tenants::Enterprise enterprise;
    enterprise.number = "0367";
    enterprise.numbers = plans().make({.region = "BY", .lines = {}, .rules = {}}).plan;
    return enterprise;
}

base::Result<ContactChange> read(std::string_view body, bool is_whole = true) {
    const auto document = json::parse(body).value();
    return read_contact(document.root(), june(), is_whole);
}

ContactImport import(std::string_view text) {
    auto read = read_import(text, june());
    REQUIRE(read);
    return std::move(*read);
}

}  // namespace

TEST_CASE("a contact's numbers are read as the exchange's are", "[integration-cache]") {
    const auto change = read(
        R"({"name":" Петров Иван ","phones":["8 (029) 625-40-70","+375296254070","375173880001"]})"
    );
    REQUIRE(change);
    CHECK(change->name == "Петров Иван");
    const std::vector<OwnNumber> expected{
        {"375296254070", "+375296254070"}, {"375173880001", "+375173880001"}
    };
    CHECK(change->numbers == expected);
    CHECK(change->company == "");
}

TEST_CASE("a patch leaves alone what it does not name", "[integration-cache]") {
    const auto change = read(R"({"note":null,"responsible":150})", false);
    REQUIRE(change);
    CHECK_FALSE(change->name);
    CHECK_FALSE(change->numbers);
    CHECK_FALSE(change->company);
    CHECK(change->note == "");
    CHECK(change->responsible == "150");
}

TEST_CASE("every wrong member of a contact is told", "[integration-cache]") {
    const auto change = read(
        R"({"name":"a\u0007","email":"no address","responsible":"15 0","phones":["151","abc","+375296254070"],"note":"\u0001"})"
    );
    REQUIRE_FALSE(change);
    CHECK(change.error().code == base::Errc::invalid_input);
    std::vector<std::string> paths;
    for (const auto& field : change.error().fields) {
        paths.push_back(field.path);
    }
    CHECK(
        paths ==
        std::vector<std::string>{"/name", "/phones", "/phones", "/email", "/responsible", "/note"}
    );
    CHECK_FALSE(read(R"({"phones":"+375296254070"})"));
    CHECK_FALSE(read("[]"));
    CHECK(is_own_id("crm-7_a.b~C"));
    CHECK_FALSE(is_own_id(""));
    CHECK_FALSE(is_own_id("a/b"));
    CHECK_FALSE(is_own_id(std::string(65, 'a')));
    const auto nameless = json::parse(R"({"name":""})").value();
    CHECK_FALSE(read_company(nameless.root(), true));
    CHECK_FALSE(read_company(nameless.root(), false));
}

TEST_CASE("contacts come from CSV in English and Russian", "[integration-cache]") {
    const auto english = import(
        "name;company;phone;phone2;email;responsible;note\n"
        "Петров Иван;ООО Ромашка;80296254070;\"+375173880001, 80173880002\";a@b.by;150;VIP\n"
    );
    REQUIRE(english.contacts.size() == 1);
    CHECK(english.contacts[0].line == 2);
    CHECK(english.contacts[0].numbers.size() == 3);
    CHECK(english.contacts[0].numbers[2].number == "+375173880002");
    CHECK(english.contacts[0].email == "a@b.by");
    const auto russian = import(
        "\xEF\xBB\xBFФИО;Компания;Телефон;Ответственный;Примечание;Город\r\n;ООО Ромашка;"
        "+375296254070;150;;Минск\r\n"
    );
    REQUIRE(russian.contacts.size() == 1);
    CHECK(russian.contacts[0].company == "ООО Ромашка");
    CHECK(russian.contacts[0].responsible == "150");
    CHECK(russian.ignored == std::vector<std::string>{"Город"});
}

TEST_CASE("every bad line of contacts is told with its number", "[integration-cache]") {
    const auto read = import(
        "name,company,phone,email\n"
        "Anna,,+375296254070,\n"
        ",,+375296254071,\n"
        "Nobody,,,\n"
        "Short,,151,\n"
        "Twice,,80296254070,\n"
        "Mail,,+375296254072,nowhere\n"
        "Torn\n"
    );
    CHECK(read.contacts.size() == 1);
    std::vector<std::string> told;
    for (const auto& bad : read.bad) {
        told.push_back(std::to_string(bad.line) + " " + bad.detail);
    }
    REQUIRE(told.size() == 6);
    CHECK(told[0] == "3 name and company are both empty");
    CHECK(told[1] == "4 phone is empty");
    CHECK(told[2] == "5 phone: \"151\" is no outside number");
    CHECK(told[3] == "6 +375296254070 stands in line 2 already");
    CHECK(told[4] == "7 email \"nowhere\" is no e-mail address");
    CHECK_THAT(told[5], ContainsSubstring("8 1 fields"));
    CHECK_FALSE(read_import("name;company\nx;y\n", june()));
}
