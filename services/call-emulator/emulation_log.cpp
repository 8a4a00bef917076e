#include "emulation_log.hpp"

#include "base/text.hpp"
#include "json/writer.hpp"

namespace trunkline::call_emulator {
namespace {

std::string headers_json(const httpc::Headers& headers) {
    json::Writer writer;
    writer.begin_object();
    for (const auto& [name, value] : headers) {
        writer.member(name, value);
    }
    return writer.end_object().take();
}

}  // namespace

EmulationLog::EmulationLog()
    : logger_(base::Logger::to_file("call_tester", "call_tester_events.log", true)) {}

void EmulationLog::sending(
    const Run& run, const PlannedEvent& event, const std::string& url, const httpc::Headers& headers
) const {
    logger_.with_trace(run.trace.trace_id)
        .info(
            "🚀 EMULATION {} {}/{} of {}, run {}: POST {}",
            call::to_string(event.type),
            run.sent.size() + 1,
            run.plan.events.size(),
            run.pattern,
            run.id,
            url
        );
    // Nothing follows the JSON, so that the rest of the line can be taken as such.
    logger_.info("📊 Event Data: {}", base::replace_invalid_utf8(event.body));
    logger_.info("📋 Request Headers: {}", headers_json(headers));
}

void EmulationLog::answered(const Sent& sent, const httpc::Headers& headers) const {
    const auto level = sent.is_accepted() ? base::LogLevel::info : base::LogLevel::error;
    logger_.log(
        level,
        "📥 EMULATION RESPONSE {}: status {} in {} ms, body: {}",
        call::to_string(sent.event),
        sent.http_status.value_or(0),
        sent.duration.count(),
        sent.answer
    );
    logger_.log(level, "📋 Response Headers: {}", headers_json(headers));
}

void EmulationLog::failed(const Run& run, const Sent& sent) const {
    logger_.with_trace(run.trace.trace_id)
        .error("❌ EMULATION {} not delivered: {}", call::to_string(sent.event), sent.error);
}

}  // namespace trunkline::call_emulator
