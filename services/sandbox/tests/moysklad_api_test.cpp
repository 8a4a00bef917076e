#include "moysklad_api.hpp"

#include "gzip.hpp"
#include "json/document.hpp"
#include "moysklad_people.hpp"
#include "testing/catch.hpp"
#include "testing/fake_clock.hpp"

using namespace trunkline;
using namespace trunkline::sandbox;
using moysklad::Api;
using moysklad::SecondPost;

namespace {

const std::string ringing =
    R"({"externalId":"375290001122-1759317825.16","number":"+375296254070","isIncoming":true,)"
    R"("startTime":"2025-10-01 14:23:45.000","comment":"line 375173330002","events":[)"
    R"({"eventType":"SHOW","extension":"151","sequence":1},)"
    R"({"eventType":"SHOW","extension":"152","sequence":2}]})";

struct Account {
    testing::FakeClock clock;
    MoyskladApi api{clock};

    moysklad::Answer phone(
        std::string method, std::vector<std::string> path, std::string body, Parameters query = {}
    ) {
        MoyskladApi::Request request;
        request.api = Api::phone;
        request.method = std::move(method);
        request.path = std::move(path);
        request.body = std::move(body);
        request.query = std::move(query);
        request.content_type = "application/json";
        return api.call("0367", request);
    }
    moysklad::Answer create(std::string body) { return phone("POST", {"call"}, std::move(body)); }
    moysklad::Answer update(std::string body) {
        return phone("PUT", {"call", "extid", "375290001122-1759317825.16"}, std::move(body));
    }
    moysklad::Answer event(std::string body) {
        return phone(
            "POST", {"call", "extid", "375290001122-1759317825.16", "event"}, std::move(body)
        );
    }
    moysklad::Answer remap(std::vector<std::string> path, Parameters query = {}) {
        MoyskladApi::Request request;
        request.api = Api::remap;
        request.method = "GET";
        request.path = std::move(path);
        request.query = std::move(query);
        return api.call("0367", request);
    }
    const moysklad::Calls& calls() { return api.accounts().at("0367"); }
};

int code_of(const moysklad::Answer& answer) {
    const auto document = json::parse(answer.body);
    REQUIRE(document);
    return static_cast<int>(
        document->root().find("errors").value()[0].find("code").value().integer().value_or(0)
    );
}

std::string without(std::string text, const std::string& part) {
    const auto at = text.find(part);
    REQUIRE(at != std::string::npos);
    return text.erase(at, part.size());
}

std::string with(std::string text, const std::string& part, const std::string& other) {
    const auto at = text.find(part);
    REQUIRE(at != std::string::npos);
    return text.replace(at, part.size(), other);
}

std::vector<std::string> names_of(const moysklad::Answer& answer) {
    REQUIRE(answer.status == 200);
    const auto document = json::parse(answer.body);
    REQUIRE(document);
    std::vector<std::string> names;
    for (const auto row : document->root().find("rows")->elements()) {
        names.emplace_back(row.find("name")->string().value_or(""));
    }
    return names;
}

}  // namespace

TEST_CASE("headers decide first: gzip has to be offered", "[sandbox][moysklad]") {
    MoyskladApi::Request request;
    const auto refused = MoyskladApi::problem_of_headers(request);
    REQUIRE(refused.has_value());
    CHECK(refused->status == 415);
    CHECK(refused->body.empty());
    request.accept_encoding = "deflate, gzip;q=0.5";
    CHECK_FALSE(MoyskladApi::problem_of_headers(request).has_value());
    request.accept_encoding = "gzip;q=0";
    CHECK(MoyskladApi::problem_of_headers(request).has_value());
    request.accept_encoding = "gzip";
    request.accept = "application/json";
    CHECK(code_of(*MoyskladApi::problem_of_headers(request)) == 1062);
    request.accept = "application/json;charset=utf-8";
    CHECK_FALSE(MoyskladApi::problem_of_headers(request).has_value());
}

