#include "module.hpp"

#include "judge.hpp"
#include "registration.hpp"
#include "testing/catch.hpp"

using namespace trunkline;
using namespace trunkline::retailcrm;

namespace {

using Managers = std::map<std::string, tenants::Manager, std::less<>>;

const Managers managers{
    {"150", {.full_name = "Ковалёва Анна", .short_name = "Анна К."}},
    {"151", {.full_name = "Пётр Сидоров", .short_name = ""}},
    {"152", {.full_name = "Ольга", .short_name = ""}},
};

httpc::Response answer(unsigned status, std::string body) {
    httpc::Response response;
    response.status = status;
    response.body = std::move(body);
    return response;
}

}  // namespace

TEST_CASE("a module tells RetailCRM where to call, who has which extension", "[retailcrm]") {
    Module module;
    module.code = module_code("0367");
    module.name = "Trunkline";
    module.logo = "https://pbx.example.by/l.svg";
    module.client_id = "id";
    module.base_url = hooks_url("https://pbx.example.by/", "key");
    module.site = "shop";
    module.codes = {{27, "150"}};
    module.phones = {"+375173880000"};
    CHECK(
        module.to_json() ==
        R"({"code":"trunkline-0367","integrationCode":"trunkline","active":true,"name":"Trunkline",)"
        R"("logo":"https://pbx.example.by/l.svg","clientId":"id","baseUrl":"https://pbx.example.by/retailcrm/hooks/key",)"
        R"("actions":{"activity":"/activity"},"integrations":{"telephony":{)"
        R"("makeCallUrl":"https://pbx.example.by/retailcrm/hooks/key/click-to-call",)"
        R"("changeUserStatusUrl":"https://pbx.example.by/retailcrm/hooks/key/status",)"
        R"("allowEdit":false,"inputEventSupported":true,"outputEventSupported":true,)"
        R"("hangupEventSupported":true,"additionalCodes":[{"userId":27,"code":"150"}],)"
        R"("externalPhones":[{"siteCode":"shop","externalPhone":"+375173880000"}]}}})"
    );
}

TEST_CASE("users are managers by their names, whole and without doubt", "[retailcrm]") {
    const std::vector<User> users{
        {27, "Ковалева Анна Игоревна"}, {28, "Сидоров Пётр"}, {29, "Новик Ольга"}
    };
    const auto seats = seats_of(users, managers, {}, {});
    CHECK(seats.codes == Codes{{27, "150"}, {28, "151"}});
    REQUIRE(seats.users_without.size() == 1);
    CHECK(seats.users_without.front().id == 29);
    CHECK(seats.managers_without == std::vector<std::string>{"152 Ольга"});
}

TEST_CASE("two users of a name, or two managers, are nobody's", "[retailcrm]") {
    const std::vector<User> twins{{27, "Ковалёва Анна"}, {30, "Ковалёва Анна"}};
    CHECK(seats_of(twins, managers, {}, {}).codes.empty());
    auto doubled = managers;
    doubled["153"].full_name = "Ковалёва Анна";
    CHECK(seats_of({{27, "Ковалёва Анна"}}, doubled, {}, {}).codes.empty());
}

TEST_CASE("what is given counts before what is known, and that before names", "[retailcrm]") {
    const std::vector<User> users{{27, "Ковалёва Анна"}, {28, "Сидоров Пётр"}};
    const Codes known{{27, "160"}};
    CHECK(seats_of(users, managers, known, {}).codes == Codes{{27, "160"}, {28, "151"}});
    CHECK(seats_of(users, managers, known, {{27, "161"}}).codes == Codes{{27, "161"}, {28, "151"}});
    CHECK(seats_of(users, managers, known, {{27, ""}}).codes == Codes{{28, "151"}});
    // An extension that is given away is nobody's by name.
    CHECK(seats_of(users, managers, {}, {{27, "151"}}).codes == Codes{{27, "151"}});
}

TEST_CASE("what RetailCRM does not know of a registration is told", "[retailcrm]") {
    const auto some =
        json::parse(R"({"success":true,"info":{"notExistUsersIds":[31],"notExistSiteCodes":["x"]}})"
        );
    CHECK(unknown_in(some->root()).users == std::vector<std::string>{"31"});
    CHECK(unknown_in(some->root()).sites == std::vector<std::string>{"x"});
    const auto none = json::parse(R"({"success":true,"info":[]})");
    CHECK(unknown_in(none->root()).users.empty());
}

TEST_CASE("a wish names extensions by user", "[retailcrm]") {
    const auto good = json::parse(R"({"codes":{"27":"150","28":151},"name":"АТС"})");
    const auto wish = wish_from_json(good->root());
    REQUIRE(wish);
    CHECK(wish->codes == Codes{{27, "150"}, {28, "151"}});
    CHECK(wish->name == "АТС");
    const auto bad = json::parse(R"({"codes":{"anna":"150"}})");
    CHECK_FALSE(wish_from_json(bad->root()));
}

TEST_CASE("a module that is not there is no error, an account that is not is", "[retailcrm]") {
    using Kind = connector::Verdict::Kind;
    CHECK(
        judge_module(answer(404, R"({"success":false,"errorMsg":"Not found"})")).kind ==
        Kind::absent
    );
    for (const auto* body :
         {R"({"success":false,"errorMsg":"Account does not exist."})",
          R"({"success":false,"errorMsg":"API method not found"})",
          "<html>"}) {
        CHECK(judge_module(answer(404, body)).kind == Kind::refused);
    }
    CHECK(judge_module(answer(200, R"({"success":true})")).kind == Kind::accepted);
}

TEST_CASE("extensions of a module are read, whatever their ids look like", "[retailcrm]") {
    const auto module = json::parse(
        R"({"success":true,"integrationModule":{"integrations":{"telephony":{"additionalCodes":[)"
        R"({"userId":27,"code":"150"},{"userId":"28","code":"151"}]}}}})"
    );
    CHECK(codes_in(module->root()) == Codes{{27, "150"}, {28, "151"}});
    CHECK(codes_in(json::parse(R"({"success":true})")->root()).empty());
}
