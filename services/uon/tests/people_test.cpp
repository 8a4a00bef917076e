#include "people.hpp"

#include "markup.hpp"
#include "testing/catch.hpp"

using namespace trunkline;
using namespace trunkline::uon;

namespace {

std::vector<Person> people(const std::string& text) {
    const auto document = json::parse(text);
    REQUIRE(document);
    return people_in(document->root());
}

std::string best(const std::string& text) {
    const auto all = people(text);
    const auto* person = best_of(all);
    return person == nullptr ? "" : person->id;
}

constexpr auto managers = R"({"users":[
    {"u_id":11,"u_surname":"Ковалёва","u_name":"Анна","ip_internal_number":"150","active":1},
    {"u_id":12,"u_surname":"Сидоров","u_name":"Пётр","u_sname":"Ильич","ip_internal_number":"151","active":1},
    {"u_id":13,"u_surname":"Новик","u_name":"Ольга","ip_internal_number":"","active":"1"},
    {"u_id":14,"u_surname":"Уволен","u_name":"Давно","ip_internal_number":"153","active":0}
],"result":200})";

}  // namespace

TEST_CASE("a name is surname, name, patronymic, else the company", "[uon]") {
    const auto all = people(
        R"({"users":[{"u_id":5012,"u_surname":"\u041f\u0435\u0442\u0440\u043e\u0432","u_name":" Иван ","u_sname":null,)"
        R"("u_company":"","manager_id":11},)"
        R"({"u_id":"7","u_surname":null,"u_company":"ООО &laquo;Ромашка&raquo; &amp; Ко","manager_id":0}],"result":200})"
    );
    REQUIRE(all.size() == 2);
    CHECK(all[0].id == "5012");
    CHECK(all[0].shown_name() == "Петров Иван");
    CHECK(all[0].manager_id == "11");
    CHECK(all[1].shown_name() == "ООО «Ромашка» & Ко");
    CHECK(all[1].manager_id.empty());
}

TEST_CASE("entities are decoded once, unknown ones stay", "[uon]") {
    CHECK(without_entities("О&#039;Нил &rarr; VIP") == "О'Нил → VIP");
    CHECK(without_entities("&#x41;&#1040;&#128222;") == "AА📞");
    CHECK(without_entities("&amp;lt;") == "&lt;");
    CHECK(
        without_entities("A & B; C &unknown; &#0; &#xD800; &") ==
        "A & B; C &unknown; &#0; &#xD800; &"
    );
    CHECK(without_entities(" a\nb&#10; ") == "a b");
}

TEST_CASE("of several clients the living, active, latest one is meant", "[uon]") {
    CHECK(best(R"({"users":[
            {"u_id":1,"deleted":1,"active":1,"u_date_update":"2026-05-01T00:00:00+03:00"},
            {"u_id":2,"deleted":0,"active":0,"u_date_update":"2026-04-01T00:00:00+03:00"},
            {"u_id":3,"deleted":0,"active":1,"u_date_update":"2026-01-01T00:00:00+03:00"},
            {"u_id":4,"deleted":"0","active":"1","u_date_update":"2026-01-01T00:00:00+02:00"},
            {"u_id":5,"deleted":0,"active":1,"u_date_update":"yesterday"}]})") == "4");
    CHECK(best(R"({"users":[],"result":200})").empty());
    CHECK(best(R"({"result":404})").empty());
    CHECK(best(R"({"records":[{"u_id":6}],"result":200})") == "6");
}

TEST_CASE("the enterprise's own table says who sits where, U-ON's numbers the rest", "[uon]") {
    tenants::Enterprise enterprise;
    enterprise.managers["152"] = {"Новик Ольга", "Ольга Н."};
    enterprise.managers["151"] = {"Сидоров Пётр", "Пётр С."};
    const auto staff = staff_of(enterprise, people(managers));
    REQUIRE(staff.size() == 3);
    CHECK(manager_at(staff, "150")->id == "11");
    CHECK(manager_at(staff, "151")->id == "12");
    CHECK(manager_at(staff, "151")->name == "Сидоров Пётр");
    CHECK(manager_at(staff, "152")->id == "13");
    CHECK(manager_at(staff, "153") == nullptr);
    CHECK(manager_at(staff, "") == nullptr);
    CHECK(manager_by_id(staff, "13")->extension == "152");
    CHECK(manager_by_id(staff, "14") == nullptr);
}

TEST_CASE("who has changed places sits where the own table says", "[uon]") {
    tenants::Enterprise enterprise;
    enterprise.managers["150"] = {"Новик Ольга", ""};
    enterprise.managers["199"] = {"Кто-то Другой", ""};
    const auto staff = staff_of(enterprise, people(managers));
    CHECK(manager_at(staff, "150")->id == "13");
    CHECK(manager_by_id(staff, "11")->extension.empty());
    CHECK(manager_at(staff, "199") == nullptr);
}
