// Every row of contracts/pbx-webhook.md section 3 as events, with the call that comes of it and the
// texts of section 7.
#include "rows.hpp"
#include "testing/catch.hpp"

using namespace trunkline::call;
using namespace trunkline::call::scenario;

namespace {

using List = std::vector<std::string>;

const std::string shown = "+375 (29) 000-00-01";

World played(const Events& events) {
    World world;
    world.play(events);
    world.settle();
    return world;
}

}  // namespace

TEST_CASE("Row 1: an answered inbound call", "[call]") {
    const World world = played(row_1_inbound());
    CHECK(
        world.history() == "📞 Звонок от " + shown + " → приветствие » 📞 Дозвон от " + shown +
                               " → 151 » 🔗 Разговор: " + shown + " ↔ 151 » ✅ Завершен: " + shown +
                               " ↔ 151, 00:12"
    );
    const Call call = world.call();
    CHECK(call.direction == Direction::in);
    CHECK(call.phone == E);
    CHECK(call.line == line1);
    CHECK(call.rang == List{"151"});
    CHECK(call.talkers == List{"151"});
    CHECK(call.answered);
    CHECK(call.talk_s == 12);
    CHECK(call.wait_s == 8);
    CHECK(call.started_at == at(0));
    CHECK(call.answered_at == at(8));
    CHECK(call.ended_at == at(20));
    CHECK(call.unique_id == "1.1");
    CHECK(call.unique_ids == List{"1.1", "1.2"});
    CHECK_FALSE(call.corrected);
    CHECK_FALSE(call.end_assumed);
    CHECK(world.dispatches() == List{"dial", "bridge", "hangup"});
}

TEST_CASE("Row 1: the end is told at once, not after a time-out", "[call]") {
    World world;
    world.play(row_1_inbound());
    CHECK(world.call().phase == Phase::done);
}

TEST_CASE("Row 2: a group rings step by step and the second phone answers", "[call]") {
    const World world = played(row_2_group());
    CHECK(
        world.history() == "📞 Звонок от " + shown + " → приветствие » 📞 Дозвон от " + shown +
                               " → 151 » 📞 Дозвон от " + shown + " → 151, 152 » 📞 Дозвон от " +
                               shown + " → 151, 152, 153 » 🔗 Разговор: " + shown +
                               " ↔ 152 » ✅ Завершен: " + shown + " ↔ 152, 00:20"
    );
    const Call call = world.call();
    CHECK(call.rang == List{"151", "152", "153"});
    CHECK(call.talkers == List{"152"});
    CHECK(call.talk_s == 20);
    CHECK(call.wait_s == 18);
    CHECK(world.dispatches() == List{"dial", "dial", "dial", "bridge", "hangup"});
}

TEST_CASE("Row 3: a missed call names all that rang", "[call]") {
    const World world = played(row_3_missed());
    CHECK(
        world.history() == "📞 Звонок от " + shown + " → приветствие » 📞 Дозвон от " + shown +
                               " → 151, 152 » ❌ Не отвечен: " + shown + " → 151, 152"
    );
    const Call call = world.call();
    CHECK_FALSE(call.answered);
    CHECK(call.talkers.empty());
    CHECK(call.talk_s == 0);
    CHECK(call.wait_s == 25);
    CHECK(call.ended_at == at(25));
    CHECK(world.dispatches() == List{"dial", "hangup"});
}

TEST_CASE("Row 3: a caller who gives up during the greeting", "[call]") {
    const World world = played({start(0, "3.1"), hangup(4, "3.1", 0, "0", E, {})});
    CHECK(
        world.history() ==
        "📞 Звонок от " + shown + " → приветствие » ❌ Не отвечен: " + shown + " → приветствие"
    );
    CHECK(world.dispatches() == List{"hangup"});
}

TEST_CASE("Row 4: an answered outbound call", "[call]") {
    const World world = played(row_4_outbound());
    CHECK(
        world.history() == "📞 Дозвон от 151 → " + shown + " » 🔗 Разговор: " + shown +
                               " ↔ 151 » ✅ Завершен: " + shown + " ↔ 151, 00:30"
    );
    const Call call = world.call();
    CHECK(call.direction == Direction::out);
    CHECK(call.phone == E);
    CHECK(call.rang == List{"151"});
    CHECK(call.talkers == List{"151"});
    CHECK(call.talk_s == 30);
    CHECK(call.wait_s == 9);
    CHECK(call.ended_at == at(39));
    CHECK(call.unique_id == "4.1");
    CHECK(world.dispatches() == List{"dial", "bridge", "hangup"});
}

