// Which call an event belongs to, time-outs, corrections: what the rows of the contract leave open.
#include "rows.hpp"
#include "testing/catch.hpp"

using namespace trunkline::call;
using namespace trunkline::call::scenario;

namespace {

using List = std::vector<std::string>;

const std::string shown = "+375 (29) 000-00-01";

}  // namespace

TEST_CASE("Two calls of one number over different lines stay apart", "[call]") {
    World world;
    world.play({
        start(0, "1.1", E, line1),
        start(1, "1.2", E, line2),
        dial(3, "1.1", 0, E, {"151"}, line1),
        dial(4, "1.2", 0, E, {"152"}, line2),
        bridge(8, "1.3", "B1", "151", E_bare),
        bridge(8.1, "1.1", "B1", E_bare, "151", line1),
        bridge(9, "1.4", "B2", "152", E_bare),
        bridge(9.1, "1.2", "B2", E_bare, "152", line2),
        leave(20, "1.1", "B1", E_bare, "151"),
        leave(20, "1.3", "B1", "151", E_bare),
        hangup(20.2, "1.1", 0, "2", E, {"151"}, 0, line1),
        leave(30, "1.2", "B2", E_bare, "152"),
        leave(30, "1.4", "B2", "152", E_bare),
        hangup(30.2, "1.2", 0, "2", E, {"152"}, 1, line2),
    });
    const auto calls = world.calls();
    REQUIRE(calls.size() == 2);
    CHECK(calls[0].talkers == List{"151"});
    CHECK(calls[0].line == line1);
    CHECK(calls[0].talk_s == 12);
    CHECK(calls[1].talkers == List{"152"});
    CHECK(calls[1].line == line2);
    CHECK(calls[1].talk_s == 21);
    CHECK(world.tracker().size() == 2);
}

TEST_CASE("Two calls of one number that ring the same phones stay apart", "[call]") {
    World world;
    world.play({
        start(0, "1.1", E, line1),
        start(1, "1.2", E, line1),
        dial(3, "1.1", 0, E, {"151", "152"}),
        dial(4, "1.2", 0, E, {"151", "152"}),
        bridge(8, "1.3", "B1", "151", E_bare),
        bridge(8.1, "1.1", "B1", E_bare, "151", line1),
        bridge(9, "1.4", "B2", "152", E_bare),
        bridge(9.1, "1.2", "B2", E_bare, "152", line1),
        hangup(20.2, "1.1", 0, "2", E, {"151"}, 0),
        hangup(30.2, "1.2", 0, "2", E, {"152"}, 1),
    });
    const auto calls = world.calls();
    REQUIRE(calls.size() == 2);
    CHECK(calls[0].talkers == List{"151"});
    CHECK(calls[1].talkers == List{"152"});
    CHECK(world.messages()[1].ends_with(
        "🔗 Разговор: " + shown + " ↔ 152 » ✅ Завершен: " + shown + " ↔ 152, 00:21"
    ));
    CHECK(world.tracker().size() == 2);
}

TEST_CASE("The customer who calls again a minute later has a new call", "[call]") {
    World world;
    world.play(row_3_missed());
    Events again = row_1_inbound();
    for (Event& event : again) {
        event.at += std::chrono::seconds(40);
        event.received += std::chrono::seconds(40);
    }
    world.play(again);
    const auto calls = world.calls();
    REQUIRE(calls.size() == 2);
    CHECK_FALSE(calls[0].answered);
    CHECK_FALSE(calls[0].corrected);
    CHECK(calls[1].answered);
}

