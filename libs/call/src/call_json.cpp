#include "call_json.hpp"

#include <array>
#include <limits>

#include "json_fields.hpp"

namespace trunkline::call {
namespace {

constexpr std::array directions = {Direction::in, Direction::out, Direction::internal};
constexpr std::array phases = {
    Phase::none, Phase::ringing_start, Phase::dialing, Phase::talking, Phase::done
};

void put_time(
    json::Writer& writer, std::string_view key, const std::optional<base::WallTime>& time
) {
    writer.key(key);
    if (time) {
        writer.value(base::format_iso8601(*time));
    } else {
        writer.value(nullptr);
    }
}

std::optional<base::WallTime> read_time(json::Reader& reader, std::string_view key) {
    const auto text = reader.optional_string(key);
    if (!text) {
        return std::nullopt;
    }
    const auto time = base::parse_iso8601(*text);
    if (!time) {
        reader.fail(key, "must be an ISO 8601 time with a zone");
        return std::nullopt;
    }
    return *time;
}

template <class Enum, std::size_t Count>
Enum read_name(json::Reader& reader, std::string_view key, const std::array<Enum, Count>& values) {
    const auto name = reader.optional_string(key);
    if (!name) {
        return values.front();
    }
    for (const Enum value : values) {
        if (to_string(value) == *name) {
            return value;
        }
    }
    reader.fail(key, "has an unknown value");
    return values.front();
}

std::int64_t read_count(json::Reader& reader, std::string_view key) {
    const std::int64_t count = reader.optional_integer(key).value_or(0);
    if (count < 0) {
        reader.fail(key, "must not be negative");
        return 0;
    }
    return count;
}

unsigned read_small_count(json::Reader& reader, std::string_view key) {
    const std::int64_t count = read_count(reader, key);
    if (count > std::numeric_limits<int>::max()) {
        reader.fail(key, "is too large");
        return 0;
    }
    return static_cast<unsigned>(count);
}

void write_common(json::Writer& writer, const Call& call) {
    writer.member("uuid", call.uuid);
    writer.member("direction", to_string(call.direction));
    writer.member("phone", call.phone);
    writer.member("line", call.line);
    writer.member("rang", call.rang);
    writer.member("talkers", call.talkers);
    put_time(writer, "started_at", call.started_at);
    put_time(writer, "answered_at", call.answered_at);
    put_time(writer, "ended_at", call.ended_at);
    writer.member("talk_s", call.talk_s);
    writer.member("wait_s", call.wait_s);
    writer.member("answered", call.answered);
    writer.key("record_url");
    if (call.record_url.empty()) {
        writer.value(nullptr);
    } else {
        writer.value(call.record_url);
    }
    writer.member("corrected", call.corrected);
}

void write_rest(json::Writer& writer, const Call& call) {
    writer.member("unique_id", call.unique_id);
    writer.member("unique_ids", call.unique_ids);
    writer.member("pbx", call.pbx);
    writer.member("phase", to_string(call.phase));
    writer.member("talker", call.talker);
    writer.member("caller", call.caller);
    writer.member("callee", call.callee);
    writer.member("hangup_cause", call.hangup_cause);
    writer.member("recovered", call.recovered);
    writer.member("end_assumed", call.end_assumed);
    writer.member("reopened", call.reopened);
    writer.member("revision", call.revision);
}

void read_common(json::Reader& reader, Call& call) {
    call.uuid = reader.required_string("uuid");
    call.direction = read_name(reader, "direction", directions);
    call.phone = text(reader, "phone");
    call.line = text(reader, "line");
    call.rang = reader.string_list("rang");
    call.talkers = reader.string_list("talkers");
    call.started_at = read_time(reader, "started_at").value_or(base::WallTime());
    call.answered_at = read_time(reader, "answered_at");
    call.ended_at = read_time(reader, "ended_at");
    call.talk_s = read_count(reader, "talk_s");
    call.wait_s = read_count(reader, "wait_s");
    call.answered = truth(reader, "answered");
    call.record_url = text(reader, "record_url");
    call.corrected = truth(reader, "corrected");
}

void read_rest(json::Reader& reader, Call& call) {
    call.unique_id = text(reader, "unique_id");
    call.unique_ids = reader.string_list("unique_ids");
    call.pbx = text(reader, "pbx");
    call.phase = read_name(reader, "phase", phases);
    call.talker = text(reader, "talker");
    call.caller = text(reader, "caller");
    call.callee = text(reader, "callee");
    call.hangup_cause = text(reader, "hangup_cause");
    call.recovered = truth(reader, "recovered");
    call.end_assumed = truth(reader, "end_assumed");
    call.reopened = read_small_count(reader, "reopened");
    call.revision = static_cast<std::uint64_t>(read_count(reader, "revision"));
}

}  // namespace

void write_call(json::Writer& writer, const Call& call) {
    writer.begin_object();
    write_common(writer, call);
    write_rest(writer, call);
    writer.end_object();
}

Call read_call(json::Reader& reader) {
    Call call;
    read_common(reader, call);
    read_rest(reader, call);
    return call;
}

std::string to_json(const Call& call) {
    json::Writer writer;
    write_call(writer, call);
    return writer.take();
}

base::Result<Call> call_from_json(json::View value) {
    json::Reader reader(value);
    Call call = read_call(reader);
    if (auto finished = reader.finish(); !finished) {
        return std::unexpected(std::move(finished.error()));
    }
    return call;
}

}  // namespace trunkline::call
