#include "reconnect.hpp"

#include "testing/catch.hpp"

namespace trunkline::redis {
namespace {

using std::chrono::milliseconds;

const base::SteadyTime start{std::chrono::hours(1)};
const base::Error refused{
    .code = base::Errc::unavailable, .detail = "refused", .fields = {}, .native = {}
};
const base::Error slow{.code = base::Errc::timeout, .detail = "slow", .fields = {}, .native = {}};

Reconnect without_jitter() {
    return Reconnect(
        {.initial = milliseconds(100), .maximum = milliseconds(500), .factor = 2.0, .jitter = 0.0}
    );
}

}  // namespace

TEST_CASE("pauses grow to their maximum and begin anew after a lasting success", "[redis]") {
    auto reconnect = without_jitter();
    for (const int pause : {100, 200, 400, 500, 500}) {
        REQUIRE(reconnect.failed(refused, start).pause == milliseconds(pause));
    }
    reconnect.succeeded(start);
    REQUIRE(reconnect.failed(refused, start + milliseconds(501)).pause == milliseconds(100));
}

TEST_CASE("a success that does not last does not shorten the pauses", "[redis]") {
    auto reconnect = without_jitter();
    REQUIRE(reconnect.failed(refused, start).pause == milliseconds(100));
    reconnect.succeeded(start);
    REQUIRE(reconnect.failed(refused, start + milliseconds(10)).pause == milliseconds(200));
    reconnect.succeeded(start + milliseconds(10));
    REQUIRE(reconnect.failed(refused, start + milliseconds(20)).pause == milliseconds(400));
}

TEST_CASE("only changes are news", "[redis]") {
    auto reconnect = without_jitter();
    REQUIRE(reconnect.failed(refused, start).news);
    REQUIRE_FALSE(reconnect.failed(refused, start).news);
    REQUIRE(reconnect.failed(slow, start).news);
    REQUIRE(reconnect.last_error() == "timeout: slow");
    REQUIRE(reconnect.succeeded(start));
    REQUIRE(reconnect.last_error().empty());
    REQUIRE_FALSE(reconnect.succeeded(start));
    REQUIRE(reconnect.failed(slow, start).news);
}

}  // namespace trunkline::redis