TEST_CASE("Who calls again within a second is talked to in the new call", "[call]") {
    World world;
    world.play({
        start(0, "1.1", E, line1),
        dial(1, "1.1", 0, E, {"151"}),
        bridge(2, "1.2", "B1", "151", E_bare),
        bridge(2.1, "1.1", "B1", E_bare, "151", line1),
        hangup(10, "1.1", 0, "2", E, {"151"}, 0),
        start(10.5, "2.1", E, line1),
        dial(11, "2.1", 0, E, {"151"}),
        bridge(12, "2.2", "B2", "151", E_bare),
    });
    REQUIRE(world.calls().size() == 2);
    CHECK(world.calls().back().phase == Phase::talking);
    world.play({
        bridge(12.1, "2.1", "B2", E_bare, "151", line1),
        hangup(20, "2.1", 0, "2", E, {"151"}, 10.5),
    });
    const auto calls = world.calls();
    REQUIRE(calls.size() == 2);
    CHECK(calls[0].talk_s == 8);
    CHECK(calls[1].talk_s == 8);
}

TEST_CASE("A dial to outside that names nobody of ours is told five seconds later", "[call]") {
    World world;
    world.apply(dial(0, "1.1", 1, E, {}));
    CHECK(world.messages().empty());
    world.tick(4.9);
    CHECK(world.messages().empty());
    world.tick(5.1);
    REQUIRE(world.messages().size() == 1);
    CHECK(world.call().phase == Phase::dialing);
    world.apply(hangup(9, "1.1", 1, "0", E, {}));
    CHECK(world.call().phase == Phase::done);
}

TEST_CASE("A redial right after a busy line is a new call", "[call]") {
    World world;
    world.play({
        dial(0, "1.1", 1, E, {"151"}),
        hangup(3, "1.1", 1, "0", E, {"151"}),
        dial(4, "1.2", 1, E, {"151"}),
        hangup(9, "1.2", 1, "0", E, {"151"}, 4),
    });
    CHECK(world.calls().size() == 2);
}

TEST_CASE("Two missed calls of which only hangups came are two calls", "[call]") {
    World world;
    world.play({hangup(10, "1.1", 0, "0", E, {}, 0), hangup(20, "1.2", 0, "0", E, {}, 15)});
    CHECK(world.calls().size() == 2);
}

TEST_CASE("Two outbound calls to one number by two people are two calls", "[call]") {
    World world;
    world.play({
        dial(0, "1.1", 1, E, {"151"}),
        dial(2, "1.2", 1, E, {"152"}),
        bridge(9, "1.3", "B1", E_bare, "151"),
        bridge(9.1, "1.1", "B1", "151", "", E_bare),
        hangup(12, "1.2", 1, "0", E, {"152"}, 2),
        leave(20, "1.3", "B1", E_bare, "151"),
        leave(20, "1.1", "B1", "151", ""),
        hangup(20.2, "1.1", 1, "2", E, {"151"}),
    });
    const auto calls = world.calls();
    REQUIRE(calls.size() == 2);
    CHECK(calls[0].talkers == List{"151"});
    CHECK_FALSE(calls[1].answered);
}

TEST_CASE("Somebody else who calls a talking extension has an internal call of his own", "[call]") {
    World world;
    Events events = row_1_inbound();
    events.insert(events.begin() + 6, hangup(15, "9.9", 2, "0", "160", {"151"}, -10));
    world.play(events);
    const auto calls = world.calls();
    REQUIRE(calls.size() == 2);
    CHECK(calls[0].direction == Direction::in);
    CHECK(calls[1].direction == Direction::internal);
    CHECK(world.messages()[1] == "❌ Не отвечен (внутр.): 160 → 151");
}

