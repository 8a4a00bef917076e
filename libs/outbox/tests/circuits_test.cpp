#include "circuits.hpp"

#include "testing/catch.hpp"

using namespace trunkline;
using namespace std::chrono_literals;

namespace {

const outbox::Circuits::Time start{};

outbox::Circuits opened() {
    outbox::Circuits circuits;
    for (int i = 0; i < 5; ++i) {
        circuits.failed("crm", start);
    }
    return circuits;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("a target is left alone after five failures one after another", "[outbox]") {
    outbox::Circuits circuits;
    for (int i = 0; i < 4; ++i) {
        circuits.failed("crm", start);
    }
    CHECK(circuits.open().empty());
    circuits.worked("crm");
    for (int i = 0; i < 4; ++i) {
        circuits.failed("crm", start);
    }
    CHECK(circuits.open().empty());
    circuits.failed("crm", start);
    CHECK(circuits.open() == Names{"crm"});
}

TEST_CASE("an unreachable target is tried with one message at a time", "[outbox]") {
    auto circuits = opened();
    CHECK(circuits.take_probes(start + 999ms).empty());
    CHECK(circuits.take_probes(start + 1s) == Names{"crm"});
    CHECK(circuits.take_probes(start + 1s).empty());
    CHECK(circuits.open() == Names{"crm"});
}

TEST_CASE("the pauses between tries grow to fifteen seconds", "[outbox]") {
    auto circuits = opened();
    auto now = start;
    for (const auto pause : {1000ms, 2000ms, 4000ms, 8000ms, 15000ms, 15000ms}) {
        CHECK(circuits.next_probe(start + 1h) == now + pause);
        now += pause;
        CHECK(circuits.take_probes(now) == Names{"crm"});
        circuits.failed("crm", now);
    }
}

TEST_CASE("late failures of what was under way do not postpone the next try", "[outbox]") {
    auto circuits = opened();
    circuits.failed("crm", start + 900ms);
    CHECK(circuits.next_probe(start + 1h) == start + 1s);
}

TEST_CASE("one success closes the circuit, and so does having nothing to try with", "[outbox]") {
    auto circuits = opened();
    circuits.worked("crm");
    CHECK(circuits.open().empty());
    circuits = opened();
    CHECK(circuits.take_probes(start + 1s) == Names{"crm"});
    circuits.no_probe("crm");
    CHECK(circuits.open().empty());
}
