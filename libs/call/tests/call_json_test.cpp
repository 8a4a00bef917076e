#include "call/call.hpp"
#include "call/live_call.hpp"
#include "json/document.hpp"
#include "rows.hpp"
#include "testing/catch.hpp"

using namespace trunkline;
using namespace trunkline::call;
using namespace trunkline::call::scenario;

namespace {

base::Result<Call> parsed(std::string_view text) {
    const auto document = json::parse(text);
    REQUIRE(document);
    return call_from_json(document->root());
}

}  // namespace

TEST_CASE("A call travels with the names of the interface", "[call]") {
    World world;
    world.play(row_1_inbound());
    const Call call = world.call();
    CHECK(to_json(call).starts_with(
        R"({"uuid":"call-001","direction":"in","phone":"+375290000001","line":"0001363","rang":["151"],)"
        R"("talkers":["151"],"started_at":"2025-10-01T12:00:00.000000Z","answered_at":"2025-10-01T12:00:08.000000Z",)"
        R"("ended_at":"2025-10-01T12:00:20.000000Z","talk_s":12,"wait_s":8,"answered":true,"record_url":null,)"
        R"("corrected":false,)"
    ));
    CHECK(parsed(to_json(call)) == call);
}

TEST_CASE("A call may come with the interface's members alone", "[call]") {
    const auto call =
        parsed(R"({"uuid":"u","direction":"out","phone":"+375290000001","ended_at":null,"later":1})"
        );
    REQUIRE(call);
    CHECK(call->direction == Direction::out);
    CHECK_FALSE(call->ended_at);
    CHECK_FALSE(parsed(R"({"direction":"out"})"));
    CHECK_FALSE(parsed(R"({"uuid":"u","direction":"sideways"})"));
    CHECK_FALSE(parsed(R"({"uuid":"u","talk_s":-1})"));
    CHECK_FALSE(parsed(R"({"uuid":"u","started_at":"yesterday"})"));
    CHECK_FALSE(parsed(R"([])"));
}

TEST_CASE("A damaged row is refused, not guessed at", "[call]") {
    World world;
    world.play(row_1_inbound());
    const LiveCall* live = world.tracker().find(world.call().uuid);
    REQUIRE(live != nullptr);
    const std::string row = to_json(*live);
    CHECK(live_call_from_json(row));
    CHECK_FALSE(live_call_from_json(""));
    CHECK_FALSE(live_call_from_json("{}"));
    CHECK_FALSE(live_call_from_json(row.substr(0, row.size() / 2)));
    std::string other = row;
    other.replace(other.find("\"v\":1"), 5, "\"v\":2");
    CHECK_FALSE(live_call_from_json(other));
}
