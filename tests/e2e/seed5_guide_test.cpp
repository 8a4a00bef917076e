// The command lines of the debugging manual (seeds/5) for the emulator's and ingest's logs, and its
// typical course of debugging, as they stand there but for ports and folders. Those for 8020 are in
// seed5_cache_test.cpp.
#include <chrono>
#include <filesystem>
#include <map>
#include <string>

#include "suite.hpp"
#include "testing/catch.hpp"
#include "testing/paths.hpp"

using namespace trunkline;
using namespace std::chrono_literals;

namespace {

/// The suite's folder has logs/, as the project's root has.
class Manual {
public:
    Manual() {
        suite_.start_all();
        suite_.start("call-emulator");
    }

    e2e::Suite& suite() { return suite_; }

    testing::Outcome run(const std::string& line) const {
        return testing::run_command(
            {.argv = {"bash", "-c", line}, .folder = suite_.logs().parent_path()}
        );
    }
    /// The line does what it says.
    std::string said(const std::string& line) const {
        const auto outcome = run(line);
        INFO(line << ": " << outcome.output);
        REQUIRE(outcome.status == 0);
        return outcome.output;
    }
    /// `tail -f`, until it shows `text`.
    void follow(const std::string& line, const std::string& text) const {
        INFO(line);
        CHECK(
            run("grep -m 1 -qF '" + text + "' < <(timeout 20 " + line + " 2>/dev/null)").status == 0
        );
    }

    /// «Отправить события»: the answer of the emulator, which the page asks, too.
    json::Document emulate(const std::string& order) const {
        const auto answer = e2e::http("POST", suite_.url("call-emulator") + "/emulate", order);
        INFO(answer.body);
        REQUIRE(answer.status == 200);
        return answer.json();
    }

private:
    e2e::Suite suite_;
};

/// The restart scripts in a root of their own, with the suite's settings. What they started, they
/// stop.
class Scripts {
public:
    explicit Scripts(const e2e::Suite& suite)
        : root_(suite.logs().parent_path() / "root"),
          environment_(suite.command("ingest").environment) {
        std::filesystem::create_directories(root_ / "build");
        std::filesystem::copy(
            testing::source_folder() / "scripts",
            root_ / "scripts",
            std::filesystem::copy_options::recursive
        );
        std::filesystem::create_directory_symlink(testing::binary_folder(), root_ / "build/bin");
    }
    ~Scripts() {
        for (const auto* script : {"main.sh", "call_tester.sh", "integration_cache.sh"}) {
            run(std::string(script) + " stop");
        }
    }
    Scripts(const Scripts&) = delete;
    Scripts& operator=(const Scripts&) = delete;

    /// `./x.sh` of the manual is `scripts/x.sh`, run from the root.
    testing::Outcome run(const std::string& line) const {
        return testing::run_command(
            {.argv = {"bash", "-c", "scripts/" + line + " 2>&1"},
             .environment = environment_,
             .inherit_environment = false,
             .folder = root_}
        );
    }

private:
    std::filesystem::path root_;
    std::map<std::string, std::string> environment_;
};

std::string unique_id_of(const json::Document& run) {
    return std::string(run.root().find("unique_id")->string().value_or(""));
}

}  // namespace

TEST_CASE("the manual's lines for the emulator's log do what they say", "[e2e][seed5]") {
    const Manual manual;
    const auto run = manual.emulate(R"({"pattern":"inbound-answered"})");
    manual.emulate(R"({"pattern":"inbound-answered","fields":{"token":"unknown"}})");

    const auto all = manual.said("cat logs/call_tester_events.log");
    for (const auto* event :
         {"dial",
          "bridge_create",
          "bridge",
          "bridge_leave",
          "bridge_destroy",
          "hangup",
          "new_callerid"}) {
        INFO(event);
        CHECK_THAT(all, ContainsSubstring("🚀 EMULATION " + std::string(event) + " "));
    }
    CHECK_THAT(all, ContainsSubstring(unique_id_of(run)));
    CHECK_THAT(manual.said("tail -n 100 logs/call_tester_events.log"), ContainsSubstring("hangup"));
    manual.follow("tail -f logs/call_tester_events.log", "📥 EMULATION RESPONSE");
    const auto block = manual.said("grep -A 10 \"🚀 EMULATION\" logs/call_tester_events.log");
    for (const auto* part :
         {"📊 Event Data: {",
          "📋 Request Headers: {",
          "📥 EMULATION RESPONSE",
          "📋 Response Headers: {"}) {
        INFO(part);
        CHECK_THAT(block, ContainsSubstring(part));
    }
    CHECK_THAT(
        manual.said("grep \"ERROR\" logs/call_tester_events.log"), ContainsSubstring("status 404")
    );
    manual.said("cat /dev/null > logs/call_tester_events.log");
    CHECK(manual.said("cat logs/call_tester_events.log").empty());
    manual.emulate(R"({"pattern":"hangup-only"})");
    CHECK(manual.said("grep -c \"📥 EMULATION RESPONSE\" logs/call_tester_events.log") == "1\n");
}

