#include "json/schema.hpp"

#include <fmt/core.h>

#include <map>
#include <string>

#include "testing/catch.hpp"

using namespace trunkline;
using json::Schema;

namespace {

Schema compiled(std::string_view text, const Schema::Resolver& resolver = {}) {
    auto schema = Schema::compile(text, resolver);
    INFO((schema ? std::string() : schema.error().detail));
    REQUIRE(schema.has_value());
    return *std::move(schema);
}

base::Result<> validated(const Schema& schema, std::string_view instance) {
    const auto document = json::parse(instance);
    REQUIRE(document.has_value());
    return schema.validate(document->root());
}

bool accepts(std::string_view schema, std::string_view instance) {
    return validated(compiled(schema), instance).has_value();
}

std::vector<base::FieldError> violations(std::string_view schema, std::string_view instance) {
    const auto result = validated(compiled(schema), instance);
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().code == base::Errc::invalid_input);
    return result.error().fields;
}

using Fields = std::vector<base::FieldError>;

Schema::Resolver files(std::map<std::string, std::string, std::less<>> texts) {
    return [texts = std::move(texts)](std::string_view name) -> base::Result<std::string> {
        const auto found = texts.find(name);
        if (found == texts.end()) {
            return base::fail(base::Errc::not_found, "no schema of that name");
        }
        return found->second;
    };
}

constexpr std::string_view hangup = R"({
  "$schema": "http://json-schema.org/draft-04/schema#",
  "title": "hangup",
  "type": "object",
  "required": ["Token", "UniqueId"],
  "properties": {
    "Token": {"$ref": "#/$defs/text"},
    "UniqueId": {"type": "string", "minLength": 1},
    "CallType": {"anyOf": [{"type": "integer", "minimum": 0, "maximum": 2}, {"enum": ["0", "1", "2"]}]},
    "Extensions": {"type": "array", "items": {"$ref": "#/$defs/text"}},
    "Trunk": {"type": ["string", "null"], "pattern": "^[0-9]*$", "format": "anything"}
  },
  "$defs": {"text": {"type": ["string", "integer"], "description": "loose"}}
})";

}  // namespace

TEST_CASE("A realistic event schema accepts real events", "[json]") {
    const auto schema = compiled(hangup);
    CHECK(validated(schema, R"({"Token":"375293332255","UniqueId":"1759225684.16"})").has_value());
    CHECK(
        validated(
            schema,
            R"({"Token":5,"UniqueId":"x","CallType":"2","Extensions":["150",151],"Trunk":null,"X":{}})"
        )
            .has_value()
    );
}

TEST_CASE("A violation names its place, its keyword and what is wrong", "[json]") {
    struct Case {
        std::string_view instance;
        base::FieldError field;
    };
    const auto [instance, field] = GENERATE(
        Case{R"([])", {"", "must be object, is array (type)"}},
        Case{
            R"({"Token":"t","UniqueId":""})",
            {"/UniqueId", "must have at least 1 characters, has 0 (minLength)"}
        },
        Case{
            R"({"Token":true,"UniqueId":"u"})",
            {"/Token", "must be string or integer, is boolean (type)"}
        },
        Case{
            R"({"Token":"t","UniqueId":"u","CallType":3})",
            {"/CallType", "must be 2 or less (maximum)"}
        },
        Case{
            R"({"Token":"t","UniqueId":"u","Extensions":["1",null]})",
            {"/Extensions/1", "must be string or integer, is null (type)"}
        },
        Case{
            R"({"Token":"t","UniqueId":"u","Trunk":"x"})",
            {"/Trunk", "must match ^[0-9]*$ (pattern)"}
        }
    );
    CHECK(violations(hangup, instance) == Fields{field});
}

TEST_CASE("All missing members of an object are named at once", "[json]") {
    CHECK(
        violations(hangup, "{}") ==
        Fields{{"/Token", "is missing (required)"}, {"/UniqueId", "is missing (required)"}}
    );
    const auto result = validated(compiled(hangup), "{}");
    CHECK(result.error().detail == "/Token: is missing (required) (and 1 more)");
}

