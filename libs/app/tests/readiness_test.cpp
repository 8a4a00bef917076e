#include "app/readiness.hpp"

#include "testing/catch.hpp"

using trunkline::app::Readiness;
using State = Readiness::Part::State;

TEST_CASE("a service without parts is ready", "[app]") {
    const auto report = Readiness().report();
    CHECK(report.ready);
    CHECK(report.status == "ready");
}

TEST_CASE("one failed part makes it not ready and its reason is told", "[app]") {
    Readiness readiness;
    bool broken = false;
    readiness.add("database", [&]() -> Readiness::Part {
        return broken ? Readiness::Part{State::failed, "no answer"} : Readiness::Part{};
    });
    readiness.add("journal", [] { return Readiness::Part{State::degraded, "in use"}; });
    CHECK(readiness.report().ready);
    CHECK(readiness.report().status == "degraded");
    broken = true;
    const auto report = readiness.report();
    CHECK_FALSE(report.ready);
    CHECK(report.status == "not ready");
    CHECK(report.parts[0].second.reason == "no answer");
}
