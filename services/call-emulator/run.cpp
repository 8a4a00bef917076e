#include "run.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "json/document.hpp"

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
    writer.member("error", text_or_null(sent.error)).member("repeat", sent.is_repeat).key("body");
    // An old host's cp1251 is shown as ingest keeps it.
    writer.raw(base::replace_invalid_utf8(sent.body)).end_object();
}

void write_head(json::Writer& writer, const Run& run) {
    writer.member("run", run.id)
        .member("status", to_string(run.status))
        .member("batch", text_or_null(run.batch))
        .member("pattern", run.pattern)
        .member("unique_id", run.plan.unique_id)
        .member("target", run.target)
        .member("pace", to_string(run.pace))
        .member("trace_id", run.trace.trace_id)
        .member("started_at", base::format_iso8601(run.started_at))
        .member("finished_at", time_or_null(run.finished_at))
        .member("detail", text_or_null(run.detail))
        .member("events_planned", run.plan.events.size())
        .member("events_sent", run.sent.size())
        .member("events_accepted", run.accepted())
        .member("seed", run.seed);
    std::vector<std::string> dropped;
    dropped.reserve(run.plan.dropped.size());
    for (const auto type : run.plan.dropped) {
        dropped.emplace_back(call::to_string(type));
    }
    writer.member("dropped", dropped);
}

/// Milliseconds from the first event to the end.
std::int64_t length_ms(base::WallTime begin, const std::optional<base::WallTime>& end) {
    const auto until = end.value_or(base::system_clock().now());
    return std::chrono::duration_cast<std::chrono::milliseconds>(until - begin).count();
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

std::string Sent::event_id() const {
    const auto document = json::parse(answer);
    const auto id = document ? document->root().find("event_id") : std::nullopt;
    return std::string(id ? id->string().value_or("") : "");
}

std::size_t Run::accepted() const {
    return static_cast<std::size_t>(std::ranges::count_if(sent, &Sent::is_accepted));
}

namespace {

/// Why parts of the outcome cannot be known; "" if all can.
struct Reason {
    std::string russian;
    std::string english;
};

Reason why_unknown(const Plan& plan) {
    if (plan.known == playback::Known()) {
        return {};
    }
    if (!plan.known.call && !plan.dropped.empty()) {
        std::string lost;
        for (const auto type : plan.dropped) {
            lost += (lost.empty() ? "" : ", ") + std::string(call::to_string(type));
        }
        return {
            "потеряны события (" + lost + "): каким звонок выйдет без них, заранее не известно",
            "events were lost (" + lost +
                "): what the call becomes without them is not known before"
        };
    }
    if (!plan.known.call) {
        return {
            "события перемешаны, а плечи этого звонка узнаются по тем, что были до них: из того же "
            "может выйти другой звонок или несколько",
            "the events were shuffled, and this call's legs are known by those before them: the "
            "same may come out as another call, or as several"
        };
    }
    return {
        "события перемешаны: какие тексты и шаги будут по дороге, решает их порядок; сверены "
        "последний текст и сам звонок",
        "the events were shuffled: which texts and steps come on the way depends on their order; "
        "the last text and the call itself are compared"
    };
}

}  // namespace

void write_expected(json::Writer& writer, const Plan& plan) {
    const auto document =
        json::parse(plan.expected, {.max_bytes = std::size_t{1} << 20, .max_depth = 32});
    writer.begin_object();
    if (document) {
        for (const auto [key, value] : document->root().members()) {
            writer.member(key, value);
        }
    }
    std::vector<std::string> unknown;
    const auto note = [&unknown](bool is_known, const char* part) {
        if (!is_known) {
            unknown.emplace_back(part);
        }
    };
    note(plan.known.call, "call");
    note(plan.known.chat, "chat");
    note(plan.known.chat_end, "chat_end");
    note(plan.known.crm, "crm");
    writer.member("unknown", unknown).key("unknown_because");
    const auto reason = why_unknown(plan);
    if (reason.russian.empty()) {
        writer.value(nullptr);
    } else {
        writer.begin_object()
            .member("ru", reason.russian)
            .member("en", reason.english)
            .end_object();
    }
    writer.end_object();
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
    writer.end_array().key("expected");
    write_expected(writer, run.plan);
    return writer.end_object().take();
}

std::string to_json(const Batch& batch) {
    const auto count = [&batch](RunStatus status) {
        return std::ranges::count(batch.runs, status, [](const auto& run) { return run->status; });
    };
    std::size_t sent = 0;
    std::size_t accepted = 0;
    for (const auto& run : batch.runs) {
        sent += run->sent.size();
        accepted += run->accepted();
    }
    json::Writer writer;
    writer.begin_object()
        .member("batch", batch.id)
        .member("status", batch.is_over() ? "done" : "running")
        .member("pattern", batch.pattern)
        .member("started_at", base::format_iso8601(batch.started_at))
        .member("finished_at", time_or_null(batch.finished_at))
        .member("duration_ms", length_ms(batch.started_at, batch.finished_at))
        .member("detail", text_or_null(batch.detail))
        .member("runs_wanted", batch.wanted)
        .member("runs_done", count(RunStatus::done))
        .member("runs_failed", count(RunStatus::failed) + count(RunStatus::canceled))
        .member("runs_running", count(RunStatus::running))
        .member("events_sent", sent)
        .member("events_accepted", accepted)
        .key("runs")
        .begin_array();
    for (const auto& run : batch.runs) {
        writer.raw(summary_json(*run));
    }
    return writer.end_array().end_object().take();
}

std::string summary_json(const Run& run) {
    json::Writer writer;
    writer.begin_object();
    write_head(writer, run);
    return writer.end_object().take();
}

}  // namespace trunkline::call_emulator
