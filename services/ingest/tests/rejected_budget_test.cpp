#include "rejected_budget.hpp"

#include "testing/catch.hpp"
#include "testing/fake_clock.hpp"

using namespace trunkline;
using namespace std::chrono_literals;

namespace {

net::IpAddress ip(std::string_view text) { return net::IpAddress::parse(text).value(); }

int kept(ingest::RejectedBudget& budget, std::string_view source, int tries, std::size_t bytes) {
    int count = 0;
    for (int i = 0; i < tries; ++i) {
        count += budget.take(ip(source), bytes).keep ? 1 : 0;
    }
    return count;
}

constexpr ingest::RejectedBudget::Limits small{
    .per_source = 3, .total = 5, .bytes_per_source = 1'000, .bytes_total = 1'500, .sources = 4
};

}  // namespace

TEST_CASE("of a flood a minute's share is kept", "[ingest][rejected]") {
    testing::FakeClock clock;
    ingest::RejectedBudget budget(clock);
    CHECK(kept(budget, "192.0.2.1", 100'000, 10) == 300);
    CHECK(kept(budget, "192.0.2.2", 10, 10) == 10);
}

TEST_CASE("number and bytes are bounded of one source and of all", "[ingest][rejected]") {
    testing::FakeClock clock;
    ingest::RejectedBudget by_number(clock, small);
    CHECK(kept(by_number, "192.0.2.1", 10, 1) == 3);
    CHECK(kept(by_number, "192.0.2.2", 10, 1) == 2);
    CHECK(kept(by_number, "192.0.2.3", 10, 1) == 0);
    ingest::RejectedBudget by_bytes(clock, small);
    CHECK(kept(by_bytes, "192.0.2.1", 10, 600) == 1);
    CHECK(kept(by_bytes, "192.0.2.2", 10, 600) == 1);
    CHECK(kept(by_bytes, "192.0.2.3", 10, 600) == 0);
}

TEST_CASE("what was not kept is told with the next that is", "[ingest][rejected]") {
    testing::FakeClock clock;
    ingest::RejectedBudget budget(clock, small);
    CHECK(kept(budget, "192.0.2.1", 10, 1) == 3);
    clock.advance(61s);
    const auto next = budget.take(ip("192.0.2.1"), 1);
    CHECK(next.keep);
    CHECK(next.suppressed == 7);
    CHECK(budget.take(ip("192.0.2.1"), 1).suppressed == 0);
}

TEST_CASE("an IPv6 network of 64 bits is one source", "[ingest][rejected]") {
    testing::FakeClock clock;
    ingest::RejectedBudget budget(clock, small);
    CHECK(kept(budget, "2001:db8::1", 2, 1) == 2);
    CHECK(kept(budget, "2001:db8::ffff", 5, 1) == 1);
    CHECK(kept(budget, "2001:db8:0:1::1", 1, 1) == 1);
}

TEST_CASE("sources beyond the bound share one place", "[ingest][rejected]") {
    testing::FakeClock clock;
    auto limits = small;
    limits.total = 100;
    limits.bytes_total = 100'000;
    ingest::RejectedBudget budget(clock, limits);
    int count = 0;
    for (int i = 1; i < 100; ++i) {
        count += kept(budget, "192.0.2." + std::to_string(i), 1, 1);
    }
    CHECK(count == 4 + 3);
}
