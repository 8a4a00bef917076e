#include "order.hpp"

#include "testing/catch.hpp"

using namespace trunkline;
using namespace trunkline::call_emulator;

namespace {

base::Result<Order> order_of(std::string_view text) {
    const auto document = json::parse(text);
    REQUIRE(document);
    const PatternBook book;
    return order_from_json(document->root(), book);
}

std::vector<std::string> wrong_places(std::string_view text) {
    const auto order = order_of(text);
    REQUIRE_FALSE(order);
    CHECK(order.error().code == base::Errc::invalid_input);
    std::vector<std::string> paths;
    for (const auto& field : order.error().fields) {
        paths.push_back(field.path);
    }
    return paths;
}

}  // namespace

TEST_CASE("a pattern alone is an order with defaults", "[call_emulator]") {
    const auto order = order_of(R"({"pattern":"inbound-answered"})");
    REQUIRE(order);
    CHECK(order->pattern->id == "inbound-answered");
    CHECK(order->wait);
    CHECK_FALSE(order->target);
    CHECK(order->pace.kind == Pace::Kind::fast);
    CHECK(order->values.at("token") == std::vector<std::string>{"375293332255"});
    CHECK(order->values.at("extensions") == std::vector<std::string>{"151"});
}

TEST_CASE("values come as people and forms write them", "[call_emulator]") {
    const auto order = order_of(
        R"({"pattern":"inbound-answered","fields":{"token":375290000000,"extensions":"150, 151","phone":null},"pace":40,"wait":false})"
    );
    REQUIRE(order);
    CHECK(order->values.at("token") == std::vector<std::string>{"375290000000"});
    CHECK(order->values.at("extensions") == std::vector<std::string>{"150", "151"});
    CHECK(order->values.at("phone") == std::vector<std::string>{"+375296254070"});
    CHECK(order->pace.between == std::chrono::milliseconds(40));
    CHECK_FALSE(order->wait);
    const auto numbers =
        order_of(R"({"pattern":"inbound-missed","fields":{"extensions":[150,"151"]}})");
    REQUIRE(numbers);
    CHECK(numbers->values.at("extensions") == std::vector<std::string>{"150", "151"});
}

TEST_CASE("a wrong order names every wrong place", "[call_emulator]") {
    using Places = std::vector<std::string>;
    CHECK(wrong_places(R"({"pattern":"nothing"})") == Places{"/pattern"});
    CHECK(wrong_places(R"({})") == Places{"/pattern"});
    CHECK(
        wrong_places(
            R"({"pattern":"inbound-answered","fields":{"colour":"red","phone":["1"],"extensions":[{}]},"pace":"slow","target":1})"
        ) == Places{"/fields/colour", "/fields/phone", "/fields/extensions", "/pace", "/target"}
    );
    CHECK(wrong_places(R"({"pattern":"inbound-answered","fields":[]})") == Places{"/fields"});
    CHECK(wrong_places(R"({"pattern":"inbound-answered","pace":10001})") == Places{"/pace"});
    CHECK(wrong_places(R"({"pattern":"inbound-answered","pace":-1})") == Places{"/pace"});
    const std::string long_value(65, '1');
    CHECK(
        wrong_places(
            R"({"pattern":"inbound-answered","fields":{"phone":")" + long_value + R"("}})"
        ) == Places{"/fields/phone"}
    );
}

TEST_CASE("an order may ask for many runs over a bad line", "[call_emulator]") {
    const auto order = order_of(
        R"({"pattern":"inbound-answered","repeat":20,"parallel":4,"shuffle":true,"drop":["dial","bridge"],"double":0.25,"seed":7})"
    );
    REQUIRE(order);
    CHECK(order->is_batch());
    CHECK(order->parallel == 4);
    CHECK(order->disturbance.shuffle);
    CHECK(order->disturbance.drop.size() == 2);
    CHECK(order->disturbance.drop.contains(call::EventType::dial));
    CHECK(order->disturbance.double_share == 0.25);
    CHECK(order->seed == 7);
    const auto share = order_of(R"({"pattern":"inbound-answered","drop":0.1})");
    REQUIRE(share);
    CHECK(share->disturbance.drop_share == 0.1);
    CHECK_FALSE(share->is_batch());
    using Places = std::vector<std::string>;
    CHECK(
        wrong_places(
            R"({"pattern":"inbound-answered","repeat":0,"parallel":17,"shuffle":1,"drop":["ring"],"double":2,"seed":"x"})"
        ) == Places{"/repeat", "/parallel", "/shuffle", "/drop", "/double", "/seed"}
    );
    CHECK(wrong_places(R"({"pattern":"inbound-answered","repeat":201})") == Places{"/repeat"});
}
