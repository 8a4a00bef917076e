#include "contract/card_update.hpp"

#include <utility>

#include "json/reader.hpp"
#include "json/writer.hpp"

namespace trunkline::contract {

std::string to_json(const CardUpdate& update) {
    json::Writer writer;
    writer.begin_object()
        .member("enterprise_number", update.enterprise_number)
        .member("unique_id", update.call.unique_id)
        .member("event_id", update.event_id.empty() ? std::nullopt : std::optional(update.event_id))
        .member("received_at", base::format_iso8601(update.received_at))
        .key("call")
        .raw(call::to_json(update.call));
    if (update.unsettled) {
        writer.member("unsettled", true);
    }
    if (!update.absorbed.empty()) {
        writer.key("absorbed").begin_array();
        for (const auto& uuid : update.absorbed) {
            writer.value(uuid);
        }
        writer.end_array();
    }
    return writer.end_object().take();
}

base::Result<CardUpdate> card_update_from_json(json::View view) {
    json::Reader reader(view);
    CardUpdate out;
    out.enterprise_number = reader.required_string("enterprise_number");
    out.event_id = reader.optional_string("event_id").value_or("");
    const auto received = base::parse_iso8601(reader.required_string("received_at"));
    if (received) {
        out.received_at = *received;
    } else {
        reader.fail("received_at", received.error().detail);
    }
    if (const auto inner = reader.view("call"); inner) {
        auto decoded = call::call_from_json(*inner);
        if (decoded) {
            out.call = std::move(*decoded);
        } else {
            reader.fail("call", decoded.error().detail);
        }
    } else {
        reader.fail("call", "is missing");
    }
    out.unsettled = reader.optional_bool("unsettled").value_or(false);
    if (const auto absorbed = reader.view("absorbed"); absorbed) {
        for (const auto uuid : absorbed->elements()) {
            out.absorbed.emplace_back(uuid.string().value_or(""));
        }
    }
    if (const auto finished = reader.finish(); !finished) {
        return std::unexpected(finished.error());
    }
    return out;
}

}  // namespace trunkline::contract
