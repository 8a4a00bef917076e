#include "hook.hpp"

#include "testing/catch.hpp"

using namespace trunkline;
using namespace trunkline::retailcrm;

namespace {

tenants::Enterprise enterprise() {
    tenants::Enterprise enterprise;
    enterprise.number = "0367";
    enterprise.lines["0001363"].number = "+375173880000";
    return enterprise;
}

Fields click() {
    return {
        {"clientId", "id"},
        {"code", "151"},
        {"userId", "28"},
        {"phone", "+375 (29) 625-40-70"},
        {"externalPhone", "+375173880000"}
    };
}

}  // namespace

TEST_CASE("query and form are read alike, the form wins", "[retailcrm]") {
    httpd::Request request;
    request.query = "code=150&phone=%2B375296254070&userId=27";
    CHECK(field(fields_of(request), "phone") == "+375296254070");
    request.headers.add("Content-Type", "application/x-www-form-urlencoded; charset=utf-8");
    request.body = "code=151&name=a+b";
    CHECK(field(fields_of(request), "code") == "151");
    CHECK(field(fields_of(request), "name") == "a b");
    CHECK(field(fields_of(request), "userId") == "27");
    CHECK(field(fields_of(request), "clientId").empty());
}

TEST_CASE("a click names who rings first, whom to call and from which line", "[retailcrm]") {
    const auto order = call_of(enterprise(), click());
    REQUIRE(order);
    CHECK(order->enterprise == "0367");
    CHECK(order->extension == "151");
    CHECK(order->phone == "+375296254070");
    CHECK(order->line == "+375173880000");
    CHECK(order->requested_by == "retailcrm:28");
}

TEST_CASE("a click that cannot be a call says all that is wrong", "[retailcrm]") {
    auto fields = click();
    fields["code"] = "Local/151@x";
    fields["phone"] = "anonymous";
    fields["externalPhone"] = "+375170000000";
    const auto order = call_of(enterprise(), fields);
    REQUIRE_FALSE(order);
    CHECK(order.error().code == base::Errc::invalid_input);
    CHECK(order.error().fields.size() == 3);
    fields = click();
    fields.erase("externalPhone");
    REQUIRE(call_of(enterprise(), fields));
    CHECK(call_of(enterprise(), fields)->line.empty());
}

TEST_CASE("a status is a user's, short and plain", "[retailcrm]") {
    const auto status = status_of({{"userId", "27"}, {"code", "150"}, {"status", "dinner"}});
    REQUIRE(status);
    CHECK(status->status == "dinner");
    CHECK_FALSE(status_of({{"code", "150"}, {"status", "dinner"}}));
    CHECK_FALSE(status_of({{"userId", "27"}}));
    CHECK_FALSE(status_of({{"userId", "27"}, {"status", std::string(100, 'x')}}));
    CHECK_FALSE(status_of({{"userId", "27"}, {"status", "a\nb"}}));
}
