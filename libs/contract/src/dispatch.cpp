#include "contract/dispatch.hpp"

#include <utility>

#include "json/reader.hpp"
#include "json/writer.hpp"

namespace trunkline::contract {

std::optional<call::DispatchKind> parse_dispatch_kind(std::string_view name) {
    using enum call::DispatchKind;
    for (const auto kind : {dial, bridge, hangup, update}) {
        if (call::to_string(kind) == name) {
            return kind;
        }
    }
    return std::nullopt;
}

std::string to_json(const Dispatch& dispatch) {
    json::Writer writer;
    writer.begin_object()
        .member("token", dispatch.token)
        .member("uniqueId", dispatch.unique_id)
        .member("event_type", call::to_string(dispatch.kind))
        .key("raw")
        .raw(dispatch.raw);
    if (!dispatch.event_id.empty()) {
        writer.member("event_id", dispatch.event_id);
    }
    if (dispatch.received_at) {
        writer.member("received_at", base::format_iso8601(*dispatch.received_at));
    }
    if (dispatch.call) {
        writer.key("call").raw(call::to_json(*dispatch.call));
    }
    return writer.end_object().take();
}

base::Result<Dispatch> dispatch_from_json(json::View view) {
    json::Reader reader(view);
    Dispatch out;
    out.token = reader.required_text("token");
    out.unique_id = reader.required_text("uniqueId");
    const auto kind_name = reader.required_string("event_type");
    const auto kind = parse_dispatch_kind(kind_name);
    if (!kind && !kind_name.empty()) {
        reader.fail("event_type", "must be dial, bridge, hangup or update");
    }
    out.kind = kind.value_or(call::DispatchKind::dial);
    const auto raw = reader.view("raw");
    if (!raw || !raw->is_object()) {
        reader.fail("raw", "must be an object");
    } else {
        out.raw = raw->dump();
    }
    out.event_id = reader.optional_string("event_id").value_or("");
    // A time that cannot be read is none: it only decides whether a pop-up comes too late.
    if (const auto text = reader.optional_string("received_at")) {
        const auto time = base::parse_iso8601(*text);
        out.received_at = time ? std::optional(*time) : std::nullopt;
    }
    if (const auto inner = reader.view("call"); inner && !inner->is_null()) {
        auto decoded = call::call_from_json(*inner);
        if (decoded) {
            out.call = std::move(*decoded);
        } else {
            reader.fail("call", decoded.error().detail);
        }
    }
    if (const auto finished = reader.finish(); !finished) {
        return std::unexpected(finished.error());
    }
    return out;
}

std::string to_json(const DispatchAnswer& answer) {
    json::Writer writer;
    writer.begin_object()
        .member("status", "accepted")
        .member("targets", answer.targets)
        .key("skipped")
        .begin_object();
    for (const auto& [crm, reason] : answer.skipped) {
        writer.member(crm, reason);
    }
    writer.end_object();
    if (answer.duplicate) {
        writer.member("duplicate", true);
    }
    return writer.end_object().take();
}

}  // namespace trunkline::contract