TEST_CASE("Each keyword has its sentence", "[json]") {
    struct Case {
        std::string_view schema;
        std::string_view instance;
        base::FieldError field;
    };
    const auto [schema, instance, field] = GENERATE(
        Case{
            R"({"enum":["in","out",3,null,1.5,true]})",
            R"("up")",
            {"", R"(must be "in", "out", 3, null, 1.5 or true (enum))"}
        },
        Case{R"({"const":"in"})", R"("out")", {"", R"(must be "in" (const))"}},
        Case{
            R"({"maxLength":2})",
            R"("Мир")",
            {"", "must have at most 2 characters, has 3 (maxLength)"}
        },
        Case{R"({"minimum":1})", "0", {"", "must be 1 or more (minimum)"}},
        Case{R"({"maximum":1.5})", "1.6", {"", "must be 1.5 or less (maximum)"}},
        Case{R"({"minItems":2})", "[1]", {"", "must have at least 2 elements, has 1 (minItems)"}},
        Case{R"({"maxItems":1})", "[1,2]", {"", "must have at most 1 elements, has 2 (maxItems)"}},
        Case{
            R"({"minProperties":1})",
            "{}",
            {"", "must have at least 1 members, has 0 (minProperties)"}
        },
        Case{
            R"({"maxProperties":0})",
            R"({"a":1})",
            {"", "must have at most 0 members, has 1 (maxProperties)"}
        },
        Case{
            R"({"oneOf":[{"type":"integer"},{"minimum":1}]})",
            "2",
            {"", "matches 2 alternatives, must match exactly one (oneOf)"}
        },
        Case{R"({"not":{"type":"null"}})", "null", {"", "is what it must not be (not)"}},
        Case{
            R"({"properties":{"a":{}},"additionalProperties":false})",
            R"({"a":1,"b/c":2})",
            {"/b~1c", "is not a known member (additionalProperties)"}
        },
        Case{
            R"({"additionalProperties":{"type":"string"}})",
            R"({"a":"x","b":2})",
            {"/b", "must be string, is integer (type)"}
        }
    );
    INFO(schema);
    CHECK(violations(schema, instance) == Fields{field});
}

TEST_CASE("Every violation is told, a hundred at most", "[json]") {
    CHECK(
        violations(
            hangup, R"({"UniqueId":"","CallType":-1,"Extensions":[null,"1",{}],"Trunk":"x"})"
        ) ==
        Fields{
            {"/Token", "is missing (required)"},
            {"/UniqueId", "must have at least 1 characters, has 0 (minLength)"},
            {"/CallType", "must be 0 or more (minimum)"},
            {"/Extensions/0", "must be string or integer, is null (type)"},
            {"/Extensions/2", "must be string or integer, is object (type)"},
            {"/Trunk", "must match ^[0-9]*$ (pattern)"}
        }
    );
    std::string many = "[1";
    for (int i = 0; i < 5000; ++i) {
        many += ",1";
    }
    CHECK(violations(R"({"items":{"type":"string"}})", many + "]").size() == 100);
}

TEST_CASE("Of alternatives the only one of the right type is explained, else none", "[json]") {
    constexpr std::string_view nullable =
        R"({"anyOf":[{"type":"null"},{"type":"object","required":["id"]}]})";
    CHECK(violations(nullable, "{}") == Fields{{"/id", "is missing (required)"}});
    CHECK(violations(nullable, "1") == Fields{{"", "matches none of the alternatives (anyOf)"}});
    CHECK(
        violations(R"({"oneOf":[{"const":"a"},{"const":"b"}]})", R"("c")") ==
        Fields{{"", "matches none of the alternatives (oneOf)"}}
    );
}

TEST_CASE(
    "Patterns are found anywhere unless anchored, in characters, and U+0000 does not end a text",
    "[json]"
) {
    CHECK(accepts(R"({"pattern":"b"})", R"("abc")"));
    CHECK_FALSE(accepts(R"({"pattern":"^b"})", R"("abc")"));
    CHECK(accepts(R"({"pattern":"^\\+?\\d{5,15}$"})", R"("+375291112233")"));
    CHECK(accepts(R"({"pattern":"^.{2}$"})", R"("Мы")"));
    CHECK_FALSE(accepts(R"({"pattern":"^[a-z]+$"})", R"("abc\u0000DROP")"));
    CHECK_FALSE(accepts(R"({"pattern":"^[a-z]+$"})", R"("abc\n")"));
}

