#include "playback/disturbance.hpp"

#include <algorithm>

#include "testing/catch.hpp"

using namespace trunkline;
using namespace trunkline::playback;

namespace {

Plan plan_of(std::size_t events) {
    Plan plan;
    for (std::size_t i = 0; i < events; ++i) {
        PlannedEvent event;
        event.type = i == 1 ? call::EventType::dial : call::EventType::bridge;
        event.body = std::to_string(i);
        event.due = std::chrono::milliseconds(i);
        plan.events.push_back(event);
    }
    return plan;
}

std::string order_of(const Plan& plan) {
    std::string order;
    for (const auto& event : plan.events) {
        order += event.body + (event.is_repeat ? "r " : " ");
    }
    return order;
}

Plan disturbed(const Disturbance& disturbance, std::uint64_t seed) {
    auto plan = plan_of(8);
    disturb(plan, disturbance, seed);
    return plan;
}

}  // namespace

TEST_CASE("the same seed does the same to the events", "[playback]") {
    const Disturbance all{.shuffle = true, .drop = {}, .drop_share = 0.3, .double_share = 0.3};
    CHECK(order_of(disturbed(all, 7)) == order_of(disturbed(all, 7)));
    CHECK(order_of(disturbed(all, 7)) != order_of(disturbed(all, 8)));
}

TEST_CASE("shuffled events keep the places' turns and tell their times", "[playback]") {
    const auto plan = disturbed({.shuffle = true}, 1);
    CHECK(plan.tells_time);
    CHECK(plan.events.size() == 8);
    CHECK(order_of(plan) != order_of(plan_of(8)));
    CHECK(std::ranges::is_sorted(plan.events, {}, &PlannedEvent::due));
    CHECK_FALSE(plan.known.chat);
    CHECK(plan.known.chat_end);
    CHECK(plan.known.call);
}

TEST_CASE("of a transfer whose events are shuffled nothing is known", "[playback]") {
    auto plan = plan_of(4);
    plan.order_matters = true;
    disturb(plan, {.shuffle = true}, 1);
    CHECK_FALSE(plan.known.call);
    CHECK_FALSE(plan.known.chat_end);
}

TEST_CASE("lost events are named, and their outcome is not known", "[playback]") {
    const auto plan = disturbed({.shuffle = false, .drop = {call::EventType::dial}}, 1);
    CHECK(plan.events.size() == 7);
    CHECK(plan.dropped == std::vector{call::EventType::dial});
    CHECK(plan.known == Known{.call = false, .chat = false, .chat_end = false, .crm = false});
}

TEST_CASE("something is always left", "[playback]") {
    CHECK(disturbed({.shuffle = false, .drop = {}, .drop_share = 1}, 1).events.size() == 1);
}

TEST_CASE("doubled events follow each other, and all is known", "[playback]") {
    const auto plan =
        disturbed({.shuffle = false, .drop = {}, .drop_share = 0, .double_share = 1}, 1);
    CHECK(order_of(plan).starts_with("0 0r 1 1r "));
    CHECK(plan.events.size() == 16);
    CHECK(plan.known == Known());
}
