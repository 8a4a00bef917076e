// Starts the suite and lets drive.mjs use its pages in Chromium as a person does.

#include <filesystem>

#include "../e2e/suite.hpp"
#include "testing/catch.hpp"
#include "testing/paths.hpp"

using namespace trunkline;

namespace {

std::filesystem::path packages() {
    return testing::source_folder() / "tests/pages/node_modules/playwright-core";
}

std::filesystem::path pages() {
    return testing::binary_folder().parent_path() / "share/pages/test-interface.html";
}

}  // namespace

TEST_CASE("people use /test-interface and /sandbox in a real browser", "[pages]") {
    INFO("scripts/test fetches the packages and builds the pages; it needs npm and its registry");
    REQUIRE(std::filesystem::exists(packages()));
    REQUIRE(std::filesystem::exists(pages()));

    e2e::Suite suite;
    suite.start("sandbox");
    suite.start("retailcrm");
    // Every pattern is played to its end: an upload that is held back is waited for.
    suite.start("integration-cache", {{"CRM_UPLOAD_HOLD_SECONDS", "1"}});
    suite.start("telegram-notifier");
    suite.start("ingest");
    const auto nobody = "http://127.0.0.1:" + std::to_string(testing::free_port());
    suite.start(
        "call-emulator",
        {{"EMULATOR_ALLOWED_TARGETS", nobody},
         // A proxy in front of it lets the tests come from elsewhere.
         {"INTERNAL_TOKEN", "tell-nobody"},
         {"TRUSTED_PROXIES", "127.0.0.1"}}
    );

    testing::Command node;
    // This reporter tells at its end, where a log that is cut still has it, what failed and why.
    node.argv = {
        "node",
        "--test-reporter=spec",
        (testing::source_folder() / "tests/pages/drive.mjs").string()
    };
    node.environment = {
        {"EMULATOR", suite.url("call-emulator")},
        {"SANDBOX", suite.url("sandbox")},
        {"NOBODY", nobody},
        {"SCREENSHOTS", (testing::binary_folder().parent_path() / "screenshots").string()},
    };
    const auto outcome = testing::run_command(node, std::chrono::seconds(1100));
    INFO(outcome.output);
    CHECK(outcome.status == 0);
}