TEST_CASE("Who talks in two calls at once consults for none that anybody could name", "[call]") {
    const std::string other = "+375290000002";
    World world;
    world.play({
        start(0, "1.1"),
        dial(1, "1.1", 0, E, {"151"}),
        bridge(3, "1.1", "B1", E_bare, "151"),
        bridge(3.1, "1.2", "B1", "151", E_bare),
        start(4, "2.1", other),
        dial(5, "2.1", 0, other, {"151"}),
        bridge(6, "2.1", "B2", "375290000002", "151"),
        bridge(6.1, "2.2", "B2", "151", "375290000002"),
    });
    // Two calls of one pair at once, each with an id of its own.
    world.play({
        dial(10, "3.1", 2, "151", {"152"}, ""),
        dial(11, "4.1", 2, "151", {"152"}, ""),
        bridge(12, "4.2", "B4", "152", "151"),
        bridge(12.1, "4.1", "B4", "151", "152", "152"),
        bridge(13, "3.2", "B3", "152", "151"),
        bridge(13.1, "3.1", "B3", "151", "152", "152"),
        leave(20, "3.1", "B3", "151", "152"),
        leave(20.1, "3.2", "B3", "152", "151"),
        hangup(20.2, "3.1", 2, "2", "151", {"152"}, 10, ""),
        leave(30, "4.1", "B4", "151", "152"),
        leave(30.1, "4.2", "B4", "152", "151"),
        hangup(30.2, "4.1", 2, "2", "151", {"152"}, 11, ""),
    });
    world.settle();
    const auto calls = world.calls();
    REQUIRE(calls.size() == 4);
    CHECK(calls[2].direction == Direction::internal);
    CHECK(calls[2].unique_id == "3.1");
    CHECK(calls[2].talk_s == 7);
    CHECK(calls[3].unique_id == "4.1");
    CHECK(calls[3].talk_s == 18);
}

TEST_CASE("A dial of a talking extension to a colleague is a consultation", "[call]") {
    World world;
    Events events = row_1_inbound();
    events.insert(events.begin() + 6, dial(12, "1.7", 2, "151", {"152"}, ""));
    events.insert(events.begin() + 7, hangup(15, "1.7", 2, "0", "151", {"152"}, -12));
    world.play(events);
    CHECK(world.calls().size() == 1);
    CHECK(world.call().talkers == List{"151"});
    CHECK(world.call().rang == List{"151"});
    CHECK(world.call().talk_s == 12);
}

TEST_CASE("Two enterprises never mix", "[call]") {
    World::Options other;
    other.uuid_prefix = "other-";
    World first;
    World second(other);
    for (const Event& event : row_1_inbound()) {
        first.apply(event);
    }
    for (const Event& event : row_3_missed()) {
        second.apply(event);
    }
    CHECK(first.call().answered);
    CHECK_FALSE(second.call().answered);
    CHECK(first.call().uuid != second.call().uuid);
}

TEST_CASE("Two exchanges of one enterprise may use the same ids and numbers", "[call]") {
    World world;
    Events there = row_3_missed();
    for (Event& event : there) {
        event.unique_id = "1.1";
        event.pbx = "grodno";
    }
    const Events here = row_1_inbound();
    for (std::size_t i = 0; i < here.size(); ++i) {
        world.apply(here[i]);
        if (i < there.size()) {
            world.apply(there[i]);
        }
    }
    const auto calls = world.calls();
    REQUIRE(calls.size() == 2);
    CHECK(calls[0].pbx.empty());
    CHECK(calls[0].answered);
    CHECK(calls[1].pbx == "grodno");
    CHECK_FALSE(calls[1].answered);
}

TEST_CASE("A bridge of E's own leg with nothing before it opens a conversation", "[call]") {
    World world;
    world.apply(bridge(8, "1.1", "B1", E_bare, "151", line1));
    CHECK(world.history() == "🔗 Разговор: " + shown + " ↔ 151");
    CHECK(world.call().direction == Direction::in);
    CHECK(world.dispatches() == List{"bridge"});
}

TEST_CASE("A leg of ours alone with nothing before it tells nothing yet", "[call]") {
    World world;
    world.apply(bridge(8, "1.2", "B1", "151", E_bare));
    CHECK(world.messages().empty());
    world.apply(start(8.5, "1.1"));
    CHECK(world.tracker().size() == 1);
    CHECK(world.history() == "📞 Звонок от " + shown + " → приветствие");
    world.apply(bridge(8.6, "1.1", "B1", E_bare, "151", line1));
    CHECK(world.call().phase == Phase::talking);
}

