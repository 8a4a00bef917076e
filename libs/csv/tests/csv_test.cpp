#include "csv/csv.hpp"

#include "csv/table.hpp"
#include "testing/catch.hpp"

using namespace trunkline;

namespace {

using Fields = std::vector<std::string>;

Fields fields(std::string_view text, std::size_t record = 0) {
    const auto records = csv::parse(text);
    REQUIRE(records);
    REQUIRE(records->size() > record);
    return (*records)[record].fields;
}

}  // namespace

TEST_CASE("CSV is read as spreadsheets write it", "[csv]") {
    CHECK(fields("a,b,c\r\n1,2,3\r\n", 1) == Fields{"1", "2", "3"});
    CHECK(fields("a;b\n\"x;\"\"y\"\"\";2\n", 1) == Fields{"x;\"y\"", "2"});
    CHECK(
        fields("\xEF\xBB\xBF"
               "a;b,c;d\n") == Fields{"a", "b,c", "d"}
    );
    CHECK(fields("sep=;\na,b;c\n") == Fields{"a,b", "c"});
    CHECK(fields("a\tb\n1\t\n", 1) == Fields{"1", ""});
    CHECK(fields("a,b\n \"x\" , y \n", 1) == Fields{"x", "y"});
    const auto records = csv::parse("a,b\n\n\"one\ntwo\",2\n,\n3,4");
    REQUIRE(records);
    REQUIRE(records->size() == 3);
    CHECK((*records)[1].line == 3);
    CHECK((*records)[1].fields == Fields{"one\ntwo", "2"});
    CHECK((*records)[2].line == 6);
    const auto broken = csv::parse("a,b\nx\"y,1\n\"z\"w,2\nok,3\n\"open,4\n");
    REQUIRE(broken);
    REQUIRE(broken->size() == 5);
    CHECK_THAT((*broken)[1].fault, ContainsSubstring("middle of a field"));
    CHECK_THAT((*broken)[2].fault, ContainsSubstring("behind a closing quote"));
    CHECK((*broken)[3].fields == Fields{"ok", "3"});
    CHECK((*broken)[4].fault == "a quote is never closed");
    CHECK((*broken)[4].line == 5);
}

TEST_CASE("a file that is not UTF-8 is refused with what to do", "[csv]") {
    // "extension;ФИО" and "151;Иванов" in Windows-1251.
    const auto russian =
        csv::parse("extension;full_name\n151;\xC8\xE2\xE0\xED\xEE\xE2\n152;\xCE\xEB\xFC\xE3\xE0\n");
    REQUIRE_FALSE(russian);
    CHECK(
        russian.error().detail ==
        "line 2 is not UTF-8, the file looks like Windows-1251: save it as \"CSV UTF-8\""
    );
    const auto wide = csv::parse(std::string(
        "\xFF\xFE"
        "a\0b\0",
        6
    ));
    REQUIRE_FALSE(wide);
    CHECK_THAT(wide.error().detail, ContainsSubstring("UTF-16"));
    CHECK_FALSE(csv::parse(std::string("a,b\0", 4)));
}

TEST_CASE("a table's lines keep their numbers, good and bad ones", "[csv]") {
    const std::vector<csv::Column> columns{
        {"name", {"фио"}, true}, {"phone", {"телефон"}, true}, {"note", {}, false}
    };
    const auto table = csv::read_table(columns, "Телефон;ФИО;Цвет\n1;Анна;x\n2\n\n3;Пётр;y\n");
    REQUIRE(table);
    REQUIRE(table->lines.size() == 2);
    CHECK(table->lines[0].values == Fields{"Анна", "1", ""});
    CHECK(table->lines[1].number == 5);
    REQUIRE(table->bad.size() == 1);
    CHECK(table->bad[0].line == 3);
    CHECK(table->ignored == Fields{"Цвет"});
    const auto missing = csv::read_table(columns, "name;note\nx;y\n");
    REQUIRE_FALSE(missing);
    CHECK_THAT(missing.error().detail, ContainsSubstring("there is no column phone"));
    CHECK_FALSE(csv::read_table(columns, ""));
    CHECK_FALSE(csv::read_table(columns, "name;phone;ФИО\na;1;b\n"));
}