TEST_CASE("Row 5: an outbound call over a second line that nobody answers", "[call]") {
    World::Options options;
    options.card.show_line = true;
    World world(options);
    world.play(row_5_outbound_not_answered());
    CHECK(
        world.history() == "📞 Дозвон от 151 → " + shown + "\n📡 0001363 » 📞 Дозвон от 151 → " +
                               shown + "\n📡 0001364 » ❌ Не отвечен: 151 → " + shown +
                               "\n📡 0001364"
    );
    const Call call = world.call();
    CHECK(call.line == line2);
    CHECK_FALSE(call.answered);
    CHECK(call.wait_s == 30);
    CHECK(world.dispatches() == List{"dial", "hangup"});
    CHECK(
        played(row_5_outbound_not_answered()).history() ==
        "📞 Дозвон от 151 → " + shown + " » ❌ Не отвечен: 151 → " + shown
    );
}

TEST_CASE("Row 6: an answered internal call", "[call]") {
    const World world = played(row_6_internal());
    CHECK(
        world.history() ==
        "🔗 Разговор (внутр.): 151 ↔ 152 » ✅ Завершен (внутр.): 151 ↔ 152, 00:40"
    );
    const Call call = world.call();
    CHECK(call.direction == Direction::internal);
    CHECK(call.caller == "151");
    CHECK(call.callee == "152");
    CHECK(call.phone == "151");
    CHECK(call.talkers == List{"152"});
    CHECK(call.talk_s == 40);
    CHECK(call.started_at == at(2));
    CHECK(call.unique_id == "6.1");
    CHECK(world.dispatches().empty());
}

TEST_CASE("Row 6: with a dial of its own", "[call]") {
    Events events = row_6_internal();
    events.insert(events.begin(), dial(1, "6.1", 2, "151", {"152"}, ""));
    CHECK(
        played(events).history() ==
        "🛎️ Внутренний звонок\n151 → 152 » 🔗 Разговор (внутр.): 151 ↔ 152 » ✅ Завершен (внутр.): "
        "151 ↔ 152, 00:40"
    );
}

TEST_CASE("Row 7: an internal call that nobody answers", "[call]") {
    const World world = played(row_7_internal_missed());
    CHECK(world.history() == "❌ Не отвечен (внутр.): 151 → 152");
    CHECK(world.call().wait_s == 20);
    CHECK(world.dispatches().empty());
}

TEST_CASE("Row 8: an attended transfer of an inbound call", "[call]") {
    const World world = played(row_8_attended());
    CHECK(
        world.history() == "📞 Звонок от " + shown + " → приветствие » 📞 Дозвон от " + shown +
                               " → 151 » 🔗 Разговор: " + shown + " ↔ 151 » 🔗 Разговор: " + shown +
                               " ↔ 152 » ✅ Завершен: " + shown + " ↔ 151 → 152, 01:09"
    );
    const Call call = world.call();
    CHECK(call.direction == Direction::in);
    CHECK(call.talkers == List{"151", "152"});
    CHECK(call.talk_s == 69);
    CHECK(call.wait_s == 6);
    CHECK(call.unique_id == "8.1");
    CHECK(call.ended_at == at(75));
    CHECK(world.dispatches() == List{"dial", "bridge", "bridge", "hangup"});
}

TEST_CASE("Row 9: a blind transfer of an inbound call", "[call]") {
    const World world = played(row_9_blind());
    CHECK(
        world.history() == "📞 Звонок от " + shown + " → приветствие » 📞 Дозвон от " + shown +
                               " → 151 » 🔗 Разговор: " + shown + " ↔ 151 » 🔗 Разговор: " + shown +
                               " ↔ 152 » ✅ Завершен: " + shown + " ↔ 151 → 152, 00:42"
    );
    CHECK(world.call().direction == Direction::in);
    CHECK(world.dispatches() == List{"dial", "bridge", "bridge", "hangup"});
}

TEST_CASE("Row 9: the one it was transferred to does not answer", "[call]") {
    const World world = played(row_9_blind_silent());
    CHECK(
        world.history() == "📞 Звонок от " + shown + " → приветствие » 📞 Дозвон от " + shown +
                               " → 151 » 🔗 Разговор: " + shown + " ↔ 151 » ✅ Завершен: " + shown +
                               " ↔ 151, 00:12"
    );
    CHECK(world.call().answered);
    CHECK(world.call().ended_at == at(45));
}

TEST_CASE("Row 10: an attended transfer of an outbound call goes on after its hangup", "[call]") {
    const World world = played(row_10_attended());
    CHECK(
        world.history() == "📞 Дозвон от 151 → " + shown + " » 🔗 Разговор: " + shown +
                               " ↔ 151 » 🔗 Разговор: " + shown + " ↔ 152 » ✅ Завершен: " + shown +
                               " ↔ 151 → 152, 00:57"
    );
    const Call call = world.call();
    CHECK(call.direction == Direction::out);
    CHECK(call.answered);
    CHECK(call.ended_at == at(65));
    CHECK(call.reopened == 0);
    CHECK(world.dispatches() == List{"dial", "bridge", "bridge", "hangup"});
}