TEST_CASE("Alternatives nested sixty deep are explained without double work at each", "[json]") {
    std::string text = R"({"const":1})";
    for (int i = 0; i < 60; ++i) {
        text.insert(0, R"({"anyOf":[)");
        text += "]}";
    }
    CHECK(violations(text, "2") == Fields{{"", "must be 1 (const)"}});
}

TEST_CASE("A pattern that other engines never finish is quick", "[json]") {
    const std::string text = "\"" + std::string(60'000, 'a') + "\"";
    CHECK(accepts(R"({"pattern":"^(a*)*$"})", text));
    CHECK_FALSE(accepts(R"({"pattern":"^(a|aa)+b$"})", text));
}

TEST_CASE("A failed allOf is explained by its part", "[json]") {
    constexpr std::string_view schema = R"({
      "properties": {"call": {"allOf": [{"required": ["uuid"]}, {"allOf": [{"properties": {"n": {"type": "integer"}}}]}]}}
    })";
    CHECK(violations(schema, R"({"call":{}})") == Fields{{"/call/uuid", "is missing (required)"}});
    CHECK(
        violations(schema, R"({"call":{"uuid":1,"n":"x"}})") ==
        Fields{{"/call/n", "must be integer, is string (type)"}}
    );
}

TEST_CASE("Numbers of every size are judged rightly", "[json]") {
    CHECK(accepts(R"({"type":"integer"})", "123456789012345678901234567890"));
    CHECK(accepts(R"({"type":"integer"})", "-123456789012345678901234567890"));
    CHECK(accepts(R"({"type":"integer"})", "-9223372036854775808"));
    CHECK_FALSE(accepts(R"({"type":"integer"})", "1.0"));
    CHECK_FALSE(accepts(R"({"type":"integer"})", "1e3"));
    CHECK(accepts(R"({"type":"number"})", "1e308"));
    CHECK_FALSE(accepts(R"({"maximum":9007199254740992})", "1e308"));
    CHECK_FALSE(accepts(R"({"maximum":9007199254740992})", "99999999999999999999999"));
    CHECK_FALSE(accepts(R"({"minimum":-9007199254740992})", "-99999999999999999999999"));
    CHECK_FALSE(accepts(R"({"enum":[1,2]})", "1e308"));
    CHECK(accepts(R"({"enum":[1,2]})", "1.0"));
    CHECK(accepts(R"({"enum":[0]})", "-0.0"));
    CHECK(accepts(R"({"enum":[0]})", "-0"));
    CHECK(accepts(R"({"enum":[123456789012345678901]})", "123456789012345678901"));
    CHECK_FALSE(accepts(R"({"enum":[123456789012345678901]})", "123456789012345678902"));
    CHECK_FALSE(accepts(R"({"maximum":9007199254740992})", "9007199254740993"));
    CHECK_FALSE(accepts(R"({"minimum":9007199254740993})", "9007199254740992"));
    CHECK_FALSE(accepts(R"({"enum":["1",null,true]})", "1"));
    CHECK(accepts(R"({"enum":[1759225684.16]})", "1759225684.16"));
}

