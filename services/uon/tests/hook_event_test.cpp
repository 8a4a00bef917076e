#include "hook_event.hpp"

#include "testing/catch.hpp"

using namespace trunkline;
using namespace trunkline::uon;

namespace {

constexpr auto form = "application/x-www-form-urlencoded";

}  // namespace

TEST_CASE("a hook is read as form, JSON or query, nested fields too", "[uon]") {
    const std::string text = "type_id=47&phone=%2B375296254070&client%5Bu_id%5D=5012&user_id=12";
    const auto by_form = hook_fields("", form, text);
    const auto by_query = hook_fields(text, "", "");
    const auto by_json = hook_fields(
        "",
        "application/json; charset=utf-8",
        R"({"type_id":47,"phone":"+375296254070","client":{"u_id":5012,"x":[1]},"user_id":"12","none":null})"
    );
    REQUIRE(by_form);
    REQUIRE(by_query);
    REQUIRE(by_json);
    CHECK(*by_form == *by_query);
    CHECK(*by_form == *by_json);
    CHECK(field(*by_json, "client[u_id]") == "5012");
    CHECK(field(*by_json, "absent").empty());
    CHECK(hook_fields("", form, R"({"type_id":3})")->at("type_id") == "3");
    CHECK_FALSE(hook_fields("", "application/json", "{"));
}

TEST_CASE("a click says whom to call and who clicked", "[uon]") {
    HookFields fields{{"phone", "+375 29 625-40-70"}, {"user_id", "12"}};
    const auto click = click_in(fields);
    REQUIRE(click);
    CHECK(click->phone == "375296254070");
    CHECK(click->manager_id == "12");
    CHECK(click->request_id.empty());
    fields["datetime"] = "2026-11-28 12:00:00";
    const auto id = click_in(fields)->request_id;
    CHECK(id.starts_with("uon-"));
    CHECK(click_in(fields)->request_id == id);
    fields["datetime"] = "2026-11-28 12:00:01";
    CHECK(click_in(fields)->request_id != id);
    CHECK_THAT(
        click_in({{"phone", "375296254070"}}).error().detail, ContainsSubstring("who clicked")
    );
    CHECK_THAT(click_in({{"user_id", "12"}}).error().detail, ContainsSubstring("phone"));
}
