#include "plan.hpp"

#include <map>

#include "testing/catch.hpp"

using namespace trunkline;
using pg::Endpoint;

namespace {

pg::Settings settings_for(std::string url) {
    pg::Settings settings;
    settings.url = std::move(url);
    return settings;
}

std::map<std::string, std::string> options_of(const pg::ConnectPlan& plan) {
    return {plan.options.begin(), plan.options.end()};
}

}  // namespace

TEST_CASE("A url is read with its user, password, host, port, database and options", "[pg]") {
    const auto plan = pg::make_plan(settings_for(
        "postgresql://me:p%40ss@db.example:6432/calls?sslmode=require&application_name=mine"
    ));
    REQUIRE(plan);
    CHECK(plan->endpoints == std::vector<Endpoint>{{"db.example", "", "6432"}});
    CHECK(plan->database == "calls");
    const auto options = options_of(*plan);
    CHECK(options.at("user") == "me");
    CHECK(options.at("password") == "p@ss");
    CHECK(options.at("sslmode") == "require");
    CHECK(options.at("application_name") == "mine");
    CHECK(options.at("client_encoding") == "UTF8");
    CHECK_FALSE(options.contains("host"));
    CHECK_FALSE(options.contains("port"));
}

TEST_CASE("A unix socket's folder and libpq's keyword form are understood", "[pg]") {
    const auto by_url = pg::make_plan(settings_for("postgresql:///calls?host=/run/postgresql"));
    REQUIRE(by_url);
    CHECK(by_url->endpoints == std::vector<Endpoint>{{"/run/postgresql", "", ""}});
    CHECK_FALSE(pg::needs_resolving(by_url->endpoints.front()));
    const auto by_keywords = pg::make_plan(settings_for("host=/run/postgresql dbname=calls"));
    REQUIRE(by_keywords);
    CHECK(by_keywords->endpoints == by_url->endpoints);
}

TEST_CASE("Several hosts keep their order and their ports", "[pg]") {
    const auto plan = pg::make_plan(settings_for("postgresql://a:1,b:2/x"));
    REQUIRE(plan);
    CHECK(plan->endpoints == std::vector<Endpoint>{{"a", "", "1"}, {"b", "", "2"}});
    CHECK_FALSE(pg::make_plan(settings_for("host=a,b,c port=1,2")));
}

TEST_CASE("Only names are resolved", "[pg]") {
    CHECK(pg::needs_resolving({"db.example", "", ""}));
    CHECK(pg::needs_resolving({"127.0.0.1", "", ""}));
    CHECK_FALSE(pg::needs_resolving({"db.example", "10.0.0.1", ""}));
    CHECK_FALSE(pg::needs_resolving({"/tmp", "", ""}));
    CHECK_FALSE(pg::needs_resolving({"", "", ""}));
}

TEST_CASE("The session's settings that reading results relies on win over the url's", "[pg]") {
    auto settings =
        settings_for("postgresql://h/x?options=-csearch_path%3Dmine%20-cTimeZone%3DAsia/Tokyo");
    settings.statement_timeout = std::chrono::milliseconds(1234);
    settings.application_name = "ours";
    const auto plan = pg::make_plan(settings);
    REQUIRE(plan);
    const auto options = options_of(*plan).at("options");
    CHECK_THAT(options, ContainsSubstring("statement_timeout=1234"));
    CHECK_THAT(options, ContainsSubstring("search_path=mine"));
    CHECK(options.rfind("TimeZone=UTC") > options.rfind("TimeZone=Asia/Tokyo"));
    CHECK(options_of(*plan).at("application_name") == "ours");
}

TEST_CASE("A wrong url is refused without showing it", "[pg]") {
    for (const auto* url :
         {"",
          "redis://x",
          "postgresql://me:s3cret@h:port:1/x",
          "postgresql://me:s3cret@h/x?nonsense=1",
          "hello"}) {
        const auto refused = pg::check(settings_for(url));
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code == base::Errc::invalid_input);
        CHECK_THAT(refused.error().detail, !ContainsSubstring("s3cret"));
    }
}

TEST_CASE("Limits of zero are refused", "[pg]") {
    auto settings = settings_for("postgresql://h/x");
    CHECK(pg::check(settings));
    settings.pool_size = 0;
    CHECK_FALSE(pg::check(settings));
    settings = settings_for("postgresql://h/x");
    settings.statement_timeout = std::chrono::milliseconds(0);
    CHECK_FALSE(pg::check(settings));
}

TEST_CASE("The server is described without user and password", "[pg]") {
    CHECK(
        pg::describe_server(settings_for("postgresql://me:s3cret@h:5432,i:5433/calls")) ==
        "h:5432,i:5433/calls"
    );
    CHECK(pg::describe_server(settings_for("nonsense")).empty());
}