TEST_CASE(
    "References are followed into definitions of either name and through each other", "[json]"
) {
    CHECK_FALSE(accepts(R"({"$ref":"#/$defs/a","$defs":{"a":{"type":"string"}}})", "1"));
    CHECK_FALSE(accepts(R"({"$ref":"#/definitions/a","definitions":{"a":{"type":"string"}}})", "1")
    );
    CHECK_FALSE(accepts(R"({"$ref":"#/%24defs/a","$defs":{"a":{"type":"string"}}})", "1"));
    constexpr std::string_view chain = R"({
      "items": {"$ref": "#/$defs/a~1b"},
      "$defs": {"a/b": {"anyOf": [{"$ref": "#/$defs/c"}, {"$ref": "#/$defs/c"}]}, "c": {"type": "string"}}
    })";
    CHECK(accepts(chain, R"(["x"])"));
    CHECK_FALSE(accepts(chain, R"([1])"));
    CHECK_FALSE(accepts(R"({"allOf":[{"$ref":"#/allOf/1"},{"type":"null"}]})", "1"));
}

TEST_CASE("References lead into other files, and from there relative to them", "[json]") {
    const auto resolver = files({
        {"call.schema.json", R"({"type":"object","properties":{"phone":{"$ref":"#/$defs/phone"}},
                                 "$defs":{"phone":{"$ref":"common.json#/$defs/digits"}}})"},
        {"common.json", R"({"$defs":{"digits":{"type":"string","pattern":"^[0-9]+$"}}})"},
    });
    const auto schema = compiled(
        R"({"properties":{"call":{"$ref":"call.schema.json"},"p":{"$ref":"call.schema.json#/$defs/phone"}}})",
        resolver
    );
    CHECK(validated(schema, R"({"call":{"phone":"375"},"p":"1"})").has_value());
    const auto result = validated(schema, R"({"call":{"phone":"x"}})");
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().fields == Fields{{"/call/phone", "must match ^[0-9]+$ (pattern)"}});
    CHECK_FALSE(validated(schema, R"({"p":"x"})").has_value());
}

TEST_CASE("References that lead nowhere or in circles are refused", "[json]") {
    const auto resolver = files(
        {{"a.json", R"({"$ref":"b.json"})"}, {"b.json", R"({"$ref":"a.json"})"}, {"bad.json", "{"}}
    );
    const auto* const text = GENERATE(
        R"({"$ref":"#"})",
        R"({"$ref":"#/$defs/a","$defs":{"a":{"$ref":"#/$defs/a"}}})",
        R"({"$ref":"#/$defs/a","$defs":{"a":{"$ref":"#/$defs/b"},"b":{"items":{"$ref":"#/$defs/a"}}}})",
        R"({"$ref":"#/$defs/missing"})",
        R"({"$ref":"#/$defs/a","$defs":{"a":1}})",
        R"({"$ref":"a.json"})",
        R"({"$ref":"missing.json"})",
        R"({"$ref":"bad.json"})",
        R"({"$ref":1})",
        R"({"$ref":"#nowhere"})",
        R"({"$ref":"#/$defs/a","type":"string","$defs":{"a":{}}})",
        R"({"properties":{"child":{"$ref":"#"}}})"
    );
    INFO(text);
    CHECK_FALSE(Schema::compile(text, resolver).has_value());
}

TEST_CASE("Without a resolver other files are an error", "[json]") {
    const auto schema = Schema::compile(R"({"$ref":"other.json"})");
    REQUIRE_FALSE(schema.has_value());
    CHECK_THAT(schema.error().detail, ContainsSubstring("but there are no others"));
}

TEST_CASE("References that multiply without end are stopped", "[json]") {
    std::string text = R"({"$ref":"#/$defs/d0","$defs":{)";
    for (int i = 0; i < 20; ++i) {
        text += fmt::format(
            R"("d{0}":{{"allOf":[{{"$ref":"#/$defs/d{1}"}},{{"$ref":"#/$defs/d{1}"}}]}},)", i, i + 1
        );
    }
    const auto schema = Schema::compile(text + R"("d20":{}}})");
    REQUIRE_FALSE(schema.has_value());
    CHECK(schema.error().code == base::Errc::too_large);
}

TEST_CASE("What is no schema of the subset is refused with its place", "[json]") {
    struct Case {
        std::string_view text;
        std::string_view path;
    };
    const auto [text, path] = GENERATE(
        Case{"[]", ""},
        Case{"true", ""},
        Case{R"({"typ":"string"})", "/typ"},
        Case{R"({"type":"text"})", "/type"},
        Case{R"({"type":[]})", "/type"},
        Case{R"({"type":1})", "/type"},
        Case{R"({"enum":[]})", "/enum"},
        Case{R"({"enum":[{}]})", "/enum"},
        Case{R"({"const":1,"enum":[1]})", ""},
        Case{R"({"properties":[]})", "/properties"},
        Case{R"({"properties":{"a":1}})", "/properties/a"},
        Case{R"({"required":"a"})", "/required"},
        Case{R"({"required":[1]})", "/required"},
        Case{R"({"additionalProperties":1})", "/additionalProperties"},
        Case{R"({"items":[{}]})", "/items"},
        Case{R"({"items":true})", "/items"},
        Case{R"({"anyOf":[]})", "/anyOf"},
        Case{R"({"anyOf":[1]})", "/anyOf/0"},
        Case{R"({"minLength":-1})", "/minLength"},
        Case{R"({"minLength":1.0})", "/minLength"},
        Case{R"({"minimum":"1"})", "/minimum"},
        Case{R"({"required":["a"],"uniqueItems":true})", "/uniqueItems"},
        Case{R"({"pattern":"("})", "/pattern"},
        Case{R"({"pattern":1})", "/pattern"},
        Case{R"x({"pattern":"(?=a)"})x", "/pattern"},
        Case{R"({"pattern":"((a{1000}){1000}){1000}"})", "/pattern"},
        Case{R"({"patternProperties":{}})", "/patternProperties"},
        Case{R"({"exclusiveMinimum":1})", "/exclusiveMinimum"},
        Case{R"({"$schema":"http://json-schema.org/draft-07/schema#"})", "/$schema"}
    );
    INFO(text);
    const auto schema = Schema::compile(text);
    REQUIRE_FALSE(schema.has_value());
    CHECK(schema.error().code == base::Errc::invalid_input);
    REQUIRE(schema.error().fields.size() == 1);
    CHECK(schema.error().fields[0].path == path);
}

TEST_CASE("A schema that is no JSON is malformed", "[json]") {
    const auto schema = Schema::compile("{");
    REQUIRE_FALSE(schema.has_value());
    CHECK(schema.error().code == base::Errc::malformed);
}

TEST_CASE("Members named like keywords are members", "[json]") {
    constexpr std::string_view schema = R"({
      "properties": {
        "type": {"type": "string"}, "enum": {"enum": [1]}, "not": {"type": "integer"}, "items": {"type": "array"},
        "properties": {"type": "object", "properties": {"not": {"type": "null"}}}, "pattern": {"type": "string"},
        "allOf": {"type": "boolean"}, "required": {"type": "boolean"}, "$ref": {"type": "string"},
        "patternProperties": {"type": "string"}, "default": {"type": "null"}, "x-y": {"type": "null"},
        "minimum": {"type": "string"}, "additionalProperties": {"type": "null"}, "dependencies": {"enum": [1]}
      },
      "additionalProperties": false
    })";
    CHECK(accepts(
        schema,
        R"({"type":"x","enum":1,"not":1,"items":[],"properties":{"not":null},"pattern":"","allOf":true,
                             "required":false,"$ref":"#","patternProperties":"","default":null,"minimum":"5","dependencies":1})"
    ));
    CHECK_FALSE(accepts(schema, R"({"type":1})"));
    CHECK_FALSE(accepts(schema, R"({"not":"x"})"));
    CHECK_FALSE(accepts(schema, R"({"default":1})"));
    CHECK_FALSE(accepts(schema, R"({"x-y":1})"));
    CHECK_FALSE(accepts(schema, R"({"properties":{"not":1}})"));
}

TEST_CASE(
    "Depth of the instance does not matter to a schema that does not look into it", "[json]"
) {
    const std::string text = std::string(20'000, '[') + std::string(20'000, ']');
    const auto document = json::parse(text, {.max_bytes = 100'000, .max_depth = 100'000});
    REQUIRE(document.has_value());
    CHECK(compiled(R"({"anyOf":[{"type":"string"},{"type":"array"}]})")
              .validate(document->root())
              .has_value());
}

TEST_CASE("An inner value can be validated alone and copies of a schema share it", "[json]") {
    const auto first = compiled(R"({"type":"string"})");
    // NOLINTNEXTLINE(performance-unnecessary-copy-initialization): copying is under test.
    const auto second = first;
    const auto document = json::parse(R"({"a":["x",1]})");
    REQUIRE(document.has_value());
    const auto list = document->root().find("a").value_or(document->root());
    CHECK(second.validate(list[0]).has_value());
    CHECK_FALSE(second.validate(list[1]).has_value());
}
