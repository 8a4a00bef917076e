#include "click_to_call.hpp"

#include "testing/catch.hpp"

using namespace trunkline;
using namespace trunkline::moysklad;

namespace {

base::Result<Click> click_of(std::string_view text) {
    const auto document = json::parse(text);
    REQUIRE(document);
    return click_in(document->root());
}

constexpr auto key = "example-phone-key";
constexpr auto example_signature = "5E209A7D0101BE59D34D638F78783AE5";

}  // namespace

TEST_CASE("the contract's example is signed", "[moysklad]") {
    const auto click =
        click_of(R"({"srcNumber":"151","destNumber":"+375291110011","uid":"ivan@example"})");
    REQUIRE(click);
    CHECK(click->extension == "151");
    CHECK(is_signed(*click, key, example_signature));
    CHECK_FALSE(is_signed(*click, "other-key", example_signature));
    CHECK_FALSE(is_signed(*click, key, "5e209a7d0101be59d34d638f78783ae5"));
    CHECK_FALSE(is_signed(*click, key, ""));
}

TEST_CASE("the body's own order is accepted beside the described one", "[moysklad]") {
    // md5("example-phone-key" "ivan@example" "151" "+375291110011")
    const auto click =
        click_of(R"({"uid":"ivan@example","srcNumber":"151","destNumber":"+375291110011"})");
    REQUIRE(click);
    CHECK(is_signed(*click, key, example_signature));
    CHECK(is_signed(*click, key, "988D0EED94E6D41D0D5E09F947680BEE"));
    auto other = *click;
    other.phone = "+375291110012";
    other.in_order = "ivan@example151+375291110012";
    CHECK_FALSE(is_signed(other, key, example_signature));
}

TEST_CASE("anything but the three texts is refused", "[moysklad]") {
    CHECK_FALSE(click_of(R"({"srcNumber":"151","destNumber":"+375291110011"})"));
    CHECK_FALSE(click_of(R"({"srcNumber":151,"destNumber":"+375291110011","uid":"x"})"));
    CHECK_FALSE(click_of(R"({"srcNumber":"151","destNumber":"1","uid":"x","more":"y"})"));
    CHECK_FALSE(click_of("[]"));
}
