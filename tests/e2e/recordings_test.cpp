#include <filesystem>
#include <fstream>

#include "suite.hpp"
#include "testing/catch.hpp"

using namespace trunkline;
namespace fs = std::filesystem;

namespace {

struct Fetched {
    std::string head;
    std::string body;
};

/// As a CRM or a browser does it.
Fetched fetch(const std::string& url, const std::vector<std::string>& more = {}) {
    testing::Command command;
    command.argv = {"curl", "-sS", "--max-time", "20", "-i", url};
    command.argv.insert(command.argv.end(), more.begin(), more.end());
    const auto outcome = testing::run_command(command);
    const auto end = outcome.output.find("\r\n\r\n");
    REQUIRE(end != std::string::npos);
    return {outcome.output.substr(0, end), outcome.output.substr(end + 4)};
}

std::string trunkctl(
    const e2e::Suite& suite,
    const e2e::Suite::Environment& settings,
    const std::vector<std::string>& arguments
) {
    auto command = suite.command("trunkctl", settings);
    command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
    const auto outcome = testing::run_command(command);
    INFO(outcome.output);
    REQUIRE(outcome.status == 0);
    return outcome.output;
}

std::string text(json::View value, std::string_view member) {
    const auto found = value.find(member);
    return found ? std::string(found->string().value_or("")) : std::string();
}

}  // namespace

TEST_CASE("a CRM fetches a call's recording by its link until the link is revoked", "[e2e]") {
    e2e::Suite suite;
    const testing::TempFolder recordings;
    const e2e::Suite::Environment settings{
        {"PUBLIC_URL", suite.url("ingest")}, {"RECORDINGS_PATH", recordings.path().string()}
    };
    for (const auto* service : {"sandbox", "retailcrm", "integration-cache", "telegram-notifier"}) {
        suite.start(service);
    }
    suite.start("ingest", settings);
    for (const auto& event : e2e::inbound_answered("1768467600.70")) {
        suite.send(event.name, event.body);
    }
    suite.wait_until_idle();

    const auto uuid = suite.sql("SELECT uuid FROM calls");
    const auto link = suite.url("ingest") + "/recordings/" + uuid;
    CHECK(suite.sql("SELECT record_url FROM calls") == link);
    const auto crm = suite.retailcrm();
    const auto account = *crm.root().find("accounts")->find("0367");
    CHECK(text((*account.find("calls"))[0], "recordUrl") == link);

    // The link is handed out before the file is there.
    const auto early = fetch(link);
    CHECK_THAT(early.head, ContainsSubstring("404"));
    CHECK_THAT(early.head, ContainsSubstring("Retry-After: 30"));
    CHECK_THAT(early.body, ContainsSubstring("not there yet"));
    const auto missing = trunkctl(
        suite,
        settings,
        {"--json", "recording", "set", "--enterprise", "0367", "--links", "answered"}
    );
    CHECK_THAT(missing, ContainsSubstring(R"("recordings":"answered")"));

    const auto folder = recordings.path() / "0367" / "2026" / "01" / "15";
    fs::create_directories(folder);
    std::ofstream(folder / "1768467600.70.mp3") << "0123456789";
    std::ofstream(folder / "1768467600.99.mp3") << "nobody's";
    fs::last_write_time(
        folder / "1768467600.99.mp3", fs::file_time_type::clock::now() - std::chrono::hours(2)
    );

    const auto whole = fetch(link);
    CHECK(whole.body == "0123456789");
    CHECK_THAT(whole.head, ContainsSubstring("Content-Type: audio/mpeg"));
    CHECK_THAT(whole.head, ContainsSubstring("Accept-Ranges: bytes"));
    const auto part = fetch(link, {"-H", "Range: bytes=2-4"});
    CHECK_THAT(part.head, ContainsSubstring("206"));
    CHECK_THAT(part.head, ContainsSubstring("Content-Range: bytes 2-4/10"));
    CHECK(part.body == "234");
    CHECK(fetch(link, {"-H", "Range: bytes=-3"}).body == "789");
    const auto beyond = fetch(link, {"-H", "Range: bytes=10-"});
    CHECK_THAT(beyond.head, ContainsSubstring("416"));
    CHECK_THAT(beyond.head, ContainsSubstring("Content-Range: bytes */10"));
    const auto head = fetch(link, {"--head"});
    CHECK_THAT(head.head, ContainsSubstring("Content-Length: 10"));

    const auto orphans = trunkctl(
        suite,
        settings,
        {"--json", "recording", "orphans", "--enterprise", "0367", "--days", "3650"}
    );
    CHECK(
        orphans == R"({"files":["2026/01/15/1768467600.99.mp3"],"calls":[]})"
                   "\n"
    );

    auto personal = trunkctl(suite, settings, {"recording", "link", uuid, "--days", "1"});
    personal.pop_back();
    CHECK(fetch(personal).body == "0123456789");
    CHECK_THAT(fetch(personal + "x").head, ContainsSubstring("403"));

    trunkctl(suite, settings, {"recording", "revoke", uuid});
    for (const auto& each : {link, personal}) {
        const auto revoked = fetch(each);
        CHECK_THAT(revoked.head, ContainsSubstring("403"));
        CHECK_THAT(revoked.body, ContainsSubstring("revoked"));
    }
    trunkctl(suite, settings, {"recording", "restore", uuid});
    CHECK(fetch(link).body == "0123456789");
    CHECK(
        testing::run_command({.argv = {"grep", "-rc", "sig=", suite.logs().string()}}
        ).output.find(":1") == std::string::npos
    );
}

TEST_CASE("a recording that an exchange keeps is passed on from there", "[e2e]") {
    e2e::Suite suite;
    const testing::TempFolder recordings;
    suite.start("ingest", {{"RECORDINGS_PATH", recordings.path().string()}});
    for (const auto& event : e2e::inbound_answered("1768467600.71")) {
        suite.send(event.name, event.body);
    }
    const auto finished = [&] { return suite.sql("SELECT count(*) FROM calls") == "1"; };
    testing::wait_until(finished, std::chrono::seconds(20), "the call is finished");
    // Without PUBLIC_URL nothing is linked, so nothing was handed out.
    CHECK(suite.sql("SELECT record_url IS NULL FROM calls") == "t");
    const auto uuid = suite.sql("SELECT uuid FROM calls");
    const auto link = suite.url("ingest") + "/recordings/" + uuid;
    CHECK_THAT(fetch(link).head, ContainsSubstring("403"));

    CHECK(suite.stop("ingest") == 0);
    suite.start("ingest", {{"PUBLIC_URL", suite.url("ingest")}});
    suite.start("sandbox");
    const auto noted = e2e::http(
        "POST",
        suite.url("ingest") + "/internal/recordings",
        R"({"enterprise_number":"0367","unique_id":"1768467600.711","url":")" +
            suite.url("sandbox") + R"(/openapi.json"})"
    );
    CHECK(noted.status == 200);
    CHECK_THAT(noted.body, ContainsSubstring(R"("told":true)"));
    CHECK(
        suite.sql("SELECT count(*) FROM outbox WHERE queue = 'gateway' AND kind = 'update'") == "1"
    );
    const auto there = fetch(suite.url("sandbox") + "/openapi.json").body;
    const auto passed_on = fetch(link);
    CHECK(passed_on.body == there);
    CHECK_THAT(passed_on.head, ContainsSubstring("Content-Type: application/octet-stream"));
    CHECK(fetch(link, {"-H", "Range: bytes=1-9"}).body == there.substr(1, 9));
}
