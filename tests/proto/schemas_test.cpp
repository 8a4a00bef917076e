#include <array>

#include "call/event.hpp"
#include "files.hpp"
#include "testing/catch.hpp"

using namespace trunkline;
using namespace trunkline::proto;

namespace {

constexpr std::string_view schema_ending = ".schema.json";

constexpr std::array all_events{
    call::EventType::start,
    call::EventType::dial,
    call::EventType::bridge_create,
    call::EventType::bridge,
    call::EventType::bridge_leave,
    call::EventType::bridge_destroy,
    call::EventType::new_callerid,
    call::EventType::hangup,
};

bool is_valid(const json::Schema& schema, const std::string& text) {
    return schema.validate(parse(text).root()).has_value();
}

}  // namespace

TEST_CASE("every schema of proto compiles", "[proto]") {
    for (const auto* folder : {"events", "messages"}) {
        for (const auto& path : files_of(folder, schema_ending)) {
            auto stem = path.filename().string();
            stem.resize(stem.size() - schema_ending.size());
            INFO(path);
            schema_named(stem);
        }
    }
}

TEST_CASE("each of the eight events has its schema", "[proto]") {
    for (const auto type : all_events) {
        const std::string name(call::to_string(type));
        INFO(name);
        schema_named(name);
    }
}

TEST_CASE("schema and decoder agree on what an event must have", "[proto]") {
    const std::vector<std::string> bodies{
        R"({"Token":"1","UniqueId":"1.1","BridgeUniqueid":"b"})",
        R"({"UniqueId":1759225684.16,"BridgeUniqueid":"b","CallType":"2","CallStatus":2})",
        R"({"UniqueId":"1.1","BridgeUniqueid":"b","Phone":null,"Extensions":null,"Trunk":false})",
        R"({"UniqueId":"1.1","BridgeUniqueid":"b","Extensions":[150,"151",null]})",
        R"({"UniqueId":"1.1","BridgeUniqueid":"b","Extensions":151,"New":{"a":[]}})",
        R"({"BridgeUniqueid":"b"})",
        R"({"UniqueId":"","BridgeUniqueid":"b"})",
        R"({"UniqueId":"1.1"})",
        R"({"UniqueId":"1.1","BridgeUniqueid":""})",
        R"([])",
    };
    for (const auto type : all_events) {
        const auto schema = schema_named(std::string(call::to_string(type)));
        for (const auto& body : bodies) {
            INFO(call::to_string(type) << " " << body);
            const auto decoded = call::decode_event(type, parse(body).root());
            CHECK(is_valid(schema, body) == decoded.has_value());
        }
    }
}

TEST_CASE("an object where a scalar belongs is no event", "[proto]") {
    CHECK_FALSE(is_valid(schema_named("dial"), R"({"UniqueId":"1.1","Phone":{"number":"1"}})"));
    CHECK_FALSE(is_valid(schema_named("dial"), R"({"UniqueId":"1.1","Extensions":{"0":"150"}})"));
    CHECK_FALSE(is_valid(schema_named("hangup"), R"({"UniqueId":"1.1","Extensions":[["150"]]})"));
    CHECK_FALSE(is_valid(schema_named("bridge"), R"({"UniqueId":"1.1","Token":true})"));
}
