#include "contract/connector.hpp"

#include <utility>

#include "contract/dispatch.hpp"
#include "json/reader.hpp"
#include "json/writer.hpp"

namespace trunkline::contract {

std::string to_json(const ConnectorEvent& event) {
    json::Writer writer;
    writer.begin_object()
        .member("enterprise_number", event.enterprise_number)
        .member("token", event.token)
        .member("uniqueId", event.unique_id)
        .member("event_type", call::to_string(event.kind))
        .member("event_id", event.event_id)
        .member("accepted_at", base::format_iso8601(event.accepted_at))
        .member("synthetic", event.synthetic)
        .key("raw")
        .raw(event.raw)
        .key("call")
        .raw(call::to_json(event.call));
    return writer.end_object().take();
}

base::Result<ConnectorEvent> connector_event_from_json(json::View view) {
    auto dispatch = dispatch_from_json(view);
    if (!dispatch) {
        return std::unexpected(dispatch.error());
    }
    json::Reader reader(view);
    ConnectorEvent out;
    out.enterprise_number = reader.required_string("enterprise_number");
    out.accepted_at = base::system_clock().now();
    if (const auto accepted = reader.optional_string("accepted_at")) {
        const auto time = base::parse_iso8601(*accepted);
        if (time) {
            out.accepted_at = *time;
        } else {
            reader.fail("accepted_at", time.error().detail);
        }
    }
    out.synthetic = reader.optional_bool("synthetic").value_or(false);
    if (!dispatch->call) {
        reader.fail("call", "is missing");
    }
    if (const auto finished = reader.finish(); !finished) {
        return std::unexpected(finished.error());
    }
    out.token = std::move(dispatch->token);
    out.unique_id = std::move(dispatch->unique_id);
    out.kind = dispatch->kind;
    out.raw = std::move(dispatch->raw);
    out.event_id = std::move(dispatch->event_id);
    out.call = std::move(*dispatch->call);
    return out;
}

std::string_view to_string(ConnectorAnswer::Result result) {
    using enum ConnectorAnswer::Result;
    switch (result) {
        case done:
            return "done";
        case duplicate:
            return "duplicate";
        case ignored:
            return "ignored";
        case retry:
            return "retry";
        case permanent:
            return "permanent";
    }
    return "retry";
}

std::string to_json(const ConnectorAnswer& answer) {
    json::Writer writer;
    writer.begin_object()
        .member("result", to_string(answer.result))
        .member("detail", answer.detail);
    if (answer.retry_after) {
        writer.member("retry_after_ms", static_cast<std::int64_t>(answer.retry_after->count()));
    }
    if (answer.only_this_call) {
        writer.member("only_this_call", true);
    }
    if (!answer.mend.empty()) {
        writer.member("mend", answer.mend);
    }
    return writer.end_object().take();
}

base::Result<ConnectorAnswer> connector_answer_from_json(json::View view) {
    using enum ConnectorAnswer::Result;
    json::Reader reader(view);
    ConnectorAnswer out;
    const auto name = reader.required_string("result");
    bool known = false;
    for (const auto result : {done, duplicate, ignored, retry, permanent}) {
        if (to_string(result) == name) {
            out.result = result;
            known = true;
        }
    }
    if (!known) {
        reader.fail("result", "must be done, duplicate, ignored, retry or permanent");
    }
    out.detail = reader.optional_string("detail").value_or("");
    out.mend = reader.optional_string("mend").value_or("");
    if (const auto pause = reader.optional_integer("retry_after_ms")) {
        out.retry_after = std::chrono::milliseconds(*pause);
    }
    out.only_this_call = reader.optional_bool("only_this_call").value_or(false);
    if (const auto finished = reader.finish(); !finished) {
        return std::unexpected(finished.error());
    }
    return out;
}

}  // namespace trunkline::contract