TEST_CASE("the manual's lines for an enterprise's log do what they say", "[e2e][seed5]") {
    const Manual manual;
    const auto run = manual.emulate(R"({"pattern":"inbound-answered"})");
    CHECK_THAT(manual.said("cat logs/0367.log"), ContainsSubstring("📦 Full Body: {"));
    CHECK_THAT(manual.said("tail -n 50 logs/0367.log"), ContainsSubstring("🧪 TEST EVENT: hangup"));
    manual.follow("tail -f logs/0367.log", "CallType");
    CHECK_THAT(
        manual.said("grep \"hangup\" logs/0367.log"), ContainsSubstring("🧪 TEST EVENT: hangup")
    );
    CHECK_THAT(
        manual.said("grep \"bridge\" logs/0367.log"),
        ContainsSubstring("🧪 TEST EVENT: bridge_leave")
    );
    CHECK_THAT(
        manual.said("grep \"" + unique_id_of(run) + "\" logs/0367.log"),
        ContainsSubstring("📋 Token: 375293332255, UniqueId: " + unique_id_of(run))
    );
    const auto counts =
        manual.said("grep \"🧪 TEST EVENT:\" logs/0367.log | awk '{print $NF}' | sort | uniq -c");
    CHECK_THAT(counts, ContainsSubstring("1 start\n"));
    CHECK_THAT(counts, ContainsSubstring("2 bridge\n"));
    CHECK_THAT(counts, ContainsSubstring("2 bridge_leave\n"));
    CHECK_THAT(counts, ContainsSubstring("1 hangup\n"));
    manual.said("cat /dev/null > logs/0367.log");
    CHECK(manual.said("cat logs/0367.log").empty());
    CHECK_THAT(manual.said("grep \"375293332255\" logs/app.log"), ContainsSubstring("hangup"));
    manual.follow("tail -f logs/app.log", "[INFO]");
    CHECK(manual.run("grep \"ERROR\" logs/app.log").status <= 1);
    CHECK_FALSE(manual.said("cat logs/access.log").empty());
    CHECK_THAT(manual.said("cat logs/uvicorn.log"), ContainsSubstring("[INFO] server: ingest "));
    CHECK(manual.said("readlink logs/uvicorn.log") == "server.log\n");
}

TEST_CASE("the manual's typical course and quick commands work", "[e2e][seed5]") {
    const Manual manual;
    manual.emulate(R"({"pattern":"inbound-missed"})");
    CHECK(
        manual.said("cat /dev/null > logs/call_tester_events.log && cat /dev/null > logs/0367.log "
                    "&& echo \"✅ Логи очищены\"") == "✅ Логи очищены\n"
    );
    manual.emulate(R"({"pattern":"inbound-missed"})");
    const auto sent =
        manual.said("tail -50 logs/call_tester_events.log | grep \"📥 EMULATION RESPONSE\"");
    CHECK_THAT(sent, ContainsSubstring("hangup: status 200"));
    CHECK_THAT(manual.said("tail -50 logs/0367.log"), ContainsSubstring("🧪 TEST EVENT: hangup"));
    manual.follow("tail -f logs/call_tester_events.log logs/0367.log", "==> logs/0367.log <==");
    CHECK(
        manual.said("echo \"События от эмулятора:\" && grep -c \"📥 EMULATION RESPONSE\" "
                    "logs/call_tester_events.log") == "События от эмулятора:\n4\n"
    );
    CHECK(
        manual.said("echo \"События на сервере 0367:\" && grep -c \"🧪 TEST EVENT\" logs/0367.log"
        ) == "События на сервере 0367:\n4\n"
    );
    const auto last_sent = manual.said(
        "echo \"=== Последнее отправленное ===\" && grep \"📊 Event Data:\" "
        "logs/call_tester_events.log | tail -1"
    );
    CHECK_THAT(last_sent, ContainsSubstring("\"CallStatus\":\"0\""));
    CHECK_THAT(
        manual.said("echo \"=== Последнее полученное ===\" && grep \"🧪 TEST EVENT\" logs/0367.log "
                    "| tail -1"),
        ContainsSubstring("🧪 TEST EVENT: hangup")
    );
    // Enrichment shows in the enterprise's log once a call has been worked in.
    testing::wait_until(
        [&] { return manual.run("grep \"customer_name\\|full_name\" logs/0367.log").status == 0; },
        20s,
        "the enrichment is logged"
    );
}

TEST_CASE("the manual's restart commands work on running services", "[e2e][seed5]") {
    e2e::Suite suite;
    const Scripts scripts(suite);
    for (const auto* script : {"main.sh", "call_tester.sh", "integration_cache.sh"}) {
        const auto started = scripts.run(std::string(script) + " start");
        INFO(script << ": " << started.output);
        REQUIRE(started.status == 0);
    }
    for (const auto* line :
         {"main.sh restart", "call_tester.sh restart", "integration_cache.sh status"}) {
        const auto done = scripts.run(line);
        INFO(line << ": " << done.output);
        CHECK(done.status == 0);
    }
    const auto answer =
        e2e::http("POST", suite.url("call-emulator") + "/emulate", R"({"pattern":"hangup-only"})");
    CHECK(answer.status == 200);
    CHECK_THAT(answer.body, ContainsSubstring(R"("status":"done")"));
    CHECK_THAT(
        scripts.run("main.sh logs -n 5").output + scripts.run("call_tester.sh logs -n 5").output,
        ContainsSubstring("[INFO]")
    );
}
