#include <cmath>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "json/document.hpp"
#include "replay.hpp"
#include "testing/catch.hpp"

namespace trunkline::pbx {
namespace {

using Outcomes = std::vector<std::string>;

/// What tests/captures/ami/INDEX.md says that happened, in the words of Replay::outcomes.
const std::map<std::string, Outcomes>& expected() {
    static const std::map<std::string, Outcomes> all{
        {"01-inbound-answered",
         {"in 375296254070 over 375291112233 rang 1001 talked 1001 for 5 (16)"}},
        {"01b-inbound-agent-hangs-up",
         {"in +375296254070 over 375291112233 rang 1001 talked 1001 for 3 (16)"}},
        {"01c-inbound-anonymous", {"in hidden over 375291112233 rang 1001 talked 1001 for 2 (16)"}},
        {"02-inbound-not-answered", {"in 375296254070 over 375291112233 rang 1001 missed (19)"}},
        {"02b-inbound-caller-gives-up", {"in 375296254070 over 375291112233 rang 1001 missed (127)"}
        },
        {"03-inbound-busy", {"in 375296254070 over 375291112233 rang 1001 missed (17)"}},
        {"03b-inbound-unregistered", {"in 375296254070 over 375291112233 missed (20)"}},
        {"05-internal-answered", {"internal 1001 rang 1002 talked 1002 for 4 (16)"}},
        {"05b-internal-rejected", {"internal 1003 rang 1002 missed (21)"}},
        {"06-outbound-answered",
         {"out 375291234567 over trunk-main rang 1001 talked 1001 for 6 (16)"}},
        {"06b-outbound-busy", {"out 375291234567 over trunk-main rang 1002 missed (17)"}},
        {"06c-click-to-call", {"out 375291234567 over trunk-main rang 1001 talked 1001 for 4 (16)"}
        },
        {"06d-originate-failures", {}},
        {"07-queue-answered", {"in 375296254070 over 375291112233 rang 1001 talked 1001 for 5 (16)"}
        },
        {"07b-queue-second-agent",
         {"in 375291234500 over 375291112233 rang 1002 1001 talked 1001 for 4 (16)"}},
        {"07c-queue-timeout", {"in 375296254070 over 375291112233 rang 1002 missed (16)"}},
        {"07d-queue-local-members",
         {"in 375296254070 over 375291112233 rang 1002 1001 talked 1002 for 4 (16)"}},
        {"10-attended-transfer",
         {"in 375296254070 over 375291112233 rang 1001 1002 talked 1001 1002 for 14 (16)"}},
        {"10b-attended-transfer-ami",
         {"in 375297770013 over 375291112233 rang 1001 1003 talked 1001 1003 for 10 (16)"}},
        {"11-park-and-retrieve",
         {"in 375296254070 over 375291112233 rang 1001 talked 1001 1002 for 11 (16)"}},
        {"11b-park-ami-timeout",
         {"in 375296254070 over 375291112233 rang 1001 talked 1001 for 11 (16)"}},
        {"11c-park-give-up", {"in 375296254070 over 375291112233 rang 1001 talked 1001 for 7 (16)"}
        },
        {"12-confbridge",
         {"internal 1001 rang 600 talked 600 for 4 (16)",
          "internal 1002 rang 601 talked 601 for 4 (16)",
          "internal 1003 rang 600 talked 600 for 3 (16)"}},
        {"13-mixmonitor", {"in 375296254070 over 375291112233 rang 1001 talked 1001 for 5 (16)"}},
        {"13b-mixmonitor-ami",
         {"in 375296254070 over 375291112233 rang 1001 talked 1001 for 6 (16)"}},
        {"14-userevent-varset", {"internal 1001 rang 651 talked 651 for 4 (16)"}},
        {"16-list-responses",
         {"in 375296254070 over 375291112233 rang 1001 talked 1001 for 3 (16)",
          "in 375447778899 over 375291112233 rang 1002 missed (0)"}},
        {"17-dtmf-ivr", {"in 375296254070 over 375291112233 rang 1001 talked 1001 for 5 (16)"}},
        {"18-hold-unhold", {"in 375296254070 over 375291112233 rang 1001 talked 1001 for 7 (16)"}},
        {"18b-hangup-while-held",
         {"in 375296254070 over 375291112233 rang 1001 talked 1001 for 5 (16)"}},
        {"20b-shutdown-during-call",
         {"in 375296254070 over 375291112233 rang 1001 talked 1001 for 2 (16)"}},
        {"21-registration", {"internal 1001 rang 1004 talked 1004 for 2 (16)"}},
        {"22-ami-redirect",
         {"in 375296254070 over 375291112233 rang 1001 1002 talked 1001 1002 for 6 (16)"}},
        {"22b-ami-bridge", {"internal 1001 rang 1002 talked 1002 for 3 (16)"}},
        {"23-chanspy", {"in 375296254070 over 375291112233 rang 1001 talked 1001 for 5 (16)"}},
        {"25-forward-302",
         {"in 375296254070 over 375291112233 rang 1001 1002 talked 1002 for 3 (16)"}},
        {"26-pickup", {"in 375296254070 over 375291112233 rang 1001 talked 1002 for 3 (16)"}},
    };
    return all;
}

std::string without_folder(const std::string& name) { return name.substr(name.find('/') + 1); }

json::Document truth(const std::string& folder) {
    std::ifstream file(ami::capture_folder() / folder / "truth.json");
    const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    auto document = json::parse(text, {.max_bytes = std::size_t{4} << 20});
    REQUIRE(document);
    return std::move(*document);
}

/// How long the outside party of an inbound call, or else anybody, was in bridges; none if the
/// truth does not say.
std::optional<double> talk_of(json::View truth) {
    if (const auto talk = truth.find("talk_s")) {
        return talk->number();
    }
    double longest = -1;
    if (const auto bridged = truth.find("bridged_s")) {
        for (const auto& [channel, seconds] : bridged->members()) {
            longest = std::max(longest, seconds.number().value_or(-1));
        }
    }
    return longest < 0 ? std::nullopt : std::optional(longest);
}

}  // namespace

TEST_CASE("Each captured situation gives the calls that it was") {
    for (const auto& capture : ami::load_captures()) {
        INFO(capture.name);
        Replay replay;
        replay.play(capture);
        replay.settle();
        const auto found = expected().find(without_folder(capture.name));
        CHECK(replay.outcomes() == (found != expected().end() ? found->second : Outcomes()));
        CHECK(replay.tracker.channels() == 0);
        CHECK(replay.tracker.calls() == 0);
        CHECK(replay.tracker.bridges() == 0);
    }
}

TEST_CASE("Talk lasts as long as the phones measured") {
    // Parked and redirected callers are in no bridge while the next one rings; the suite counts
    // from the first conversation to the last.
    const std::set<std::string> with_ringing{"11b-park-ami-timeout", "22-ami-redirect"};
    const std::set<std::string> of_three{"12-confbridge"};
    std::size_t checked = 0;
    for (const std::string folder : {"", "stamped/"}) {
        const auto document = truth(folder);
        for (const auto& [name, told] : document.root().members()) {
            const auto talk = talk_of(told);
            if (!talk || with_ringing.contains(std::string(name)) ||
                of_three.contains(std::string(name))) {
                continue;
            }
            INFO(folder << name);
            Replay replay;
            replay.play(ami::load_capture(folder + std::string(name)));
            replay.settle();
            const auto calls = replay.calls();
            REQUIRE_FALSE(calls.empty());
            CHECK(std::abs(static_cast<double>(calls.front().talk_s) - *talk) <= 1.0);
            CHECK(calls.front().answered == (*talk > 0));
            const auto linked = told.find("linkedid");
            CHECK(calls.front().unique_id == std::string(linked->string().value_or("")));
            ++checked;
        }
    }
    CHECK(checked > 35);
}

TEST_CASE("However a stream is cut, the same is told") {
    for (const std::string name : {"10-attended-transfer", "25-forward-302", "12-confbridge"}) {
        INFO(name);
        const auto capture = ami::load_capture(name);
        Replay whole;
        whole.hear(capture.bytes, 0);
        Replay cut;
        for (std::size_t at = 0; at < capture.bytes.size(); at += 7) {
            cut.hear(std::string_view(capture.bytes).substr(at, 7), 0);
        }
        REQUIRE(whole.events.size() == cut.events.size());
        for (std::size_t i = 0; i < whole.events.size(); ++i) {
            CHECK(whole.events[i].body == cut.events[i].body);
        }
    }
}

}  // namespace trunkline::pbx
