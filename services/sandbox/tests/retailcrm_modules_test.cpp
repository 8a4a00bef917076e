#include "retailcrm_modules.hpp"

#include "retailcrm_api.hpp"
#include "testing/catch.hpp"

using namespace trunkline::sandbox;
using trunkline::sandbox::retailcrm::Modules;

namespace {

std::string module_json(const std::string& user = "27", const std::string& more = "") {
    return R"({"code":"t","integrationCode":"t","active":true,"name":"T","clientId":"id",)"
           R"("logo":"https://x.by/l.svg","baseUrl":"https://x.by","actions":{"activity":"/a"},)"
           R"("integrations":{"telephony":{"makeCallUrl":"https://x.by/c","changeUserStatusUrl":)"
           R"("https://x.by/s","allowEdit":false,"inputEventSupported":true,)"
           R"("outputEventSupported":true,"hangupEventSupported":true,"additionalCodes":[)"
           R"({"userId":)" +
           user + R"(,"code":"150"}],"externalPhones":[{"siteCode":"main","externalPhone":)" +
           R"("+375173880000"}]}})" + more + "}";
}

ApiAnswer edit(Modules& modules, const std::string& json) {
    return retailcrm::edit_module(modules, "t", {{"integrationModule", json}});
}

}  // namespace

TEST_CASE("a module is made, changed and read", "[sandbox]") {
    Modules modules;
    CHECK(retailcrm::get_module(modules, "t").status == 404);
    CHECK(edit(modules, module_json()).body == R"({"success":true,"info":[]})");
    CHECK_THAT(
        retailcrm::get_module(modules, "t").body, ContainsSubstring(R"("additionalCodes":[)")
    );
    CHECK(retailcrm::code_of(modules, 27) == "150");
    CHECK(retailcrm::code_of(modules, 28).empty());
    const auto place = retailcrm::place_of(modules);
    REQUIRE(place);
    CHECK(place->activity_url == "https://x.by/a");
    CHECK(place->client_id == "id");
}

TEST_CASE("a module's mistakes are refused by their names", "[sandbox]") {
    Modules modules;
    CHECK_THAT(
        edit(modules, R"({"code":"other","x":1})").body,
        ContainsSubstring("\"code\"") && ContainsSubstring("\"x\"") &&
            ContainsSubstring("\"logo\"") && ContainsSubstring("\"clientId\"")
    );
    // An id in quotes is no integer.
    CHECK_THAT(edit(modules, module_json("\"27\"")).body, ContainsSubstring("type integer"));
    CHECK(edit(modules, "[]").status == 400);
    CHECK(retailcrm::edit_module(modules, "t", {}).status == 400);
    CHECK(modules.empty());
}

TEST_CASE("users that the account does not have are told", "[sandbox]") {
    Modules modules;
    CHECK_THAT(
        edit(modules, module_json("77")).body, ContainsSubstring(R"("notExistUsersIds":[77])")
    );
}

TEST_CASE("a module that is switched off takes no calls", "[sandbox]") {
    RetailCrmApi api;
    const auto call = [&api](const std::string& path, Parameters parameters) {
        return api.call(
            "0367",
            "POST",
            path,
            "sandbox-retailcrm-key-0367",
            "application/x-www-form-urlencoded",
            parameters
        );
    };
    const Parameters event{{"event", R"({"type":"in","phone":"+375296254070","codes":["150"]})"}};
    CHECK(call("/v5/telephony/call/event", event).status == 200);
    CHECK(
        call("/v5/integration-modules/t/edit", {{"integrationModule", module_json()}}).status == 200
    );
    CHECK(call("/v5/telephony/call/event", event).status == 200);
    CHECK_FALSE(api.set_active("0367", "other", false));
    CHECK(api.set_active("0367", "t", false));
    const auto refused = call("/v5/telephony/call/event", event);
    CHECK(refused.status == 400);
    CHECK_THAT(refused.body, ContainsSubstring("Telephony not enabled"));
}

TEST_CASE("users come by pages of the sizes that there are", "[sandbox]") {
    RetailCrmApi api;
    const auto list = [&api](Parameters parameters) {
        return api.call("0367", "GET", "/v5/users", "sandbox-retailcrm-key-0367", "", parameters);
    };
    const auto active = list({{"filter[active]", "1"}, {"limit", "100"}, {"page", "1"}});
    CHECK(active.status == 200);
    CHECK_THAT(active.body, ContainsSubstring("\"totalCount\":4") && ContainsSubstring("Сидоров"));
    CHECK(list({{"limit", "10"}}).status == 400);
    CHECK(list({{"filter[active]", "true"}}).status == 400);
    CHECK(list({{"filter[phone]", "1"}}).status == 400);
}
