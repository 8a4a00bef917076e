#include "contract/card_update.hpp"
#include "contract/connector.hpp"
#include "contract/dispatch.hpp"
#include "testing/catch.hpp"

using namespace trunkline;

namespace {

call::Call a_call() {
    call::Call call;
    call.uuid = "01890a5d-ac96-774b-bcce-b302099a8057";
    call.phone = "375296254070";
    call.rang = {"151", "152"};
    call.started_at = *base::parse_iso8601("2025-10-01T12:00:00Z");
    call.unique_id = "1759225684.16";
    return call;
}

template <class Value, class Decode>
auto there_and_back(const Value& value, Decode decode) {
    const auto document = json::parse(contract::to_json(value));
    REQUIRE(document);
    return decode(document->root());
}

}  // namespace

TEST_CASE("a dispatch survives the wire", "[contract]") {
    contract::Dispatch dispatch{
        .token = "375293332255",
        .unique_id = "1759225684.16",
        .kind = call::DispatchKind::hangup,
        .raw = R"({"Phone":"1"})",
        .event_id = "e",
        .call = a_call()
    };
    const auto back = there_and_back(dispatch, contract::dispatch_from_json);
    REQUIRE(back);
    CHECK(back->kind == call::DispatchKind::hangup);
    CHECK(back->raw == R"({"Phone":"1"})");
    REQUIRE(back->call);
    CHECK(*back->call == a_call());
}

TEST_CASE("the seed's four members alone are a dispatch", "[contract]") {
    const auto document =
        json::parse(R"({"token":375293332255,"uniqueId":"1.1","event_type":"dial","raw":{}})");
    REQUIRE(document);
    const auto dispatch = contract::dispatch_from_json(document->root());
    REQUIRE(dispatch);
    CHECK(dispatch->token == "375293332255");
    CHECK_FALSE(dispatch->call);
}

TEST_CASE("a wrong dispatch names every wrong place", "[contract]") {
    const auto document = json::parse(R"({"token":"1","event_type":"start","raw":[]})");
    REQUIRE(document);
    const auto dispatch = contract::dispatch_from_json(document->root());
    REQUIRE_FALSE(dispatch);
    CHECK(dispatch.error().code == base::Errc::invalid_input);
    CHECK(dispatch.error().fields.size() == 3);
}

TEST_CASE("a connector's event and answer survive the wire", "[contract]") {
    contract::ConnectorEvent event;
    event.enterprise_number = "0367";
    event.token = "375293332255";
    event.unique_id = "1.1";
    event.call = a_call();
    event.accepted_at = *base::parse_iso8601("2025-10-01T12:00:01Z");
    const auto back = there_and_back(event, contract::connector_event_from_json);
    REQUIRE(back);
    CHECK(back->enterprise_number == "0367");
    CHECK(back->accepted_at == event.accepted_at);

    contract::ConnectorAnswer answer{
        .result = contract::ConnectorAnswer::Result::retry,
        .detail = "503",
        .mend = "",
        .retry_after = std::chrono::milliseconds(1500)
    };
    const auto answer_back = there_and_back(answer, contract::connector_answer_from_json);
    REQUIRE(answer_back);
    CHECK(answer_back->result == contract::ConnectorAnswer::Result::retry);
    CHECK(answer_back->retry_after == std::chrono::milliseconds(1500));
}

TEST_CASE("a card update survives the wire", "[contract]") {
    contract::CardUpdate update;
    update.enterprise_number = "0367";
    update.event_id = "01890a5d-ac96-774b-bcce-b302099a8058";
    update.received_at = *base::parse_iso8601("2025-10-01T12:00:00.123456Z");
    update.call = a_call();
    const auto back = there_and_back(update, contract::card_update_from_json);
    REQUIRE(back);
    CHECK(back->received_at == update.received_at);
    CHECK(back->call == update.call);
}
