#include <sstream>
#include <string>
#include <vector>

#include "suite.hpp"
#include "testing/catch.hpp"

using namespace trunkline;

namespace {

std::vector<json::Document> lines_of(const std::string& body) {
    std::vector<json::Document> out;
    std::istringstream lines(body);
    for (std::string line; std::getline(lines, line);) {
        auto document = json::parse(line);
        INFO(line);
        REQUIRE(document);
        out.push_back(std::move(*document));
    }
    return out;
}

}  // namespace

TEST_CASE("an exchange that catches up gets an answer a line and makes its call once", "[e2e]") {
    e2e::Suite suite;
    suite.start("ingest");
    const auto events = e2e::inbound_answered("1768467600.90");
    suite.send(events[0].name, events[0].body);
    std::string body = "\nno event\n";
    for (const auto& event : events) {
        body += R"({"event":")" + event.name + R"(","body":)" + event.body + "}\n";
    }
    body += R"({"event":"party","body":{}})";

    const auto answer = e2e::http("POST", suite.url("ingest") + "/events", body);
    REQUIRE(answer.status == 200);
    const auto lines = lines_of(answer.body);
    REQUIRE(lines.size() == events.size() + 2);
    CHECK(lines[0].root().find("line")->integer() == 2);
    CHECK(lines[0].root().find("status")->integer() == 400);
    for (std::size_t i = 0; i < events.size(); ++i) {
        const auto line = lines[i + 1].root();
        CHECK(line.find("line")->integer() == static_cast<std::int64_t>(i + 3));
        CHECK(line.find("status")->integer() == 200);
        CHECK(line.find("duplicate")->boolean() == (i == 0));
    }
    CHECK(lines.back().root().find("status")->integer() == 422);
    const auto detail = std::string(*lines.back().root().find("detail")->string());
    CHECK(detail.starts_with("/event: must be one of start, dial"));
    CHECK(suite.sql("SELECT count(*) FROM call_events") == "10");
    CHECK(suite.sql("SELECT count(*) FROM call_events WHERE data_source = 'recovery'") == "9");

    const auto again = e2e::http("POST", suite.url("ingest") + "/events", body);
    for (const auto& line : lines_of(again.body)) {
        if (line.root().find("status")->integer() == 200) {
            CHECK(line.root().find("duplicate")->boolean() == true);
        }
    }
    CHECK(suite.sql("SELECT count(*) FROM call_events") == "10");
    testing::wait_until(
        [&] { return suite.sql("SELECT count(*) FROM calls") == "1"; },
        std::chrono::seconds(30),
        "the call is there"
    );
}