TEST_CASE("A late start does not make a message of its own", "[call]") {
    World world;
    Events events = row_1_inbound();
    Event late = events.front();
    events.erase(events.begin());
    late.has_event_time = true;
    late.received = at(30);
    events.push_back(late);
    world.play(events);
    CHECK(world.calls().size() == 1);
    CHECK(world.sent() == 1);
    CHECK(world.call().wait_s == 8);
}

TEST_CASE("Another leg's hangup ends a conversation that everybody has left for 5 s", "[call]") {
    World world;
    Events events = row_1_inbound();
    events.pop_back();
    events.push_back(hangup(20.5, "1.2", 0, "2", E, {"151"}));
    world.play(events);
    world.tick(25);
    CHECK(world.call().phase == Phase::talking);
    world.tick(25.1);
    CHECK(world.call().phase == Phase::done);
    CHECK(world.call().talk_s == 12);
    CHECK_FALSE(world.call().end_assumed);
}

TEST_CASE("A conversation whose hangup was lost ends by itself", "[call]") {
    World world;
    Events events = row_1_inbound();
    events.pop_back();
    world.play(events);
    world.tick(600);
    CHECK(world.call().phase == Phase::talking);
    world.tick(621);
    CHECK(world.call().phase == Phase::done);
    CHECK(world.call().end_assumed);
    CHECK(world.call().answered);
    CHECK(world.call().talk_s == 12);
    CHECK(world.call().ended_at == at(20));
}

TEST_CASE("A call that nothing is heard of for 4 hours is given up", "[call]") {
    World world;
    world.play({start(0, "1.1"), dial(3, "1.1", 0, E, {"151"})});
    const double four_hours = 14'400;
    world.tick(3 + four_hours - 1);
    CHECK(world.call().phase == Phase::dialing);
    world.tick(3 + four_hours);
    CHECK(world.call().phase == Phase::done);
    CHECK_FALSE(world.call().answered);
    CHECK(world.call().end_assumed);
    CHECK(world.changes().back().over);
    CHECK(world.tracker().size() == 0);
    CHECK_FALSE(world.tracker().next_timer());
}

TEST_CASE("A finished call is over 10 minutes after its final text", "[call]") {
    World world;
    world.play(row_1_inbound());
    world.tick(620);
    CHECK(world.tracker().size() == 1);
    world.tick(620.5);
    CHECK(world.tracker().size() == 0);
    CHECK(world.changes().back().over);
    CHECK_FALSE(world.changes().back().is_visible());
}

TEST_CASE("A leave whose call never comes is forgotten silently", "[call]") {
    World world;
    world.apply(leave(0, "1.1", "B1", E_bare, "151"));
    CHECK(world.tracker().size() == 1);
    world.tick(60);
    CHECK(world.tracker().size() == 0);
    CHECK(world.messages().empty());
    CHECK(world.changes().back().over);
}

TEST_CASE("Timers are settings", "[call]") {
    World::Options options;
    options.tracker.timers.leave_settle = std::chrono::seconds(1);
    World world(options);
    world.play(row_10_attended());
    world.tick(66);
    CHECK(world.call().phase == Phase::done);
}

TEST_CASE("A recovered hangup without a time gives the whole length as talk time", "[call]") {
    World world;
    world.play({start(0, "1.1"), dial(3, "1.1", 0, E, {"151"})});
    Event recovered = hangup(20, "1.1", 0, "2", E, {"151"});
    recovered.recovered = true;
    recovered.at = recovered.received = at(900);
    Event talk = bridge(890, "1.1", "B1", E_bare, "151", line1);
    talk.recovered = true;
    world.apply(talk);
    world.apply(recovered);
    CHECK(world.call().talk_s == 20);
    CHECK(world.call().wait_s == 0);
    CHECK(world.call().ended_at == at(20));
}

