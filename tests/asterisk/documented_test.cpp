// Every curl line of docs/control.md, run by a shell as it stands there, on calls of a real
// Asterisk.

#include <algorithm>
#include <chrono>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "scene.hpp"
#include "testing/catch.hpp"
#include "testing/paths.hpp"
#include "testing/process.hpp"

using namespace trunkline;
using namespace std::chrono_literals;
using asterisk::Scene;

namespace {

constexpr auto admin_token = "the-operators-own-token";

/// The manual's exchange has other numbers and queues than the one of the tests. In this order.
const std::vector<std::pair<std::string, std::string>> names_here{
    {"/queues/support/members/PJSIP%2F1001", "/queues/support/members/PJSIP%2F152"},
    {"/queues/support", "/queues/queue-1"},
    {"1001", "151"},
    {"1002", "152"},
    {"1003", "153"},
    {"1005", "155"},
    {"http://127.0.0.1:8030/audit", "$GATEWAY/audit"},
};

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
        text.replace(at, from.size(), to);
    }
    return text;
}

std::vector<std::string> documented_lines() {
    std::ifstream file(testing::source_folder() / "docs/control.md");
    std::vector<std::string> out;
    std::string line;
    while (std::getline(file, line)) {
        if (line.starts_with("curl ") || line.starts_with("for part in ")) {
            out.push_back(line);
        }
    }
    return out;
}

bool speaks_of(const std::string& line, std::string_view what) {
    return line.find(what) != std::string::npos;
}

/// Somebody who follows the manual: 151 is the phone before him.
class Reader {
public:
    explicit Reader(Scene& scene) : scene_(scene) {}

    /// Runs one line; what the shell shows, each answer with its status on a line of its own.
    std::string follow(std::string line) {
        if (speaks_of(line, "$P/calls -d")) {
            end_all();
        } else if (speaks_of(line, R"("mode":"cancel")")) {
            testing::wait_until(
                [&] {
                    const auto asked = scene_.channel_of("PJSIP/152");
                    return asked && !asked->bridge.empty();
                },
                20s,
                "151 asks 152, as the line before said"
            );
        } else if (speaks_of(line, "$C") || speaks_of(line, "/bridges")) {
            end_all();
            scene_.call_151();
            channel_ = scene_.name_of("PJSIP/151");
        }
        if (speaks_of(line, "/bridges")) {
            REQUIRE(scene_.post("/calls", R"({"from":"153","to":"154"})").status == 202);
            scene_.wait_until_together("PJSIP/153", "PJSIP/154");
            line = replaced(line, "PJSIP/1001-0000002a", channel_);
            line = replaced(line, "PJSIP/1002-0000002b", scene_.name_of("PJSIP/153"));
        }
        for (const auto& [there, here] : names_here) {
            line = replaced(line, there, here);
        }
        testing::Command command;
        command.argv = {
            "bash", "-c", R"(curl() { command curl -w '\n%{http_code}\n' "$@"; }; )" + line
        };
        command.environment = {
            {"P", scene_.address()},
            {"GATEWAY", scene_.suite.url("pbx-gateway")},
            {"A", std::string("Authorization: Bearer ") + admin_token},
            {"C", base::percent_encode(channel_)}
        };
        const auto outcome = testing::run_command(command);
        CHECK(outcome.status == 0);
        return outcome.output;
    }

private:
    void end_all() {
        scene_.exchange.console("channel request hangup all");
        scene_.wait_until_gone("");
    }

    Scene& scene_;
    std::string channel_;
};

std::vector<std::string> statuses_in(const std::string& output) {
    std::istringstream lines(output);
    std::vector<std::string> out;
    std::string line;
    while (std::getline(lines, line)) {
        if (line.size() == 3 &&
            std::ranges::all_of(line, [](char each) { return each >= '0' && each <= '9'; })) {
            out.push_back(line);
        }
    }
    return out;
}

}  // namespace

TEST_CASE("every curl line of the manual does on real calls what it says") {
    Scene scene;
    CHECK(scene.suite.stop("pbx-gateway") == 0);
    scene.suite.start("pbx-gateway", {{"ADMIN_TOKEN", admin_token}});
    testing::wait_until(
        [&] { return scene.get("/channels").status == 200; }, 20s, "the gateway is connected"
    );
    scene.phones.plug_in("151", "speaks");
    for (const auto* extension : {"152", "153", "154", "155"}) {
        scene.phones.plug_in(extension, "answers");
    }
    scene.phones.plug_in_provider("answers");
    const auto lines = documented_lines();
    CHECK(lines.size() >= 26);
    Reader reader(scene);
    for (const auto& line : lines) {
        INFO(line);
        const auto output = reader.follow(line);
        INFO(output);
        const auto statuses = statuses_in(output);
        CHECK(statuses.size() == (line.starts_with("for part in ") ? 6U : 1U));
        for (const auto& status : statuses) {
            CHECK(status.starts_with('2'));
        }
    }
}
