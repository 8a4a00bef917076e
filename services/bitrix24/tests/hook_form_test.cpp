#include "hook_form.hpp"

#include "testing/catch.hpp"

using namespace trunkline;
using namespace trunkline::bitrix24;

namespace {

const std::string installed =
    "event=ONAPPINSTALL&auth%5Baccess_token%5D=a&auth[refresh_token]=r&auth[expires_in]=3600&"
    "auth[domain]=x.bitrix24.by&auth[member_id]=m&auth[application_token]=t&"
    "auth[server_endpoint]=https%3A%2F%2Foauth.bitrix.info%2Frest%2F";

}  // namespace

TEST_CASE("a portal's form is read with its brackets", "[bitrix24]") {
    const auto form = form_of(
        "event=onExternalCallStart&data[USER_ID]=11&data%5BPHONE_NUMBER%5D=%2B375296254070&"
        "auth[application_token]=t&broken"
    );
    CHECK(form.event == "ONEXTERNALCALLSTART");
    CHECK(form.data("USER_ID") == "11");
    CHECK(form.data("PHONE_NUMBER") == "+375296254070");
    CHECK(form.auth("application_token") == "t");
    CHECK(form.data("CALL_ID").empty());
    CHECK(form_of("").event.empty());
}

TEST_CASE("an installation is taken from the portal that is configured", "[bitrix24]") {
    const auto form = form_of(installed);
    const auto taken = installation_in(form, "x.bitrix24.by", "");
    REQUIRE(taken);
    CHECK(taken->tokens.access == "a");
    CHECK(taken->tokens.refresh == "r");
    CHECK(taken->application_token == "t");
    CHECK(taken->domain == "x.bitrix24.by");
    CHECK(taken->server_endpoint == "https://oauth.bitrix.info/rest/");
    const auto other = installation_in(form, "y.bitrix24.by", "");
    REQUIRE_FALSE(other);
    CHECK(other.error().code == base::Errc::forbidden);
    CHECK_FALSE(installation_in(form, "x.bitrix24.by", "another"));
    // Renamed: it is still the same member.
    CHECK(installation_in(form, "old.bitrix24.by", "m")->domain == "x.bitrix24.by");
    CHECK_FALSE(installation_in(form_of("event=ONAPPINSTALL"), "x.bitrix24.by", ""));
}
