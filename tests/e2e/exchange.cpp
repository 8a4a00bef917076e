#include "exchange.hpp"

#include <string_view>

#include "json/writer.hpp"
#include "testing/catch.hpp"

namespace trunkline::e2e {

std::string body_of(const call::Event& event, const std::string& token) {
    json::Writer writer;
    writer.begin_object().member("Token", token).member("UniqueId", event.unique_id);
    const auto text = [&](const char* name, const std::string& value) {
        if (!value.empty()) {
            writer.member(name, value);
        }
    };
    text("Phone", event.phone);
    text("Trunk", event.trunk);
    text("BridgeUniqueid", event.bridge_id);
    text("Channel", event.channel);
    text("CallerIDNum", event.caller_id_num);
    text("ConnectedLineNum", event.connected_line_num);
    text("Exten", event.exten);
    text("StartTime", event.start_time);
    text("DateReceived", event.date_received);
    text("EndTime", event.end_time);
    text("Cause", event.hangup_cause);
    if (event.call_type) {
        writer.member("CallType", static_cast<int>(*event.call_type));
    }
    if (event.call_status) {
        writer.member("CallStatus", std::to_string(static_cast<int>(*event.call_status)));
    }
    if (event.type == call::EventType::dial || event.type == call::EventType::hangup) {
        writer.key("Extensions").begin_array();
        for (const auto& extension : event.extensions) {
            writer.value(extension);
        }
        writer.end_array();
    }
    return writer.end_object().take();
}

void post(
    const Suite& suite, const call::Event& event, const std::string& token, const std::string& at
) {
    post_in_turn(suite, {{&event, token, at}});
}

void post_in_turn(const Suite& suite, const std::vector<Posting>& postings) {
    testing::Command command;
    command.argv = {"curl"};
    for (const auto& [event, token, at] : postings) {
        if (command.argv.size() > 1) {
            command.argv.emplace_back("--next");
        }
        command.argv.insert(
            command.argv.end(),
            {"-sS",
             "--max-time",
             "20",
             "-H",
             "Content-Type: application/json",
             "--data-binary",
             body_of(*event, token),
             suite.url("ingest") + "/" + std::string(call::to_string(event->type))}
        );
        if (!at.empty()) {
            command.argv.insert(command.argv.end(), {"-H", "X-Event-Time: " + at});
        }
    }
    const auto outcome = testing::run_command(command);
    INFO(outcome.output);
    std::size_t taken = 0;
    constexpr std::string_view ok = R"("status":"ok")";
    for (auto found = outcome.output.find(ok); found != std::string::npos;
         found = outcome.output.find(ok, found + ok.size())) {
        ++taken;
    }
    REQUIRE(taken == postings.size());
}

}  // namespace trunkline::e2e
