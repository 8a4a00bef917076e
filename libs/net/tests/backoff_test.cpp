#include "net/backoff.hpp"

#include <set>

#include "testing/catch.hpp"

using std::chrono::milliseconds;
using trunkline::net::Backoff;
using trunkline::net::backoff_pause;
using trunkline::net::BackoffPolicy;

namespace {

constexpr BackoffPolicy without_jitter{
    .initial = milliseconds(100), .maximum = milliseconds(1000), .factor = 3.0, .jitter = 0.0
};

}  // namespace

TEST_CASE("pauses grow by the factor up to the maximum", "[net]") {
    Backoff backoff(without_jitter);
    CHECK(backoff.next() == milliseconds(100));
    CHECK(backoff.next() == milliseconds(300));
    CHECK(backoff.next() == milliseconds(900));
    CHECK(backoff.next() == milliseconds(1000));
    CHECK(backoff.next() == milliseconds(1000));
}

TEST_CASE("a success starts the pauses anew", "[net]") {
    Backoff backoff(without_jitter);
    backoff.next();
    backoff.next();
    backoff.reset();
    CHECK(backoff.next() == milliseconds(100));
}

TEST_CASE("the stateless form agrees with the stateful one", "[net]") {
    Backoff backoff(without_jitter);
    for (unsigned attempt = 1; attempt <= 6; ++attempt) {
        CHECK(backoff.next() == backoff_pause(without_jitter, attempt));
    }
    CHECK(backoff_pause(without_jitter, 0) == milliseconds(100));
}

TEST_CASE("a huge number of tries stays at the maximum", "[net]") {
    CHECK(backoff_pause(without_jitter, 4000000000U) == milliseconds(1000));
}

TEST_CASE("jitter only shortens, and spreads", "[net]") {
    const BackoffPolicy policy{
        .initial = milliseconds(1000), .maximum = milliseconds(1000), .factor = 2.0, .jitter = 0.5
    };
    std::set<milliseconds> seen;
    for (int i = 0; i < 200; ++i) {
        const auto pause = backoff_pause(policy, 1);
        CHECK(pause >= milliseconds(500));
        CHECK(pause <= milliseconds(1000));
        seen.insert(pause);
    }
    CHECK(seen.size() > 20);
}

TEST_CASE("an initial pause above the maximum is cut", "[net]") {
    BackoffPolicy policy = without_jitter;
    policy.initial = milliseconds(5000);
    Backoff backoff(policy);
    CHECK(backoff.next() == milliseconds(1000));
    CHECK(backoff_pause(policy, 1) == milliseconds(1000));
}
