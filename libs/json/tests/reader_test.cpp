#include "json/reader.hpp"

#include "testing/catch.hpp"

using namespace trunkline;
using json::Reader;

namespace {

json::Document parsed(std::string_view text) {
    auto document = json::parse(text);
    REQUIRE(document.has_value());
    return *std::move(document);
}

Reader inner_of(Reader& reader, std::string_view key) {
    const auto inner = reader.required_object(key);
    REQUIRE(inner.has_value());
    return inner.value_or(reader);
}

std::vector<base::FieldError> errors_of(const Reader& reader) {
    const auto finished = reader.finish();
    return finished ? std::vector<base::FieldError>() : finished.error().fields;
}

}  // namespace

TEST_CASE("A reader decodes members of every kind", "[json]") {
    const auto document = parsed(
        R"({"s":"x","i":-5,"b":true,"n":0.5,"list":["a","b"],"o":{"k":"v"},"none":null,"z":7})"
    );
    Reader reader(document.root());
    CHECK(reader.required_string("s") == "x");
    CHECK(reader.required_integer("i") == -5);
    CHECK(reader.required_bool("b"));
    CHECK(reader.required_number("n") == 0.5);
    CHECK(reader.optional_string("s") == "x");
    CHECK(reader.optional_integer("z") == 7);
    CHECK(reader.optional_bool("b") == true);
    CHECK(reader.optional_number("z") == 7.0);
    CHECK(reader.string_list("list") == std::vector<std::string>{"a", "b"});
    CHECK(reader.view("none").has_value());
    Reader inner = reader.object("o").value_or(reader);
    CHECK(inner.required_string("k") == "v");
    CHECK(inner.path() == "/o");
    CHECK(reader.finish().has_value());
}

TEST_CASE("Absent and null are the same to optional getters", "[json]") {
    const auto document = parsed(R"({"none":null})");
    Reader reader(document.root());
    const auto* const key = GENERATE("none", "absent");
    CHECK_FALSE(reader.optional_string(key).has_value());
    CHECK_FALSE(reader.optional_integer(key).has_value());
    CHECK_FALSE(reader.optional_bool(key).has_value());
    CHECK_FALSE(reader.optional_number(key).has_value());
    CHECK_FALSE(reader.optional_text(key).has_value());
    CHECK_FALSE(reader.object(key).has_value());
    CHECK(reader.string_list(key).empty());
    reader.for_each(key, [](Reader&) { FAIL("there are no elements"); });
    CHECK(reader.finish().has_value());
}

TEST_CASE("All errors are collected with their places", "[json]") {
    const auto document = parsed(
        R"({"s":1,"i":"x","big":9223372036854775808,"b":0,"list":["a",2,null],"o":[],"none":null,"a/b~c":1})"
    );
    Reader reader(document.root());
    CHECK(reader.required_string("absent").empty());
    CHECK(reader.required_string("s").empty());
    CHECK(reader.required_string("none").empty());
    CHECK(reader.required_integer("i") == 0);
    CHECK_FALSE(reader.optional_integer("big").has_value());
    CHECK_FALSE(reader.optional_bool("b").has_value());
    CHECK(reader.string_list("list").size() == 3);
    CHECK_FALSE(reader.object("o").has_value());
    CHECK_FALSE(reader.optional_string("a/b~c").has_value());
    const std::vector<base::FieldError> expected = {
        {"/absent", "is missing"},
        {"/s", "must be a string, is a number"},
        {"/none", "must be a string, is null"},
        {"/i", "must be an integer, is a string"},
        {"/big", "must be an integer of 64 bits, is 9223372036854775808"},
        {"/b", "must be true or false, is a number"},
        {"/list/1", "must be a string, is a number"},
        {"/list/2", "must be a string, is null"},
        {"/o", "must be an object, is an array"},
        {"/a~1b~0c", "must be a string, is a number"},
    };
    CHECK(errors_of(reader) == expected);
    CHECK(reader.finish().error().code == base::Errc::invalid_input);
    CHECK(reader.finish().error().detail == "/absent: is missing (and 9 more)");
}

TEST_CASE("Scalars may be read as text whatever their kind", "[json]") {
    const auto document = parsed(R"({"a":"0","b":0,"c":1759225684.160,"d":true,"e":{},"f":[1]})");
    Reader reader(document.root());
    CHECK(reader.required_text("a") == "0");
    CHECK(reader.required_text("b") == "0");
    CHECK(reader.optional_text("c") == "1759225684.160");
    CHECK(reader.optional_text("d") == "true");
    CHECK(reader.finish().has_value());
    CHECK_FALSE(reader.optional_text("e").has_value());
    CHECK(reader.required_text("f").empty());
    CHECK(
        errors_of(reader) ==
        std::vector<base::FieldError>{
            {"/e", "must be a string or a number, is an object"},
            {"/f", "must be a string or a number, is an array"}
        }
    );
}

TEST_CASE("Errors of inner objects and elements reach the outermost reader", "[json]") {
    const auto document = parsed(R"({"o":{"deep":{}},"list":[{"n":1},2,{"n":"x"},{}]})");
    Reader reader(document.root());
    Reader inner = inner_of(reader, "o");
    Reader deep = inner_of(inner, "deep");
    CHECK(deep.required_string("x").empty());
    CHECK_FALSE(reader.required_object("missing").has_value());
    std::vector<std::int64_t> numbers;
    reader.for_each("list", [&](Reader& element) {
        numbers.push_back(element.required_integer("n"));
    });
    CHECK(numbers == std::vector<std::int64_t>{1, 0, 0});
    CHECK(
        errors_of(reader) ==
        std::vector<base::FieldError>{
            {"/o/deep/x", "is missing"},
            {"/missing", "is missing"},
            {"/list/1", "must be an object, is a number"},
            {"/list/2/n", "must be an integer, is a string"},
            {"/list/3/n", "is missing"}
        }
    );
}

TEST_CASE("A root that is no object is one error, not one per member", "[json]") {
    const auto document = parsed("[1]");
    Reader reader(document.root());
    CHECK(reader.required_string("a").empty());
    CHECK(reader.required_integer("b") == 0);
    CHECK(
        errors_of(reader) == std::vector<base::FieldError>{{"", "must be an object, is an array"}}
    );
    CHECK(reader.finish().error().detail == "the body: must be an object, is an array");
}

TEST_CASE("A caller's own findings are errors like the others", "[json]") {
    const auto document = parsed(R"({"o":{}})");
    Reader reader(document.root());
    reader.fail("Token", "is unknown");
    inner_of(reader, "o").fail("", "is odd");
    CHECK(
        errors_of(reader) ==
        std::vector<base::FieldError>{{"/Token", "is unknown"}, {"/o", "is odd"}}
    );
}

TEST_CASE("A hostile list of wrong elements gives a hundred errors at most", "[json]") {
    std::string text = R"({"list":[0)";
    for (int i = 0; i < 5000; ++i) {
        text += ",0";
    }
    const auto document = parsed(text + "]}");
    Reader reader(document.root());
    reader.for_each("list", [](Reader&) {});
    CHECK(errors_of(reader).size() == 100);
}
