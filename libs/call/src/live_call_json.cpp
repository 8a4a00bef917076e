#include <algorithm>
#include <limits>

#include "call/live_call.hpp"
#include "call_json.hpp"
#include "fact.hpp"
#include "json_fields.hpp"

namespace trunkline::call {
namespace {

/// A row holds at most 600 events; anything longer was not written by us.
constexpr json::Limits row_limits{.max_bytes = std::size_t{8} * 1024 * 1024, .max_depth = 8};

void write_fact(json::Writer& writer, const Fact& fact) {
    writer.begin_object();
    writer.member("t", to_string(fact.type));
    writer.member("at", to_micros(fact.at));
    if (fact.received != fact.at) {
        writer.member("rx", to_micros(fact.received));
    }
    put(writer, "ts", fact.has_event_time);
    put(writer, "rec", fact.recovered);
    put(writer, "loc", fact.local);
    put(writer, "u", fact.unique_id);
    put(writer, "b", fact.bridge_id);
    put(writer, "own", fact.own);
    put(writer, "oth", fact.other);
    put(writer, "ext", fact.exten);
    put(writer, "trk", fact.trunk);
    if (!fact.extensions.empty()) {
        writer.member("exs", fact.extensions);
    }
    if (fact.call_type) {
        writer.member("ct", static_cast<int>(*fact.call_type));
    }
    if (fact.call_status) {
        writer.member("cs", static_cast<int>(*fact.call_status));
    }
    put(writer, "why", fact.cause);
    put(writer, "hs", fact.host_start);
    put(writer, "he", fact.host_end);
    if (fact.written) {
        writer.key("raw").begin_object();
        put(writer, "own", fact.written->own);
        put(writer, "oth", fact.written->other);
        put(writer, "ext", fact.written->exten);
        writer.member("exs", fact.written->extensions);
        writer.end_object();
    }
    writer.end_object();
}

std::optional<WrittenNumbers> read_written(json::Reader& reader) {
    if (!reader.view("raw")) {
        return std::nullopt;
    }
    auto raw = reader.required_object("raw");
    if (!raw) {
        return std::nullopt;
    }
    WrittenNumbers written;
    written.own = text(*raw, "own");
    written.other = text(*raw, "oth");
    written.exten = text(*raw, "ext");
    written.extensions = raw->string_list("exs");
    return written;
}

void read_codes(json::Reader& reader, Fact& fact) {
    if (const auto code = reader.optional_integer("ct")) {
        if (*code < 0 || *code > 2) {
            reader.fail("ct", "has an unknown value");
        } else {
            fact.call_type = static_cast<CallType>(*code);
        }
    }
    if (const auto code = reader.optional_integer("cs")) {
        if (*code != 5 && (*code < 0 || *code > 2)) {
            reader.fail("cs", "has an unknown value");
        } else {
            fact.call_status = static_cast<CallStatus>(*code);
        }
    }
}

Fact read_fact(json::Reader& reader) {
    Fact fact;
    const auto type = parse_event_type(reader.required_string("t"));
    if (!type) {
        reader.fail("t", "has an unknown value");
    }
    fact.type = type.value_or(EventType::start);
    fact.at = from_micros(reader.required_integer("at"));
    fact.received = micros(reader, "rx").value_or(fact.at);
    fact.has_event_time = truth(reader, "ts");
    fact.recovered = truth(reader, "rec");
    fact.local = truth(reader, "loc");
    fact.unique_id = text(reader, "u");
    fact.bridge_id = text(reader, "b");
    fact.own = text(reader, "own");
    fact.other = text(reader, "oth");
    fact.exten = text(reader, "ext");
    fact.trunk = text(reader, "trk");
    fact.extensions = reader.string_list("exs");
    read_codes(reader, fact);
    fact.cause = text(reader, "why");
    fact.host_start = micros(reader, "hs");
    fact.host_end = micros(reader, "he");
    fact.written = read_written(reader);
    return fact;
}

LiveCall read_live(json::Reader& reader) {
    LiveCall live;
    if (auto call = reader.required_object("call")) {
        live.call = read_call(*call);
    }
    live.checked_at = from_micros(reader.required_integer("checked"));
    live.last_event_at = from_micros(reader.required_integer("last"));
    live.opened_at = from_micros(reader.required_integer("opened"));
    live.told_end = micros(reader, "told_end");
    const std::int64_t ends = reader.optional_integer("ends").value_or(0);
    live.ends =
        static_cast<unsigned>(std::clamp<std::int64_t>(ends, 0, std::numeric_limits<int>::max()));
    live.overflown = truth(reader, "overflown");
    reader.for_each("facts", [&](json::Reader& item) { insert_fact(live.facts, read_fact(item)); });
    if (live.facts.empty()) {
        reader.fail("facts", "must not be empty");
    }
    return live;
}

}  // namespace

std::string to_json(const LiveCall& live) {
    json::Writer writer;
    writer.begin_object();
    writer.member("v", 1);
    writer.key("call");
    write_call(writer, live.call);
    writer.member("checked", to_micros(live.checked_at));
    writer.member("last", to_micros(live.last_event_at));
    writer.member("opened", to_micros(live.opened_at));
    put(writer, "told_end", live.told_end);
    writer.member("ends", live.ends);
    put(writer, "overflown", live.overflown);
    writer.key("facts").begin_array();
    for (const Fact& fact : live.facts) {
        write_fact(writer, fact);
    }
    writer.end_array();
    writer.end_object();
    return writer.take();
}

base::Result<LiveCall> live_call_from_json(std::string_view text) {
    const auto document = json::parse(text, row_limits);
    if (!document) {
        return std::unexpected(document.error());
    }
    json::Reader reader(document->root());
    if (reader.required_integer("v") != 1) {
        reader.fail("v", "is a version that this program does not know");
    }
    LiveCall live = read_live(reader);
    if (auto finished = reader.finish(); !finished) {
        return std::unexpected(std::move(finished.error()));
    }
    return live;
}

}  // namespace trunkline::call
