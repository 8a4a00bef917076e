#include "journal_record.hpp"

#include <array>
#include <functional>
#include <map>
#include <utility>

namespace trunkline::ingest {
namespace {

constexpr std::string_view mark = "event 1\n";

void put(std::string& out, std::string_view text) {
    for (unsigned shift = 0; shift < 32; shift += 8) {
        out += static_cast<char>(static_cast<std::uint32_t>(text.size()) >> shift);
    }
    out += text;
}

void put(std::string& out, std::string_view name, std::string_view value) {
    if (!value.empty()) {
        put(out, name);
        put(out, value);
    }
}

/// The next text with its length before it, cut from the front; nothing if it is cut off.
std::optional<std::string_view> take(std::string_view& rest) {
    if (rest.size() < 4) {
        return std::nullopt;
    }
    std::uint32_t size = 0;
    for (unsigned byte = 0; byte < 4; ++byte) {
        size |= std::uint32_t{static_cast<unsigned char>(rest[byte])} << (8 * byte);
    }
    rest.remove_prefix(4);
    if (rest.size() < size) {
        return std::nullopt;
    }
    const auto text = rest.substr(0, size);
    rest.remove_prefix(size);
    return text;
}

std::unexpected<base::Error> unreadable(std::string_view what) {
    return base::fail(
        base::Errc::malformed, "a record of the journal: " + std::string(what) + " cannot be read"
    );
}

}  // namespace

std::string encode_journal_record(const ReceivedEvent& event) {
    const auto& raw = event.raw;
    std::string out(mark);
    out.reserve(raw.body.size() + 400);
    put(out, "id", event.event_id);
    put(out, "received", base::format_iso8601(event.received_at));
    put(out, "source", event.source);
    put(out, "trace", event.trace_id);
    put(out, "recovered", event.recovered ? "1" : "");
    put(out, "type", call::to_string(raw.type));
    put(out, "content-type", raw.content_type);
    put(out, "token", raw.token_header);
    put(out, "event-time", raw.event_time);
    put(out, "pbx", raw.pbx);
    put(out, "seq", raw.seq);
    put(out, "admitted", event.admitted ? "1" : "");
    if (!event.admitted) {
        put(out, "webhook-id", raw.signature.id);
        put(out, "webhook-timestamp", raw.signature.timestamp);
        put(out, "webhook-signature", raw.signature.signature);
    }
    put(out, "body", raw.body);
    return out;
}

base::Result<ReceivedEvent> decode_journal_record(std::string_view record) {
    if (!record.starts_with(mark)) {
        return unreadable("its beginning");
    }
    std::map<std::string_view, std::string_view> members;
    for (auto rest = record.substr(mark.size()); !rest.empty();) {
        const auto name = take(rest);
        const auto value = name ? take(rest) : std::nullopt;
        if (!value) {
            return unreadable("a member");
        }
        members[*name] = *value;
    }
    const auto received = base::parse_iso8601(members["received"]);
    const auto type = call::parse_event_type(members["type"]);
    if (!received || !type || members["id"].empty()) {
        return unreadable("its id, type or time");
    }
    ReceivedEvent event;
    event.event_id = members["id"];
    event.received_at = *received;
    event.source = members["source"];
    event.trace_id = members["trace"];
    event.recovered = !members["recovered"].empty();
    event.raw.type = *type;
    event.raw.content_type = members["content-type"];
    event.raw.token_header = members["token"];
    event.raw.event_time = members["event-time"];
    event.raw.pbx = members["pbx"];
    event.raw.seq = members["seq"];
    event.admitted = !members["admitted"].empty();
    event.raw.signature.id = members["webhook-id"];
    event.raw.signature.timestamp = members["webhook-timestamp"];
    event.raw.signature.signature = members["webhook-signature"];
    event.raw.body = members["body"];
    return event;
}

}  // namespace trunkline::ingest
