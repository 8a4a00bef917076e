#include "retailcrm_limits.hpp"

#include "testing/catch.hpp"
#include "testing/fake_clock.hpp"

using namespace trunkline;
using namespace trunkline::sandbox;
using namespace std::chrono_literals;

namespace {

const std::string telephony = "/v5/telephony/call/event";
const std::string other = "/v5/users";

}  // namespace

TEST_CASE("forty to the telephony and ten to the rest in any second", "[sandbox]") {
    testing::FakeClock clock;
    RetailCrmLimits limits(clock);
    limits.enforce(true);
    for (int request = 0; request < 40; ++request) {
        CHECK_FALSE(limits.breaks("0367", telephony));
    }
    CHECK(limits.breaks("0367", telephony));
    // The rest is counted apart, and so is another account.
    for (int request = 0; request < 10; ++request) {
        CHECK_FALSE(limits.breaks("0367", other));
    }
    CHECK(limits.breaks("0367", other));
    CHECK_FALSE(limits.breaks("0368", telephony));
    CHECK(limits.broken("0367").telephony == 1);
    CHECK(limits.broken("0367").other == 1);
    CHECK(limits.broken("0368").telephony == 0);
    clock.advance(1s);
    CHECK_FALSE(limits.breaks("0367", telephony));
}

TEST_CASE("limits are counted even where they are not enforced", "[sandbox]") {
    testing::FakeClock clock;
    RetailCrmLimits limits(clock);
    for (int request = 0; request < 12; ++request) {
        CHECK_FALSE(limits.breaks("0367", other));
    }
    CHECK(limits.broken("0367").other == 2);
    limits.reset();
    CHECK(limits.broken("0367").other == 0);
}
