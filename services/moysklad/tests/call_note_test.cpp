#include "call_note.hpp"

#include "testing/catch.hpp"

using namespace trunkline;
using namespace trunkline::moysklad;
using Card = CallNote::Card;

namespace {

std::vector<std::string> names(const std::vector<CardChange>& changes) {
    std::vector<std::string> out;
    for (const auto& change : changes) {
        out.push_back(change.name());
    }
    return out;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("a note comes back as it was written", "[moysklad]") {
    CallNote note;
    note.sequence = 7;
    note.is_there = true;
    note.doubt = "SHOW 151";
    note.extension = "151";
    note.started = "2025-10-01 14:23:45.000";
    note.end = CallNote::End::missed;
    note.cards = {{"151", Card::talking}, {"152", Card::hidden}, {"153", Card::shown}};
    const auto read = note_from_json(to_json(note));
    REQUIRE(read);
    CHECK(*read == note);
    CHECK_FALSE(note_from_json("{}"));
    CHECK_FALSE(note_from_json("nothing"));
}

TEST_CASE("each extension that rings gets its card once", "[moysklad]") {
    CallNote note;
    call::Call call;
    call.rang = {"151", "152", "375291110011"};
    CHECK(names(cards_for_ringing(note, call)) == Names{"SHOW 151", "SHOW 152"});
    apply(note, {"SHOW", "151"});
    CHECK(names(cards_for_ringing(note, call)) == Names{"SHOW 152"});
}

TEST_CASE("the timer starts for who answered, then the others' cards go", "[moysklad]") {
    CallNote note;
    note.cards = {{"151", Card::shown}, {"152", Card::shown}, {"153", Card::hidden}};
    const auto changes = cards_for_talk(note, "152");
    CHECK(names(changes) == Names{"STARTTIME 152", "HIDE 151"});
    for (const auto& change : changes) {
        apply(note, change);
    }
    CHECK(cards_for_talk(note, "152").empty());
    CHECK(names(cards_for_talk(note, "151")) == Names{"SHOW 151", "STARTTIME 151", "HIDE 152"});
    CHECK(names(cards_for_talk(note, "160")) == Names{"SHOW 160", "STARTTIME 160", "HIDE 152"});
}

TEST_CASE("an end is closed unless a missed call turns out to be answered", "[moysklad]") {
    CallNote note;
    call::Call call;
    CHECK_FALSE(note.is_closed(call));
    note.end = CallNote::End::missed;
    CHECK(note.is_closed(call));
    call.answered = true;
    CHECK_FALSE(note.is_closed(call));
    note.end = CallNote::End::answered;
    CHECK(note.is_closed(call));
}