TEST_CASE(
    "Row 10: a conversation that outlives its hangup ends 3 s after the last leave", "[call]"
) {
    World world;
    world.play(row_10_attended());
    world.tick(67.5);
    CHECK(world.call().phase == Phase::talking);
    CHECK(world.tracker().next_timer() == at(68));
    world.tick(68);
    CHECK(world.call().phase == Phase::done);
}

TEST_CASE("Row 10: a blind transfer of an outbound call ends in between", "[call]") {
    const World world = played(row_10_blind());
    CHECK(
        world.history() == "📞 Дозвон от 151 → " + shown + " » 🔗 Разговор: " + shown +
                               " ↔ 151 » ✅ Завершен: " + shown + " ↔ 151, 00:12 » 🔗 Разговор: " +
                               shown + " ↔ 152 » ✅ Завершен: " + shown + " ↔ 151 → 152, 00:42"
    );
    const Call call = world.call();
    CHECK(call.reopened == 1);
    CHECK(call.corrected);
    CHECK(call.ended_at == at(50));
    CHECK(world.dispatches() == List{"dial", "bridge", "hangup", "bridge", "update"});
}

TEST_CASE("Row 10: the one it was transferred to does not answer", "[call]") {
    Events events = row_10_blind_start();
    events.push_back(hangup(45, "10.2", 2, "0", E, {}, 20));
    const World world = played(events);
    CHECK(
        world.history() == "📞 Дозвон от 151 → " + shown + " » 🔗 Разговор: " + shown +
                               " ↔ 151 » ✅ Завершен: " + shown + " ↔ 151, 00:12"
    );
    CHECK(world.call().answered);
}

TEST_CASE("Row 10: a conversation later than 60 s does not reopen the call", "[call]") {
    Events events = row_10_blind_start();
    events.push_back(bridge(90, "10.3", "B10b", "152", E_bare));
    events.push_back(bridge(90.1, "10.2", "B10b", E_bare, "152"));
    const World world = played(events);
    CHECK(world.call().phase == Phase::done);
    CHECK(world.call().talkers == List{"151"});
}

TEST_CASE("Row 11: a call from a CRM rings only once E is dialled", "[call]") {
    World world;
    const Events events = row_11_click_to_call();
    world.play({events[0], events[1]});
    CHECK(world.messages().empty());
    world.play(Events(events.begin() + 2, events.end()));
    CHECK(
        world.history() == "📞 Дозвон от 151 → " + shown + " » 🔗 Разговор: " + shown +
                               " ↔ 151 » ✅ Завершен: " + shown + " ↔ 151, 00:21"
    );
    const Call call = world.call();
    CHECK(call.direction == Direction::out);
    CHECK(call.talkers == List{"151"});
    CHECK(call.unique_id == "11.2");
    CHECK(world.dispatches() == List{"dial", "bridge", "hangup"});
}

TEST_CASE("Row 12: a mobile in the group makes no message of its own", "[call]") {
    const World world = played(row_12_mobile_in_group());
    CHECK(
        world.history() == "📞 Звонок от " + shown + " → приветствие » 📞 Дозвон от " + shown +
                               " → 151, +375 (33) 000-00-09 » 🔗 Разговор: " + shown +
                               " ↔ 151 » ✅ Завершен: " + shown + " ↔ 151, 00:20"
    );
    CHECK(world.call().direction == Direction::in);
    CHECK(world.call().phone == E);
}

TEST_CASE("Row 12: the mobile's own dial comes before the one that names it", "[call]") {
    Events events = row_12_mobile_in_group();
    std::swap(events[1].received, events[2].received);
    events[1].has_event_time = events[2].has_event_time = true;
    std::swap(events[1], events[2]);
    const World world = played(events);
    CHECK(world.messages().size() == 1);
    CHECK(world.call().phone == E);
    CHECK(world.call().direction == Direction::in);
    CHECK(world.call().talkers == List{"151"});
}

