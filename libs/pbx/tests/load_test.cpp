#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "replay.hpp"
#include "testing/catch.hpp"

namespace trunkline::pbx {
namespace {

struct Row {
    std::string type;
    std::string caller;
    std::string called;
    std::string outcome;
    std::string answered_by;
    long talk = 0;
};

/// tests/captures/ami/load-200.truth.csv, by Linkedid.
std::map<std::string, Row> truth() {
    std::istringstream lines([] {
        const auto path = ami::capture_folder() / "load-200.truth.csv";
        std::ifstream file(path);
        return std::string{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    }());
    std::map<std::string, Row> rows;
    std::string line;
    std::getline(lines, line);
    while (std::getline(lines, line)) {
        const auto cells = base::split(line, ',');
        REQUIRE(cells.size() == 8);
        rows[cells[0]] = {
            .type = cells[1],
            .caller = cells[2],
            .called = cells[3],
            .outcome = cells[5],
            .answered_by = cells[6],
            .talk = std::strtol(cells[7].c_str(), nullptr, 10),
        };
    }
    return rows;
}

ami::Capture load() {
    ami::Capture capture{.name = "load-200", .bytes = read_packed("load-200.ami.gz"), .timing = {}};
    std::istringstream lines(read_packed("load-200.timing.tsv.gz"));
    ami::Capture::Moment moment;
    while (lines >> moment.offset >> moment.seconds) {
        capture.timing.push_back(moment);
    }
    return capture;
}

}  // namespace

TEST_CASE("Two hundred calls at once end as the exchange's own books say") {
    Replay replay;
    replay.play(load());
    replay.settle();
    const auto rows = truth();
    REQUIRE(rows.size() == 290);
    std::map<std::string, call::Call> calls;
    for (const call::Call& call : replay.calls()) {
        calls[call.unique_id] = call;
    }
    for (const auto& [linked, row] : rows) {
        INFO(linked << " " << row.type << " " << row.caller << " " << row.outcome);
        const auto found = calls.find(linked);
        REQUIRE(found != calls.end());
        const call::Call& call = found->second;
        const bool is_answered = row.outcome == "ANSWERED";
        CHECK(call.phase == call::Phase::done);
        CHECK(call.answered == is_answered);
        CHECK(std::labs(static_cast<long>(call.talk_s) - row.talk) <= 1);
        if (row.type == "inbound") {
            CHECK(call.direction == call::Direction::in);
            CHECK(call.phone == row.caller);
            CHECK(call.line == row.called);
            CHECK(
                call.talkers ==
                (is_answered ? std::vector{row.answered_by} : std::vector<std::string>())
            );
        } else if (row.type == "outbound") {
            CHECK(call.direction == call::Direction::out);
            CHECK(call.phone == row.called);
            CHECK(call.talkers == std::vector{row.caller});
        } else {
            CHECK(call.direction == call::Direction::internal);
            CHECK(call.phone == row.caller);
            CHECK(call.talkers == std::vector{row.answered_by});
        }
        if (row.outcome == "BUSY") {
            CHECK(call.hangup_cause == "17");
        }
    }
    CHECK(calls.size() == rows.size());
    CHECK(replay.tracker.channels() == 0);
    CHECK(replay.tracker.calls() == 0);
    CHECK(replay.tracker.bridges() == 0);
}

}  // namespace trunkline::pbx
