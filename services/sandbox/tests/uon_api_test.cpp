#include "uon_api.hpp"

#include "testing/catch.hpp"
#include "testing/fake_clock.hpp"

using namespace trunkline;
using namespace trunkline::sandbox;

namespace {

const std::string key = "sandboxuonkey0367";
const Parameters missed{
    {"phone", "375291110021"},
    {"start", "2025-10-01 14:23:45"},
    {"direction", "2"},
    {"duration", "0"},
    {"manager_id", "12"}
};

struct Cabinet {
    testing::FakeClock clock;
    UonApi api{clock};

    ApiAnswer get(const std::string& path) { return api.call(key, "GET", path, {}); }
    ApiAnswer post(const std::string& path, Parameters parameters) {
        return api.call(key, "POST", path, parameters);
    }
    /// `missed` with one field changed; an empty value takes it away.
    ApiAnswer call_with(const std::string& name, const std::string& value) {
        auto parameters = missed;
        parameters[name] = value;
        if (value.empty()) {
            parameters.erase(name);
        }
        return post("call_history/create.json", parameters);
    }
};

}  // namespace

TEST_CASE("a repeated call is a second row, with ids as text", "[sandbox][uon]") {
    Cabinet cabinet;
    CHECK(cabinet.post("call_history/create.json", missed).body == R"({"result":200,"id":"9001"})");
    CHECK(cabinet.post("call_history/create.json", missed).body == R"({"result":200,"id":"9002"})");
    const auto page = cabinet.get("call_history/1.json");
    CHECK(page.status == 200);
    CHECK_THAT(page.body, ContainsSubstring(R"({"users":[{"id":"9002",)"));
    CHECK_THAT(page.body, ContainsSubstring(R"("duration":"0")"));
    CHECK(cabinet.api.cabinets().at("0367").calls.size() == 2);
    CHECK(cabinet.api.cabinets().at("0367").violations.empty());
}

TEST_CASE("a wrong parameter is a 404 with its name, and counted", "[sandbox][uon]") {
    Cabinet cabinet;
    const std::pair<std::string, std::string> wrong[] = {
        {"phone", "+375291110021"},
        {"phone", ""},
        {"start", "01.10.2025"},
        {"direction", "0"},
        {"duration", ""},
        {"duration", "-5"},
        {"manager_id", "14"},
        {"record_link", "mp3"},
        {"external_id", "1.2"},
    };
    for (const auto& [name, value] : wrong) {
        INFO(name << "=" << value);
        const auto answer = cabinet.call_with(name, value);
        CHECK(answer.status == 404);
        CHECK(
            answer.body ==
            R"({"error":{"code":404,"message":"Parameter )" + name + R"( is wrong"}})"
        );
    }
    CHECK(cabinet.api.cabinets().at("0367").calls.empty());
    CHECK(cabinet.api.cabinets().at("0367").violations.at("Parameter phone is wrong") == 2);
}

TEST_CASE("what is not found is told in three forms", "[sandbox][uon]") {
    using NotFound = UonApi::Switches::NotFound;
    Cabinet cabinet;
    const auto ask = [&](NotFound form) {
        cabinet.api.switches.not_found = form;
        return cabinet.get("user/phone/375000000000.json");
    };
    const auto as_status = ask(NotFound::status_404);
    CHECK(as_status.status == 404);
    CHECK(as_status.body == R"({"result":404})");
    const auto as_result = ask(NotFound::result_404);
    CHECK(as_result.status == 200);
    CHECK(as_result.body == R"({"result":404})");
    CHECK(ask(NotFound::empty).body == R"({"users":[],"result":200})");
    CHECK(cabinet.api.cabinets().at("0367").violations.empty());
}

TEST_CASE("people come with entities, escapes and a blank before the phone", "[sandbox][uon]") {
    Cabinet cabinet;
    const auto found = cabinet.get("user/phone/375291110021.json");
    CHECK_THAT(found.body, ContainsSubstring(R"("u_phone":" 375291110021")"));
    CHECK_THAT(found.body, ContainsSubstring(R"(&#039;\u041d\u0438\u043b &rarr; VIP)"));
    CHECK_THAT(
        cabinet.get("manager.json").body, ContainsSubstring(R"("ip_internal_number":"151")")
    );
    CHECK(cabinet.get("user/phone/+375291110021.json").status == 404);
}

TEST_CASE("keys, verbs and paths are looked at", "[sandbox][uon]") {
    Cabinet cabinet;
    CHECK(
        cabinet.api.call("wrong", "GET", "manager.json", {}).body ==
        R"({"error":{"message":"API key is wrong"}})"
    );
    CHECK_THAT(
        cabinet.get("call_history/create.json").body, ContainsSubstring("Method not allowed")
    );
    CHECK_THAT(cabinet.post("manager.json", {}).body, ContainsSubstring("Method not allowed"));
    CHECK_THAT(cabinet.get("client-phone/1.json").body, ContainsSubstring("No route found"));
    CHECK_THAT(cabinet.get("manager.xml").body, ContainsSubstring("No route found"));
    cabinet.api.switches.post = false;
    CHECK(cabinet.post("call_history/create.json", missed).status == 403);
    CHECK(cabinet.get("manager.json").status == 200);
}

TEST_CASE("the eleventh request of a second is too many", "[sandbox][uon]") {
    Cabinet cabinet;
    for (int i = 0; i < 10; ++i) {
        CHECK_FALSE(cabinet.api.wait(key));
    }
    const auto refusal = cabinet.api.wait(key);
    REQUIRE(refusal);
    CHECK(refusal->status == 429);
    CHECK_FALSE(refusal->retry_after);
    CHECK_FALSE(cabinet.api.wait("sandboxuonkey0368"));
    cabinet.clock.advance(std::chrono::seconds(1));
    CHECK_FALSE(cabinet.api.wait(key));
    CHECK(cabinet.api.cabinets().at("0367").violations.size() == 1);
}

TEST_CASE("created clients are found, created webhooks listed and deleted", "[sandbox][uon]") {
    Cabinet cabinet;
    CHECK(
        cabinet
            .post(
                "user/create.json",
                {{"u_type", "1"}, {"u_surname", "Новая"}, {"u_phone", "+375330000001"}}
            )
            .status == 200
    );
    CHECK_THAT(
        cabinet.get("user/phone/375330000001.json").body,
        ContainsSubstring(R"("u_phone":" 375330000001")")
    );
    const Parameters webhook{{"type_id", "47"}, {"url", "https://x.example/h"}, {"method", "POST"}};
    CHECK(cabinet.post("webhook/create.json", webhook).body == R"({"result":200,"id":"9002"})");
    CHECK_THAT(cabinet.get("webhook/1.json").body, ContainsSubstring(R"("type_id":"47")"));
    CHECK(cabinet.post("webhook/delete/9002.json", {}).status == 200);
    CHECK(cabinet.post("webhook/delete/9002.json", {}).status == 404);
    CHECK(cabinet.post("notification/create.json", {{"text", "x"}}).status == 404);
}
