#include "httpc/breaker.hpp"

#include <chrono>

#include "testing/catch.hpp"
#include "testing/fake_clock.hpp"

using trunkline::httpc::Breaker;
using trunkline::httpc::BreakerSettings;
using trunkline::testing::FakeClock;
using State = Breaker::State;
using namespace std::chrono_literals;

namespace {

constexpr BreakerSettings three_in_a_row{
    .failures = 3, .open_for = 10s, .count_server_errors = false
};

void fail_once(Breaker& breaker, const FakeClock& clock) {
    const auto pass = breaker.admit(clock.steady());
    REQUIRE(pass.has_value());
    breaker.fail(*pass, clock.steady());
}

void succeed_once(Breaker& breaker, const FakeClock& clock) {
    const auto pass = breaker.admit(clock.steady());
    REQUIRE(pass.has_value());
    breaker.succeed(*pass);
}

Breaker opened(const FakeClock& clock) {
    Breaker breaker(three_in_a_row);
    for (int i = 0; i < 3; ++i) {
        fail_once(breaker, clock);
    }
    REQUIRE(breaker.state() == State::open);
    return breaker;
}

}  // namespace

TEST_CASE("failures in a row open the circuit", "[httpc]") {
    const FakeClock clock;
    Breaker breaker(three_in_a_row);
    fail_once(breaker, clock);
    fail_once(breaker, clock);
    CHECK(breaker.state() == State::closed);
    CHECK_FALSE(breaker.refuses(clock.steady()));
    fail_once(breaker, clock);
    CHECK(breaker.state() == State::open);
    CHECK(breaker.refuses(clock.steady()));
    CHECK_FALSE(breaker.admit(clock.steady()).has_value());
    CHECK(breaker.open_until() == clock.steady() + 10s);
}

TEST_CASE("a success between failures starts the count anew", "[httpc]") {
    const FakeClock clock;
    Breaker breaker(three_in_a_row);
    for (int i = 0; i < 5; ++i) {
        fail_once(breaker, clock);
        fail_once(breaker, clock);
        succeed_once(breaker, clock);
    }
    CHECK(breaker.state() == State::closed);
}

TEST_CASE("one probe passes when the time is over", "[httpc]") {
    FakeClock clock;
    auto breaker = opened(clock);
    clock.advance(10s - 1ms);
    CHECK_FALSE(breaker.admit(clock.steady()).has_value());
    clock.advance(1ms);
    const auto probe = breaker.admit(clock.steady());
    REQUIRE(probe.has_value());
    CHECK(breaker.state() == State::half_open);
    CHECK_FALSE(breaker.admit(clock.steady()).has_value());
    SECTION("its success closes the circuit") {
        breaker.succeed(*probe);
        CHECK(breaker.state() == State::closed);
        fail_once(breaker, clock);
        fail_once(breaker, clock);
        CHECK(breaker.state() == State::closed);
    }
    SECTION("its failure opens the circuit for as long again") {
        breaker.fail(*probe, clock.steady());
        CHECK(breaker.state() == State::open);
        CHECK(breaker.open_until() == clock.steady() + 10s);
    }
    SECTION("if it was abandoned the next one is the probe") {
        breaker.abandon(*probe);
        CHECK(breaker.admit(clock.steady()).has_value());
        CHECK_FALSE(breaker.admit(clock.steady()).has_value());
    }
}

TEST_CASE("results of requests from before a change are ignored", "[httpc]") {
    FakeClock clock;
    Breaker breaker(three_in_a_row);
    const auto old = breaker.admit(clock.steady());
    REQUIRE(old.has_value());
    for (int i = 0; i < 3; ++i) {
        fail_once(breaker, clock);
    }
    breaker.succeed(*old);
    CHECK(breaker.state() == State::open);
    clock.advance(10s);
    const auto probe = breaker.admit(clock.steady());
    REQUIRE(probe.has_value());
    breaker.fail(*old, clock.steady());
    breaker.abandon(*old);
    breaker.succeed(*old);
    CHECK(breaker.state() == State::half_open);
    breaker.succeed(*probe);
    CHECK(breaker.state() == State::closed);
}

TEST_CASE("an abandoned request counts for nothing", "[httpc]") {
    const FakeClock clock;
    Breaker breaker(three_in_a_row);
    fail_once(breaker, clock);
    fail_once(breaker, clock);
    const auto pass = breaker.admit(clock.steady());
    REQUIRE(pass.has_value());
    breaker.abandon(*pass);
    CHECK(breaker.state() == State::closed);
    fail_once(breaker, clock);
    CHECK(breaker.state() == State::open);
}

TEST_CASE("zero failures switch the breaker off", "[httpc]") {
    const FakeClock clock;
    Breaker breaker({.failures = 0, .open_for = 10s, .count_server_errors = false});
    for (int i = 0; i < 100; ++i) {
        fail_once(breaker, clock);
    }
    CHECK(breaker.state() == State::closed);
}
