// What libs/contract writes is what proto/messages promises.

#include "contract/card_update.hpp"
#include "contract/connector.hpp"
#include "contract/dispatch.hpp"
#include "contract/originate.hpp"
#include "files.hpp"
#include "testing/catch.hpp"

using namespace trunkline;
using namespace trunkline::proto;

namespace {

/// A call of which nothing is known yet but that it exists.
call::Call bare_call() {
    call::Call call;
    call.uuid = "01890a5d-ac96-774b-bcce-b302099a8057";
    call.started_at = *base::parse_iso8601("2025-10-01T12:00:00Z");
    call.unique_id = "1759225684.16";
    return call;
}

call::Call finished_call() {
    auto call = bare_call();
    call.direction = call::Direction::out;
    call.phone = "+375296254070";
    call.line = "0001363";
    call.rang = {"151", "152"};
    call.talkers = {"152"};
    call.answered_at = call.started_at + std::chrono::seconds(8);
    call.ended_at = call.started_at + std::chrono::seconds(20);
    call.talk_s = 12;
    call.wait_s = 8;
    call.answered = true;
    call.record_url = "https://example.org/recordings/01890a5d-ac96-774b-bcce-b302099a8057";
    call.phase = call::Phase::done;
    return call;
}

void check(const std::string& schema, const std::string& text) {
    INFO(schema);
    require_valid(schema_named(schema), parse(text).root());
}

}  // namespace

TEST_CASE("a call is written by its schema", "[proto]") {
    check("call", call::to_json(bare_call()));
    check("call", call::to_json(finished_call()));
}

TEST_CASE("a dispatch and its answer are written by their schemas", "[proto]") {
    contract::Dispatch dispatch;
    dispatch.token = "375293332255";
    dispatch.unique_id = "1759225684.16";
    for (const auto kind :
         {call::DispatchKind::dial,
          call::DispatchKind::bridge,
          call::DispatchKind::hangup,
          call::DispatchKind::update}) {
        dispatch.kind = kind;
        check("dispatch", contract::to_json(dispatch));
    }
    dispatch.event_id = "01890a5d-ac96-774b-bcce-b302099a8058";
    dispatch.raw = R"({"Phone":"1"})";
    for (const auto& call : {bare_call(), finished_call()}) {
        dispatch.call = call;
        check("dispatch", contract::to_json(dispatch));
    }
    check("dispatch-answer", contract::to_json(contract::DispatchAnswer()));
    check(
        "dispatch-answer",
        contract::to_json(contract::DispatchAnswer{
            .targets = {"retailcrm"}, .skipped = {{"uon", "disabled"}}, .duplicate = true
        })
    );
}

TEST_CASE("a connector's event and answers are written by their schemas", "[proto]") {
    contract::ConnectorEvent event;
    event.enterprise_number = "0367";
    event.unique_id = "1759225684.16";
    event.call = finished_call();
    // The schema of a step is that of a dispatch with more required, so a token is a token here
    // too.
    event.token = "375293332255";
    event.accepted_at = event.call.started_at;
    check("connector-event", contract::to_json(event));

    using Result = contract::ConnectorAnswer::Result;
    for (const auto result :
         {Result::done, Result::duplicate, Result::ignored, Result::retry, Result::permanent}) {
        contract::ConnectorAnswer answer;
        answer.result = result;
        check("connector-answer", contract::to_json(answer));
        answer.detail = "why";
        answer.mend = "how";
        answer.retry_after = std::chrono::milliseconds(0);
        check("connector-answer", contract::to_json(answer));
    }
}

TEST_CASE("a card update is written by its schema, the call in it by its own", "[proto]") {
    contract::CardUpdate update;
    update.enterprise_number = "0367";
    update.received_at = bare_call().started_at;
    for (const auto& call : {bare_call(), finished_call()}) {
        update.call = call;
        check("card-update", contract::to_json(update));
        update.event_id = "01890a5d-ac96-774b-bcce-b302099a8058";
        check("card-update", contract::to_json(update));
    }
}

TEST_CASE("a wish for a call is written by its schema", "[proto]") {
    contract::Originate originate;
    originate.enterprise_number = "0367";
    originate.from = "151";
    originate.to = "+375296254070";
    originate.requested_by = "retailcrm:";
    check("originate", contract::to_json(originate));
    originate.caller_id = "+375173880000";
    originate.call_uuid = bare_call().uuid;
    originate.request_id = "27";
    check("originate", contract::to_json(originate));
    const auto read = contract::originate_from_json(parse(contract::to_json(originate)).root());
    REQUIRE(read);
    CHECK(contract::to_json(*read) == contract::to_json(originate));
}
