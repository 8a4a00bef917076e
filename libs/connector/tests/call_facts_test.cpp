#include "connector/call_facts.hpp"

#include "testing/catch.hpp"

using namespace trunkline;
using namespace trunkline::connector;

namespace {

call::Call call_of(call::Direction direction) {
    call::Call call;
    call.direction = direction;
    call.phone = "375296254070";
    call.unique_id = "1759230684.16";
    call.rang = {"150", "151"};
    return call;
}

}  // namespace

TEST_CASE("an exchange that names itself stands in the id", "[connector]") {
    auto call = call_of(call::Direction::in);
    call.pbx = "minsk";
    CHECK(external_id(call) == "minsk-1759230684.16");
}

TEST_CASE("internal calls and hidden numbers are nothing for CRMs", "[connector]") {
    CHECK(reason_to_ignore(call_of(call::Direction::internal)));
    auto hidden = call_of(call::Direction::in);
    hidden.phone.clear();
    CHECK(reason_to_ignore(hidden));
    CHECK_FALSE(reason_to_ignore(call_of(call::Direction::out)));
}

TEST_CASE("who talked is the last talker, else the first that rang", "[connector]") {
    auto call = call_of(call::Direction::in);
    CHECK(who_talked(call) == "150");
    call.talkers = {"151", "152"};
    CHECK(who_talked(call) == "152");
    call.talkers.clear();
    call.rang.clear();
    CHECK(who_talked(call).empty());
}

TEST_CASE("an outbound call's cause tells its ending, an inbound one's does not", "[connector]") {
    auto call = call_of(call::Direction::out);
    const auto ending = [&call](std::string cause) {
        call.hangup_cause = std::move(cause);
        return ending_of(call);
    };
    CHECK(ending("17") == Ending::busy);
    CHECK(ending("BUSY") == Ending::busy);
    CHECK(ending("127") == Ending::canceled);
    CHECK(ending("21") == Ending::declined);
    CHECK(ending("1") == Ending::bad_number);
    CHECK(ending("20") == Ending::unreachable);
    CHECK(ending("34") == Ending::failed);
    CHECK(ending("") == Ending::no_answer);
    call.answered = true;
    CHECK(ending("17") == Ending::answered);
    auto inbound = call_of(call::Direction::in);
    inbound.hangup_cause = "17";
    CHECK(ending_of(inbound) == Ending::no_answer);
}

TEST_CASE("numbers and times are written as CRMs want them", "[connector]") {
    CHECK(international("375 (29) 625-40-70") == "+375296254070");
    CHECK(international("").empty());
    CHECK(digits("+375296254070") == "375296254070");
    const auto time = *base::parse_iso8601("2025-09-30T08:15:02Z");
    CHECK(local_time(time, "Europe/Minsk") == "2025-09-30 11:15:02");
    CHECK(local_time(time, "Nowhere/Town") == "2025-09-30 08:15:02");
}
