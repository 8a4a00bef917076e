#include "json/document.hpp"

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "testing/catch.hpp"

using namespace trunkline;
using json::Kind;

namespace {

json::Document parsed(std::string_view text) {
    auto document = json::parse(text);
    REQUIRE(document.has_value());
    return *std::move(document);
}

}  // namespace

TEST_CASE("A view knows its kind and gives only what it is", "[json]") {
    const auto document = parsed(R"([null,true,1,"s",[],{}])");
    const auto root = document.root();
    const std::vector<Kind> kinds = {
        Kind::null, Kind::boolean, Kind::number, Kind::string, Kind::array, Kind::object
    };
    REQUIRE(root.size() == kinds.size());
    for (std::size_t i = 0; i < kinds.size(); ++i) {
        CHECK(root[i].kind() == kinds[i]);
        CHECK(root[i].boolean().has_value() == (kinds[i] == Kind::boolean));
        CHECK(root[i].integer().has_value() == (kinds[i] == Kind::number));
        CHECK(root[i].number().has_value() == (kinds[i] == Kind::number));
        CHECK(root[i].string().has_value() == (kinds[i] == Kind::string));
        CHECK_FALSE(root[i].find("x").has_value());
    }
    CHECK(root[0].is_null());
    CHECK(root[1].is_boolean());
    CHECK(root[2].is_number());
    CHECK(root[3].is_string());
    CHECK(root[4].is_array());
    CHECK(root[5].is_object());
}

TEST_CASE("Integers are exact at the borders of 64 bits and absent beyond", "[json]") {
    struct Case {
        std::string_view text;
        std::optional<std::int64_t> value;
    };
    const auto [text, value] = GENERATE(
        Case{"0", 0},
        Case{"-0", 0},
        Case{"3000000000", 3000000000},
        Case{"-2147483649", -2147483649},
        Case{"9223372036854775807", INT64_MAX},
        Case{"-9223372036854775808", INT64_MIN},
        Case{"9223372036854775808", std::nullopt},
        Case{"-9223372036854775809", std::nullopt},
        Case{"18446744073709551616", std::nullopt},
        Case{"1.0", std::nullopt},
        Case{"1e3", std::nullopt},
        Case{"0.5", std::nullopt}
    );
    const auto document = parsed(text);
    INFO(text);
    CHECK(document.root().integer() == value);
}

TEST_CASE("Every number has a finite double", "[json]") {
    struct Case {
        std::string_view text;
        double value;
    };
    const auto [text, value] = GENERATE(
        Case{"1759225684.16", 1759225684.16},
        Case{"1e3", 1000.0},
        Case{"1E+2", 100.0},
        Case{"-0.5", -0.5},
        Case{"9007199254740993", 9007199254740992.0},
        Case{"123456789012345678901234567890", 123456789012345678901234567890.0},
        Case{"1e-400", 0.0},
        Case{"2.2250738585072014e-308", 2.2250738585072014e-308}
    );
    const auto document = parsed(text);
    INFO(text);
    CHECK(document.root().number() == value);
}

TEST_CASE("A scalar's text is what stands in the body", "[json]") {
    const auto document = parsed(R"(["0013",13,1759225684.160,true,null,[],{}])");
    const auto root = document.root();
    CHECK(root[0].scalar_text() == "0013");
    CHECK(root[1].scalar_text() == "13");
    CHECK(root[2].scalar_text() == "1759225684.160");
    CHECK(root[3].scalar_text() == "true");
    CHECK_FALSE(root[4].scalar_text().has_value());
    CHECK_FALSE(root[5].scalar_text().has_value());
    CHECK_FALSE(root[6].scalar_text().has_value());
}

TEST_CASE("Members and elements come in the order received", "[json]") {
    const auto document = parsed(R"({"z":1,"a":[10,20],"m":{"x":null}})");
    std::string seen;
    for (const auto [key, value] : document.root().members()) {
        seen += std::string(key) + "=" + value.dump() + ";";
    }
    CHECK(seen == R"(z=1;a=[10,20];m={"x":null};)");
    std::int64_t sum = 0;
    const auto list = document.root().find("a");
    REQUIRE(list.has_value());
    for (const auto item : list->elements()) {
        sum += item.integer().value_or(0);
    }
    CHECK(sum == 30);
}

TEST_CASE("Ranges of the wrong kind are empty", "[json]") {
    const auto document = parsed(R"({"a":1,"s":"text"})");
    CHECK(document.root().elements().begin() == document.root().elements().end());
    const auto text = document.root().find("s");
    REQUIRE(text.has_value());
    CHECK(text->members().begin() == text->members().end());
    CHECK(text->size() == 0);
}

TEST_CASE("Indexing where nothing is throws", "[json]") {
    const auto document = parsed(R"({"a":[1]})");
    CHECK_THROWS_AS(document.root()[0], std::out_of_range);
    CHECK_THROWS_AS((*document.root().find("a"))[1], std::out_of_range);
}

TEST_CASE("Copies share a document and views outlive the first owner", "[json]") {
    auto first = parsed(R"({"a":"text"})");
    const auto second = first;
    const auto view = first.root();
    first = json::Document();
    CHECK(first.root().is_null());
    CHECK(view.find("a")->string() == "text");
    CHECK(second.root().dump() == R"({"a":"text"})");
}

TEST_CASE("A document that was moved from is null", "[json]") {
    auto first = parsed("[1]");
    const auto second = std::move(first);
    // That it may still be used is the promise under test.
    // NOLINTNEXTLINE(bugprone-use-after-move,clang-analyzer-cplusplus.Move)
    CHECK(first.root().is_null());
    CHECK(second.root().size() == 1);
}
