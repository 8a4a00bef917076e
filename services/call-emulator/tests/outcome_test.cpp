#include "outcome.hpp"

#include <boost/asio/io_context.hpp>

#include "testing/catch.hpp"

using namespace trunkline;
using namespace trunkline::call_emulator;

namespace {

json::Document document(const std::string& text) {
    auto parsed = json::parse(text);
    REQUIRE(parsed);
    return *parsed;
}

/// A run whose pattern promises a talk of 42 s, and 12 s where the call had ended first.
class Played {
public:
    Played() {
        run_.status = RunStatus::done;
        run_.plan.unique_id = "1.1";
        run_.plan.expected =
            R"({"chat":[],"crm":[],"call":{"answered":true,"talk_s":42},"first_record":{"talk_s":12}})";
        run_.plan.known = {.call = true, .chat = false, .chat_end = false, .crm = true};
    }

    Run& run() { return run_; }

    /// What differs in a RetailCRM record of that length.
    std::size_t differences_of_record(int duration) const {
        CallEvidence call;
        call.trace.said = document(R"({"items":[]})");
        call.why_no_calls = "not asked";
        SandboxEvidence sandbox;
        sandbox.requests.said = document(
            R"({"items":[{"api":"retailcrm","account":"a","method":"/api/v5/telephony/calls/upload","status":200,)"
            R"("answer":"{}","parameters":{"calls":"[{\"result\":\"answered\",\"externalId\":\"1.1\",\"duration\":)" +
            std::to_string(duration) + R"(}]"}}]})"
        );
        const auto outcome =
            outcome_of(run_, call, sandbox, base::WallTime(), std::chrono::milliseconds(0));
        return outcome.count("crm");
    }

    std::string expected() const {
        json::Writer writer;
        write_expected(writer, run_.plan);
        return writer.take();
    }

private:
    asio::io_context io_;
    Run run_{io_.get_executor()};
};

}  // namespace

TEST_CASE("a record that cannot be corrected may tell of the call's first end", "[call_emulator]") {
    Played played;
    CHECK(played.differences_of_record(42) == 0);
    CHECK(played.differences_of_record(12) == 0);
    CHECK(played.differences_of_record(30) == 1);
    played.run().plan.known.crm = false;
    CHECK(played.differences_of_record(30) == 0);
}

TEST_CASE("what is not compared comes with its reason", "[call_emulator]") {
    Played played;
    CHECK_THAT(played.expected(), ContainsSubstring("\"unknown_because\":{\"ru\":\"события пере"));
    auto& plan = played.run().plan;
    plan.known.call = false;
    CHECK_THAT(played.expected(), ContainsSubstring("legs are known by those before them"));
    plan.dropped = {call::EventType::dial, call::EventType::hangup};
    CHECK_THAT(played.expected(), ContainsSubstring("events were lost (dial, hangup)"));
    plan.known = {};
    CHECK_THAT(played.expected(), ContainsSubstring("\"unknown_because\":null"));
}
