#include "pool_rules.hpp"

#include "testing/catch.hpp"

using namespace trunkline;
using pg::PoolRules;
using Answer = PoolRules::Answer;
using Place = PoolRules::Place;

namespace {

// Rules of a pool whose `count` connections are all borrowed.
PoolRules all_borrowed(std::size_t count, std::size_t max_waiters = 10) {
    PoolRules rules(count, max_waiters);
    for (std::size_t made = 0; made < count; ++made) {
        rules.joined_queue();
        REQUIRE(rules.connected() == Place::waiter);
    }
    return rules;
}

}  // namespace

TEST_CASE("A new pool looks for its server before anybody asks", "[pg]") {
    PoolRules rules(4, 10);
    CHECK(rules.wants_connection());
    CHECK_FALSE(rules.is_ready());
    CHECK(rules.ask() == Answer::wait);
    CHECK(rules.connected() == Place::idle);
    CHECK(rules.is_ready());
    CHECK_FALSE(rules.wants_connection());
    CHECK(rules.ask() == Answer::take_idle);
}

TEST_CASE("Connections are opened only for those who wait, and never too many", "[pg]") {
    auto rules = all_borrowed(2);
    CHECK(rules.ask() == Answer::wait);
    rules.joined_queue();
    CHECK_FALSE(rules.wants_connection());
    CHECK(rules.came_back(true) == Place::waiter);
    CHECK(rules.came_back(true) == Place::idle);
    CHECK(rules.open() == 2);
}

TEST_CASE("The queue is bounded", "[pg]") {
    auto rules = all_borrowed(1, 2);
    rules.joined_queue();
    rules.joined_queue();
    CHECK(rules.ask() == Answer::refuse_full);
    rules.left_queue();
    CHECK(rules.ask() == Answer::wait);
}

TEST_CASE("The first failure is told at once and later callers do not wait", "[pg]") {
    PoolRules rules(4, 10);
    rules.joined_queue();
    CHECK_FALSE(rules.waiting_is_vain());
    rules.connect_failed();
    CHECK(rules.waiting_is_vain());
    rules.left_queue();
    CHECK(rules.ask() == Answer::refuse_down);
    CHECK(rules.wants_connection());
    CHECK(rules.connected() == Place::idle);
    CHECK(rules.ask() == Answer::take_idle);
}

TEST_CASE("A failed try while others are open lets callers wait for those", "[pg]") {
    PoolRules two(2, 10);
    two.joined_queue();
    REQUIRE(two.connected() == Place::waiter);
    two.joined_queue();
    two.connect_failed();
    CHECK_FALSE(two.waiting_is_vain());
    CHECK(two.ask() == Answer::wait);
    SECTION("and a returned one serves them") { CHECK(two.came_back(true) == Place::waiter); }
    SECTION("but not when the last of them is lost") {
        CHECK(two.came_back(false) == Place::closed);
        CHECK(two.waiting_is_vain());
    }
}

TEST_CASE("A dirty connection is closed and room for a new one is made", "[pg]") {
    auto rules = all_borrowed(1);
    rules.joined_queue();
    CHECK(rules.came_back(false) == Place::closed);
    CHECK(rules.open() == 0);
    // Nobody knows yet whether the server is there, so the one who waits goes on waiting.
    CHECK_FALSE(rules.waiting_is_vain());
    CHECK(rules.wants_connection());
}

TEST_CASE("A closed pool keeps nothing and refuses everybody", "[pg]") {
    auto rules = all_borrowed(1);
    rules.joined_queue();
    rules.close();
    CHECK(rules.ask() == Answer::refuse_closed);
    CHECK(rules.waiting_is_vain());
    CHECK(rules.came_back(true) == Place::closed);
    CHECK(rules.connected() == Place::closed);
    CHECK_FALSE(rules.wants_connection());
    CHECK_FALSE(rules.is_ready());
}

TEST_CASE("Pauses between tries grow to their maximum and end with a success", "[pg]") {
    using std::chrono::milliseconds;
    const net::Deadline now{std::chrono::hours(1)};
    pg::ReconnectRules rules(milliseconds(5000));
    CHECK(rules.next_try() <= now);
    rules.failed(now);
    CHECK(rules.next_try() >= now + milliseconds(50));
    CHECK(rules.next_try() <= now + milliseconds(100));
    for (int failures = 0; failures < 20; ++failures) {
        rules.failed(now);
        CHECK(rules.next_try() <= now + milliseconds(5000));
    }
    CHECK(rules.next_try() >= now + milliseconds(2500));
    rules.succeeded();
    CHECK(rules.next_try() <= now);
    rules.failed(now);
    CHECK(rules.next_try() <= now + milliseconds(100));
}
