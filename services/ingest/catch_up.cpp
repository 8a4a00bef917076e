#include "catch_up.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "json/document.hpp"
#include "json/reader.hpp"

namespace trunkline::ingest {
namespace {

base::Result<RawEvent> event_in(std::string_view line, const std::string& token_header) {
    if (line.size() > most_line_bytes) {
        return base::fail(base::Errc::too_large, "the line is longer than 64 KiB");
    }
    // Old exchanges send names in cp1251; U+FFFD takes three bytes for one.
    const auto text = base::replace_invalid_utf8(std::string(line));
    const auto document = json::parse(text, {.max_bytes = 3 * most_line_bytes, .max_depth = 17});
    if (!document) {
        return std::unexpected(document.error());
    }
    if (document->root().kind() != json::Kind::object) {
        return base::fail(base::Errc::malformed, "the line must be one JSON object");
    }
    json::Reader reader(document->root());
    const auto type = call::parse_event_type(reader.required_string("event"));
    const auto body = reader.view("body");
    RawEvent event;
    event.event_time = reader.optional_text("at").value_or("");
    event.pbx = reader.optional_text("pbx").value_or("");
    event.seq = reader.optional_text("seq").value_or("");
    event.token_header = token_header;
    if (!body || body->kind() != json::Kind::object) {
        reader.fail("body", "must be the event's JSON object");
    }
    if (!type) {
        reader.fail(
            "event",
            "must be one of start, dial, bridge, bridge_create, bridge_leave, bridge_destroy, "
            "new_callerid, hangup"
        );
    }
    if (type && body) {
        event.type = *type;
        event.body = body->dump();
    }
    if (const auto complete = reader.finish(); !complete) {
        return std::unexpected(complete.error());
    }
    return event;
}

}  // namespace

base::Result<std::vector<CatchUpLine>> catch_up_lines(
    std::string_view body, const std::string& token_header
) {
    const auto count = static_cast<std::size_t>(std::ranges::count(body, '\n')) + 1;
    if (count > most_catch_up_lines + 1) {
        return base::fail(
            base::Errc::too_large,
            std::to_string(count - 1) + " lines; at most 10000 are taken at once"
        );
    }
    std::vector<CatchUpLine> lines;
    for (std::size_t number = 1; !body.empty(); ++number) {
        const auto end = std::min(body.find('\n'), body.size());
        const auto line = base::trim(body.substr(0, end));
        body.remove_prefix(std::min(end + 1, body.size()));
        if (!line.empty()) {
            lines.push_back({.number = number, .event = event_in(line, token_header)});
        }
    }
    if (lines.size() > most_catch_up_lines) {
        return base::fail(base::Errc::too_large, "more than 10000 lines");
    }
    return lines;
}

}  // namespace trunkline::ingest