TEST_CASE("A correction long after the end comes as recovery", "[call]") {
    World world;
    world.apply(timed(hangup(20, "1.1", 0, "0", E, {}, 0)));
    Event talk = timed(bridge(8, "1.1", "B1", E_bare, "151", line1), 300);
    talk.recovered = true;
    world.apply(talk);
    const Call call = world.call();
    CHECK(call.corrected);
    CHECK(call.recovered);
    CHECK(call.answered);
    CHECK(
        world.history() == "❌ Не отвечен: " + shown + " → приветствие » # ✅ Завершен: " + shown +
                               " ↔ 151, 00:12\n✏️ Исправлено"
    );
    CHECK(world.dispatches() == List{"hangup", "update"});
}

TEST_CASE("A recording that is found after the end is an update", "[call]") {
    World world;
    world.play(row_1_inbound());
    const std::string uuid = world.call().uuid;
    const auto change = world.tracker().set_record_url(uuid, "https://x.by/recordings/1");
    REQUIRE(change);
    CHECK(change->recording);
    CHECK(change->is_visible());
    CHECK(change->call.record_url == "https://x.by/recordings/1");
    CHECK(change->call.revision > world.call().revision);
    CHECK(dispatches_of(*change) == std::vector{DispatchKind::update});
    CHECK_FALSE(world.tracker().set_record_url(uuid, "https://x.by/recordings/1"));
    CHECK_FALSE(world.tracker().set_record_url("no-such-call", "https://x.by/recordings/1"));
}

TEST_CASE("The whole length caps the talk time", "[call]") {
    World world;
    Events events = row_1_inbound();
    events.back().end_time = host_time(7);
    world.play(events);
    CHECK(world.call().talk_s == 7);
    CHECK(world.call().wait_s == 0);
}

TEST_CASE("DateReceived counts when it is earlier, and when StartTime is empty", "[call]") {
    World world;
    Event event = hangup(30, "1.1", 0, "2", E, {"151"}, 10);
    event.date_received = host_time(4);
    world.apply(event);
    CHECK(world.call().started_at == at(4));
    CHECK(world.call().talk_s == 26);
    World reset;
    event.date_received = host_time(25);
    reset.apply(event);
    CHECK(reset.call().started_at == at(10));
}

TEST_CASE("An unknown time zone leaves our own clock", "[call]") {
    World::Options options;
    options.tracker.timezone = "Mars/Olympus";
    World world(options);
    world.play(row_1_inbound());
    CHECK(world.call().talk_s == 12);
    CHECK(world.call().started_at == at(0));
    CHECK(world.call().ended_at == at(20.5) + std::chrono::milliseconds(500));
}

TEST_CASE("CallStatus 1 and 5 are not answered unless a conversation was seen", "[call]") {
    for (const CallStatus status :
         {CallStatus::other, CallStatus::talk, CallStatus::not_answered}) {
        Event event = hangup(20, "1.1", 0, "0", E, {}, 0);
        event.call_status = status;
        World alone;
        alone.apply(event);
        CHECK_FALSE(alone.call().answered);
        World talked;
        talked.play({start(0, "1.1"), bridge(8, "1.1", "B1", E_bare, "151", line1), event});
        CHECK(talked.call().answered);
    }
}

TEST_CASE("A listed line is no party", "[call]") {
    World::Options options;
    options.tracker.lines = {"375173880000"};
    World world(options);
    world.play({
        start(0, "1.1"),
        bridge(8, "1.1", "B1", E_bare, "375173880000", ""),
        bridge(8.1, "1.2", "B1", "151", "375173880000", ""),
    });
    CHECK(world.call().phone == E);
    CHECK(world.call().talkers == List{"151"});
}

TEST_CASE("A flood of events for one call is bounded", "[call]") {
    World world;
    world.play({start(0, "1.1"), dial(1, "1.1", 0, E, {"151"})});
    for (int i = 0; i < 1000; ++i) {
        const double t = 2 + i * 0.01;
        world.apply(bridge(t, "1.1", "B" + std::to_string(i), E_bare, "151"));
    }
    const LiveCall* live = world.tracker().find(world.call().uuid);
    REQUIRE(live != nullptr);
    CHECK(live->facts.size() <= 400);
    CHECK(live->overflown);
    world.apply(hangup(30, "1.1", 0, "2", E, {"151"}));
    CHECK(world.call().phase == Phase::done);
}