TEST_CASE("the key says whose account it is", "[sandbox][moysklad]") {
    CHECK(MoyskladApi::account_of_key("sandbox-moysklad-phone-0367") == "0367");
    CHECK_FALSE(MoyskladApi::account_of_key("other").has_value());
    CHECK(MoyskladApi::account_of_authorization("Bearer sandbox-moysklad-token-0367") == "0367");
    // admin@0367:sandbox-moysklad-password-0367
    CHECK(
        MoyskladApi::account_of_authorization(
            "Basic YWRtaW5AMDM2NzpzYW5kYm94LW1veXNrbGFkLXBhc3N3b3JkLTAzNjc="
        ) == "0367"
    );
    CHECK_FALSE(MoyskladApi::account_of_authorization("Basic YWRtaW5AMDM2Nzp4").has_value());
    CHECK_FALSE(MoyskladApi::account_of_authorization("").has_value());
}

TEST_CASE("a call is created with what it needs, and finds its people", "[sandbox][moysklad]") {
    Account account;
    const auto created = account.create(ringing);
    CHECK(created.status == 200);
    CHECK_THAT(created.body, ContainsSubstring("\"extention\":\"150\""));
    REQUIRE(account.calls().all().size() == 1);
    CHECK(account.calls().all().front().events.size() == 2);
    for (const auto* field :
         {R"("externalId":"375290001122-1759317825.16",)",
          R"("number":"+375296254070",)",
          R"("isIncoming":true,)",
          R"("startTime":"2025-10-01 14:23:45.000",)"}) {
        const auto refused = account.create(without(ringing, field));
        CHECK(refused.status == 412);
        CHECK(code_of(refused) == 3000);
    }
}

