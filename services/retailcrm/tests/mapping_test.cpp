#include "mapping.hpp"

#include "testing/catch.hpp"

using namespace trunkline;
using namespace trunkline::retailcrm;

namespace {

const Context context{.external_phone = "+375173880000", .site = "", .timezone = "Europe/Minsk"};

call::Call call_of(call::Direction direction) {
    call::Call call;
    call.direction = direction;
    call.phone = "375296254070";
    call.rang = {"150", "151"};
    call.unique_id = "1759230684.16";
    call.started_at = *base::parse_iso8601("2025-09-30T08:15:02Z");
    call.wait_s = 7;
    return call;
}

call::Call answered(call::Direction direction) {
    auto call = call_of(direction);
    call.answered = true;
    call.talkers = {"150"};
    call.talk_s = 41;
    return call;
}

}  // namespace

TEST_CASE("an inbound call rings with all its extensions in one event", "[retailcrm]") {
    CHECK(
        ringing_event(call_of(call::Direction::in), {"150", "151"}, context).to_json() ==
        R"({"type":"in","phone":"+375296254070","codes":["150","151"],"callExternalId":"1759230684.16","externalPhone":"+375173880000"})"
    );
}

TEST_CASE("an answered call ends with who talked", "[retailcrm]") {
    const auto call = answered(call::Direction::in);
    CHECK(
        hangup_event(call, context).to_json() ==
        R"({"type":"hangup","phone":"+375296254070","codes":["150"],"hangupStatus":"answered","callExternalId":"1759230684.16","externalPhone":"+375173880000"})"
    );
    CHECK(
        uploaded_call(call, context).to_json() ==
        R"({"date":"2025-09-30 11:15:02","type":"in","phone":"+375296254070","code":"150","result":"answered","duration":41,"durationWaiting":7,"externalId":"1759230684.16","externalPhone":"+375173880000"})"
    );
}

TEST_CASE("a missed call names all that rang, and a code only if it was one", "[retailcrm]") {
    auto call = call_of(call::Direction::in);
    CHECK(hangup_event(call, context).hangup_status == "no answered");
    CHECK(hangup_event(call, context).codes == std::vector<std::string>{"150", "151"});
    CHECK(uploaded_call(call, context).result == "no answer");
    CHECK(uploaded_call(call, context).code.empty());
    call.rang = {"150"};
    CHECK(uploaded_call(call, context).code == "150");
}

TEST_CASE("an outbound call that nobody answered says why where it is known", "[retailcrm]") {
    auto call = call_of(call::Direction::out);
    const auto ending = [&](std::string cause) {
        call.hangup_cause = std::move(cause);
        return std::pair(
            hangup_event(call, context).hangup_status, uploaded_call(call, context).result
        );
    };
    using Words = std::pair<std::string, std::string>;
    CHECK(ending("17") == Words{"busy", "busy"});
    CHECK(ending("cancel") == Words{"cancel", "no answer"});
    CHECK(ending("34") == Words{"failed", "failed"});
    CHECK(ending("") == Words{"no answered", "no answer"});
    CHECK(uploaded_call(call, context).type == "out");
}

TEST_CASE(
    "who talked is the last talker, or the first that rang if no bridge was seen", "[retailcrm]"
) {
    auto call = answered(call::Direction::in);
    call.talkers = {"150", "152"};
    CHECK(uploaded_call(call, context).code == "152");
    call.talkers.clear();
    CHECK(uploaded_call(call, context).code == "150");
}
