#include "people.hpp"

#include "testing/catch.hpp"

using namespace trunkline;
using namespace trunkline::moysklad;

namespace {

json::Document parsed(std::string_view text) {
    auto document = json::parse(text);
    REQUIRE(document);
    return *document;
}

}  // namespace

TEST_CASE("rows of MoySklad are read, with what they leave out", "[moysklad]") {
    const auto document = parsed(
        R"({"rows":[{"id":"c1","name":"ООО Ромашка","companyType":"legal","phone":"+375 (29) 1",)"
        R"("updated":"2025-01-01 10:00:00.000",)"
        R"("owner":{"meta":{"href":"https://x/entity/employee/e1"}},)"
        R"("contactpersons":{"meta":{"size":2}}},)"
        R"({"id":"c2","name":"Иван","legalLastName":"Петров","legalFirstName":"Иван"}]})"
    );
    const auto cards = counterparties_in(document.root());
    REQUIRE(cards.size() == 2);
    CHECK(cards[0].owner == "e1");
    CHECK(cards[0].contacts == 2);
    CHECK(cards[1].full_name == "Петров Иван");
    CHECK(cards[1].owner.empty());
    const auto phones = parsed(
        R"({"employees":[{"meta":{"href":"https://x/entity/employee/e1"},"extention":"151"}]})"
    );
    const auto employees = extensions_in(phones.root());
    REQUIRE(employees.size() == 1);
    CHECK(employees[0].id == "e1");
    CHECK(employees[0].extension == "151");
    const auto people = parsed(R"({"rows":[{"id":"e1","lastName":"Мороз","firstName":"Павел"}]})");
    CHECK(names_in(people.root())[0].name == "Мороз Павел");
}

TEST_CASE("spellings of one number are alike by their last nine digits", "[moysklad]") {
    CHECK(is_same_phone("+375 (29) 625-40-70", "375296254070"));
    CHECK(is_same_phone("8 029 625 40 70", "375296254070"));
    CHECK_FALSE(is_same_phone("375296254071", "375296254070"));
    CHECK_FALSE(is_same_phone("", ""));
    CHECK(is_same_phone("151", "151"));
}

TEST_CASE("of several cards the one changed last is taken", "[moysklad]") {
    Match older;
    older.card.id = "old";
    older.card.updated = "2024-01-01 10:00:00.000";
    Match newer;
    newer.card.id = "new";
    newer.card.updated = "2025-01-01 10:00:00.000";
    CHECK(latest({newer, older}).card.id == "new");
    CHECK(latest({older, newer}).card.id == "new");
}

TEST_CASE("a company is no person's name", "[moysklad]") {
    Match match;
    match.card.id = "c1";
    match.card.name = "ООО Ромашка";
    match.card.company_type = "legal";
    match.card.owner = "e1";
    match.contact = "Орлова Мария";
    const auto contact = customer_of(match);
    CHECK(contact.found);
    CHECK(contact.name == "Орлова Мария");
    CHECK(contact.company == "ООО Ромашка");
    REQUIRE(contact.responsible);
    CHECK(contact.responsible->id == "e1");
    match.contact.clear();
    CHECK(customer_of(match).name == "ООО Ромашка");
    match.card.company_type = "individual";
    match.card.full_name = "Петров Иван";
    CHECK(customer_of(match).name == "Петров Иван");
    CHECK(customer_of(match).company.empty());
}
