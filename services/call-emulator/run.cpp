#include "run.hpp"

#include "json/document.hpp"
#include "json/writer.hpp"

namespace trunkline::call_emulator {
namespace {

std::optional<std::string> time_or_null(const std::optional<base::WallTime>& time) {
    return time ? std::optional(base::format_iso8601(*time)) : std::nullopt;
}

std::optional<std::string> text_or_null(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional(text);
}

/// JSON as such, anything else as text, none as null.
void write_answer(json::Writer& writer, const std::string& answer) {
    writer.key("answer");
    if (answer.empty()) {
        writer.value(nullptr);
        return;
    }
    const auto document = json::parse(answer);
    if (document) {
        writer.value(document->root());
    } else {
        writer.value(answer);
    }
}

void write_sent(json::Writer& writer, const Sent& sent) {
    writer.begin_object()
        .member("event", call::to_string(sent.event))
        .member("at", base::format_iso8601(sent.moment))
        .member("sent_at", base::format_iso8601(sent.sent_at))
        .member("duration_ms", sent.duration.count())
        .member("http_status", sent.http_status);
    write_answer(writer, sent.answer);
    writer.member("error", text_or_null(sent.error)).key("body").raw(sent.body).end_object();
}

void write_head(json::Writer& writer, const Run& run) {
    writer.member("run", run.id)
        .member("status", to_string(run.status))
        .member("pattern", run.pattern)
        .member("unique_id", run.plan.unique_id)
        .member("target", run.target)
        .member("pace", to_string(run.pace))
        .member("trace_id", run.trace.trace_id)
        .member("started_at", base::format_iso8601(run.started_at))
        .member("finished_at", time_or_null(run.finished_at))
        .member("detail", text_or_null(run.detail))
        .member("events_planned", run.plan.events.size())
        .member("events_sent", run.sent.size());
}

}  // namespace

std::string_view to_string(RunStatus status) {
    switch (status) {
        case RunStatus::running:
            return "running";
        case RunStatus::done:
            return "done";
        case RunStatus::failed:
            return "failed";
        case RunStatus::canceled:
            return "canceled";
    }
    return "failed";
}

std::string to_json(const Sent& sent) {
    json::Writer writer;
    write_sent(writer, sent);
    return writer.take();
}

std::string to_json(const Run& run) {
    json::Writer writer;
    writer.begin_object();
    write_head(writer, run);
    writer.key("events").begin_array();
    for (const auto& sent : run.sent) {
        write_sent(writer, sent);
    }
    return writer.end_array().key("expected").raw(run.plan.expected).end_object().take();
}

std::string summary_json(const Run& run) {
    json::Writer writer;
    writer.begin_object();
    write_head(writer, run);
    return writer.end_object().take();
}

}  // namespace trunkline::call_emulator