TEST_CASE("A tracker without an id generator is refused", "[call]") {
    CHECK_THROWS_AS(Tracker(TrackerSettings()), std::invalid_argument);
}

namespace {

/// As numbers::Plan would, for two lines: 80... and 375... are one number; over line2, the exchange
/// puts a 9 in front.
std::string canonical(std::string_view number, std::string_view line) {
    std::string text(number);
    if (line == line2 && text.starts_with("9375")) {
        text.erase(0, 1);
    }
    if (text.starts_with("80") && text.size() == 11) {
        text = "375" + text.substr(2);
    }
    return text.starts_with("375") ? "+" + text : text;
}

World numbered_world(bool restart_between_events = false) {
    World::Options options;
    options.restart_between_events = restart_between_events;
    options.tracker.canonical_number = canonical;
    options.tracker.lines_with_rules = {line2};
    return World(options);
}

const std::string national = "80290000001";
const std::string over_line2 = "9375290000001";

}  // namespace

TEST_CASE("One outside number in three spellings is one call", "[call][numbers]") {
    World world = numbered_world();
    world.play({
        start(0, "1.1", national),
        dial(1, "1.1", 0, E_bare, {"151"}),
        bridge(5, "1.2", "B1", "151", E),
        bridge(5.1, "1.9", "B2", national, "151"),
        hangup(20, "1.1", 0, "2", E, {"151"}),
    });
    const auto call = world.call();
    CHECK(call.phone == E);
    CHECK(call.talkers == List{"151"});
    CHECK(world.calls().size() == 1);
}

TEST_CASE("Legs without a Trunk are read by the rules of their call's line", "[call][numbers]") {
    for (const bool restart : {false, true}) {
        World world = numbered_world(restart);
        world.play({
            dial(0, "1.1", 1, over_line2, {"151"}, line2),
            // The far leg: its ids are new, so that its number alone tells its call.
            bridge(5, "1.2", "B1", over_line2, "151"),
            bridge(5.1, "1.1", "B1", "151", "", over_line2),
            leave(15, "1.2", "B1", over_line2, "151"),
            leave(15, "1.1", "B1", "151", over_line2),
            hangup(15.2, "1.1", 1, "2", over_line2, {"151"}, 0, line2),
        });
        const auto call = world.call();
        CHECK(call.phone == E);
        CHECK(call.talk_s == 10);
        CHECK(call.answered);
    }
}

TEST_CASE(
    "A leg that came before its call's line was known gives the same call", "[call][numbers]"
) {
    World world = numbered_world();
    world.play({
        bridge(5, "1.2", "B1", over_line2, "151"),
        bridge(5.1, "1.1", "B1", "151", "", over_line2),
        bridge(5.1, "1.1", "B1", "151", "", over_line2),
        dial(0, "1.1", 1, over_line2, {"151"}, line2),
        leave(15, "1.2", "B1", over_line2, "151"),
        leave(15, "1.1", "B1", "151", over_line2),
        hangup(15.2, "1.1", 1, "2", over_line2, {"151"}, 0, line2),
    });
    const auto call = world.call();
    CHECK(call.phone == E);
    CHECK(call.direction == Direction::out);
    CHECK(call.talk_s == 10);
}

TEST_CASE("Another line's rules are not for a call", "[call][numbers]") {
    World world = numbered_world();
    world.play({
        start(0, "1.1", over_line2, line1),
        dial(1, "1.1", 0, over_line2, {"151"}, line1),
        hangup(9, "1.1", 0, "0", over_line2, {}, 0, line1),
    });
    CHECK(world.call().phone == over_line2);
}