TEST_CASE("what is not as the contract has it is refused", "[sandbox][moysklad]") {
    Account account;
    for (const auto& [part, other] :
         {std::pair{R"("isIncoming":true)", R"("isIncoming":"true")"},
          std::pair{R"("+375296254070")", R"("375296254070")"},
          std::pair{"2025-10-01 14:23:45.000", "2025-10-01T14:23:45"},
          std::pair{"2025-10-01 14:23:45.000", "2025-13-01 14:23:45"},
          std::pair{R"("comment":)", R"("status":)"},
          std::pair{R"("sequence":1)", R"("sequence":0)"},
          std::pair{R"("comment":"line 375173330002")", R"("duration":"5")"},
          std::pair{R"("comment":"line 375173330002")", R"("recordUrl":"https://a/b")"},
          std::pair{R"("comment":"line 375173330002")", R"("employee":{"meta":{}})"}}) {
        INFO(other);
        CHECK(account.create(with(ringing, part, other)).status == 400);
    }
    CHECK(code_of(account.create(with(ringing, "SHOW", "STARTPOPUP"))) == 3005);
    CHECK(code_of(account.create(without(ringing, R"("extension":"151",)"))) == 3000);
    CHECK(
        account.create(with(ringing, "\"comment\"", R"("endTime":"2025-10-01 14:00:00","comment")"))
            .status == 412
    );
    CHECK(code_of(account.create("{")) == 2001);
    CHECK(account.calls().all().empty());
}

TEST_CASE("a second POST is refused or answered with the stored call", "[sandbox][moysklad]") {
    Account account;
    const auto first = account.create(ringing);
    const auto second = account.create(ringing);
    CHECK(second.status == 412);
    CHECK(code_of(second) == 3006);
    account.api.second_post = SecondPost::stored;
    CHECK(account.create(ringing).body == first.body);
    CHECK(account.calls().all().size() == 1);
}

TEST_CASE("an update fills what is empty and nothing else", "[sandbox][moysklad]") {
    Account account;
    CHECK(code_of(account.update(R"({"comment":"x"})")) == 1021);
    account.create(ringing);
    CHECK(account.update(R"({"extension":"151","endTime":"2025-10-01 14:24:45"})").status == 200);
    CHECK(account.update(R"({"extension":"152","comment":"other"})").status == 200);
    const auto& call = account.calls().all().front();
    CHECK(call.extension == "151");
    CHECK(call.employee == moysklad::employee_by_extension("151")->id);
    CHECK(call.end_time == "2025-10-01 14:24:45.000");
    CHECK(call.duration == 60000);
    CHECK(call.comment == "other");
    CHECK(account.calls().violations().overwrites == 1);
    account.update(R"({"recordUrl":["https://a/1"]})");
    account.update(R"({"recordUrl":["https://a/2"]})");
    account.update(R"({"recordUrl":["https://a/1"]})");
    CHECK(account.calls().all().front().record_urls.size() == 3);
    CHECK(account.calls().violations().link_doubles == 1);
    CHECK(account.update("{}").status == 400);
    CHECK(account.phone("PUT", {"call", call.id}, R"({"comment":"by id"})").status == 200);
    CHECK(code_of(account.phone("PUT", {"call", "x"}, "{}")) == 1000);
}

TEST_CASE("a late card event is dropped and counted", "[sandbox][moysklad]") {
    Account account;
    account.create(ringing);
    const auto answer = account.event(R"({"eventType":"HIDE","extension":"152","sequence":3})");
    CHECK(answer.status == 204);
    CHECK(answer.body.empty());
    CHECK(account.event(R"({"eventType":"HIDE","extension":"151","sequence":3})").status == 204);
    CHECK(account.event(R"({"eventType":"HIDE_ALL","sequence":5})").status == 204);
    CHECK(account.event(R"({"eventType":"HIDE_ALL","sequence":4})").status == 204);
    CHECK(account.calls().all().front().events.size() == 4);
    CHECK(account.calls().violations().late_events == 2);
}

TEST_CASE("paths and methods that there are not", "[sandbox][moysklad]") {
    Account account;
    CHECK(code_of(account.phone("GET", {"call"}, "")) == 1039);
    CHECK(code_of(account.phone("POST", {"calls"}, "")) == 1002);
    CHECK(code_of(account.phone("POST", {"call", "extid", "x", "events"}, "")) == 1002);
    CHECK(code_of(account.remap({"entity", "product"})) == 1002);
    CHECK(code_of(account.remap({"entity", "employee", "7"})) == 1000);
}

TEST_CASE("employees are found by their extention", "[sandbox][moysklad]") {
    Account account;
    const auto one = account.phone("GET", {"employee"}, "", {{"filter", "extention=151"}});
    CHECK_THAT(one.body, ContainsSubstring("\"extention\":\"151\"") && !ContainsSubstring("150"));
    CHECK_THAT(
        account.phone("GET", {"employee"}, "", {{"filter", "extention~=15"}}).body,
        ContainsSubstring("\"150\"") && ContainsSubstring("\"152\"")
    );
    CHECK(code_of(account.phone("GET", {"employee"}, "", {{"filter", "extension=151"}})) == 1034);
}

TEST_CASE("counterparties are searched in any spelling", "[sandbox][moysklad]") {
    Account account;
    const auto search = [&](const std::string& text) {
        return names_of(account.remap({"entity", "counterparty"}, {{"search", text}}));
    };
    CHECK(search("375296254070") == std::vector<std::string>{"Петров Иван"});
    CHECK(search("290000001") == std::vector<std::string>{"ООО Орлова и партнёры"});
    CHECK(search("375447770001").size() == 2);
    CHECK(search("375447770002").empty());
    CHECK(
        names_of(account.remap({"entity", "counterparty"}, {{"filter", "phone~296254070"}})).empty()
    );
    CHECK(code_of(account.remap({"entity", "counterparty"}, {{"filter", "phones~1"}})) == 1034);
    CHECK(code_of(account.remap({"entity", "counterparty"}, {{"limit", "0"}})) == 1034);
    CHECK(
        names_of(
            account.remap(
                {"entity", "counterparty", "0a1b2c3d-c001-11f0-0a80-000000000102", "contactpersons"}
            )
        )
            .size() == 2
    );
    CHECK_THAT(account.remap({"context", "employee"}).body, ContainsSubstring("Ковалёва"));
}

TEST_CASE("answers are packed by gzip's own format", "[sandbox][moysklad]") {
    const auto packed = gzip("{}");
    CHECK(packed.starts_with("\x1f\x8b"));
    CHECK(packed.size() > 18);
}