TEST_CASE("Row 12: the mobile answers", "[call]") {
    const World world = played({
        start(0, "12.1"),
        dial(3, "12.1", 0, E, {"151", mobile}),
        dial(3.5, "12.5", 1, mobile, {}, line2),
        bridge(12, "12.5", "B12", mobile, E_bare),
        bridge(12.1, "12.1", "B12", E_bare, mobile, line1),
        leave(32, "12.5", "B12", mobile, E_bare),
        leave(32.1, "12.1", "B12", E_bare, mobile),
        hangup(32.3, "12.5", 1, "2", mobile, {}, 3, line2),
        hangup(32.5, "12.1", 0, "2", E, {mobile}),
    });
    CHECK(
        world.history() == "📞 Звонок от " + shown + " → приветствие » 📞 Дозвон от " + shown +
                               " → 151, +375 (33) 000-00-09 » 🔗 Разговор: " + shown +
                               " ↔ +375 (33) 000-00-09 » ✅ Завершен: " + shown +
                               " ↔ +375 (33) 000-00-09, 00:20"
    );
}

TEST_CASE("Row 12: every event told twice", "[call]") {
    Events events;
    for (const Event& event : row_1_inbound()) {
        events.push_back(event);
        events.push_back(event);
    }
    const World world = played(events);
    CHECK(world.history() == played(row_1_inbound()).history());
    CHECK(world.dispatches() == List{"dial", "bridge", "hangup"});
}

TEST_CASE("Row 13: old host software without leaves", "[call]") {
    World world;
    world.play(row_13_old_host());
    CHECK(
        world.history() == "📞 Звонок от " + shown + " → приветствие » 📞 Дозвон от " + shown +
                               " → 151 » 🔗 Разговор: " + shown + " ↔ 151 » ✅ Завершен: " + shown +
                               " ↔ 151, 00:12"
    );
}

TEST_CASE("Row 13: an old host's outbound call ends with its hangup", "[call]") {
    World world;
    world.play({
        dial(0, "13.1", 1, E, {"151"}),
        bridge(9, "13.2", "B13", E_bare, "151"),
        bridge(9.1, "13.1", "B13", "151", "", E_bare),
        hangup(39.4, "13.1", 1, "2", E, {"151"}),
    });
    CHECK(world.call().phase == Phase::done);
    CHECK(world.call().talk_s == 30);
}

TEST_CASE("A hangup with nothing before it is a whole call", "[call]") {
    World world;
    world.apply(hangup(20, "1.1", 0, "2", E, {"151"}, 5));
    CHECK(world.history() == "✅ Завершен: " + shown + " ↔ 151, 00:15");
    CHECK(world.call().rang == List{"151"});
    CHECK(world.call().talkers == List{"151"});
    CHECK(world.call().talk_s == 15);
    CHECK(world.call().wait_s == 0);
    CHECK(world.call().started_at == at(5));
    CHECK(world.dispatches() == List{"hangup"});
}

TEST_CASE("A hangup alone of an outbound call that nobody answered", "[call]") {
    World world;
    world.apply(hangup(20, "1.1", 1, "0", E, {"151"}, 5));
    CHECK(world.history() == "❌ Не отвечен: 151 → " + shown);
    CHECK(world.call().direction == Direction::out);
}

TEST_CASE(
    "The seed's sample: both numbers internal make an internal call whatever CallType says",
    "[call]"
) {
    World world;
    Event event = hangup(10, "1759230684.16", 0, "2", "152", {"150"}, -2);
    event.trunk = "";
    event.external_initiated = true;
    world.apply(event);
    CHECK(world.history() == "✅ Завершен (внутр.): 152 ↔ 150, 00:08");
    CHECK(world.dispatches().empty());
}

TEST_CASE("A hidden number has a text of its own", "[call]") {
    World world;
    world.play({
        start(0, "1.1", ""),
        dial(3, "1.1", 0, "", {"151"}),
        create(8, "B1"),
        bridge(8, "1.2", "B1", "151", ""),
        bridge(8.1, "1.1", "B1", "", "151", line1),
        leave(20, "1.2", "B1", "151", ""),
        leave(20.1, "1.1", "B1", "", "151"),
        hangup(20.5, "1.1", 0, "2", "", {"151"}),
    });
    CHECK(
        world.history() ==
        "📞 Звонок от Номер не определен → приветствие » 📞 Дозвон от Номер не определен → 151 » "
        "🔗 "
        "Разговор: Номер не определен ↔ 151 » ✅ Завершен: Номер не определен ↔ 151, 00:12"
    );
    CHECK(world.call().phone.empty());
    CHECK(world.call().direction == Direction::in);
    CHECK(world.tracker().size() == 1);
}

TEST_CASE("A caller id fills a missing number and never overwrites a known one", "[call]") {
    World world;
    world.play({start(0, "1.1", ""), callerid(1, "1.1", E_bare, ""), callerid(2, "1.1", mobile, "")}
    );
    CHECK(world.call().phone == E_bare);
    CHECK(world.messages().front().ends_with("Звонок от " + shown + " → приветствие"));
}
