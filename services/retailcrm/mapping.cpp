#include "mapping.hpp"

#include <utility>

#include "base/text.hpp"
#include "base/timezone.hpp"
#include "call/number.hpp"
#include "json/writer.hpp"

namespace trunkline::retailcrm {
namespace {

void member_unless_empty(json::Writer& writer, std::string_view name, const std::string& value) {
    if (!value.empty()) {
        writer.member(name, value);
    }
}

std::string international(const std::string& phone) {
    const auto digits = call::match_key(phone);
    return digits.empty() ? std::string() : "+" + digits;
}

bool is_outbound(const call::Call& call) { return call.direction == call::Direction::out; }

/// Section 9: the extension of the last bridge; without any the only one that rang; else the first.
std::string who_talked(const call::Call& call) {
    if (!call.talkers.empty()) {
        return call.talkers.back();
    }
    return call.rang.empty() ? std::string() : call.rang.front();
}

/// How an unanswered call ended: the word for the event and the one for the upload, which differ
/// ("no answered" there, "no answer" here).
std::pair<std::string, std::string> unanswered(const call::Call& call) {
    if (!is_outbound(call)) {
        return {"no answered", "no answer"};
    }
    const auto cause = base::to_lower_ascii(call.hangup_cause);
    if (cause == "17" || cause == "busy") {
        return {"busy", "busy"};
    }
    if (cause == "cancel" || cause == "127" || cause == "487") {
        return {"cancel", "no answer"};
    }
    if (cause == "21" || cause == "34" || cause == "38" || cause == "failed" ||
        cause == "congestion") {
        return {"failed", "failed"};
    }
    return {"no answered", "no answer"};
}

std::vector<std::string> concerned(const call::Call& call) {
    if (!call.answered) {
        return call.rang;
    }
    const auto talker = who_talked(call);
    return talker.empty() ? std::vector<std::string>{} : std::vector<std::string>{talker};
}

/// Of a missed call only if it rang at one extension alone.
std::string code_of(const call::Call& call) {
    if (call.answered) {
        return who_talked(call);
    }
    return call.rang.size() == 1 ? call.rang.front() : std::string();
}

CallEvent event_of(const call::Call& call, std::string type, const Context& context) {
    CallEvent event;
    event.type = std::move(type);
    event.phone = international(call.phone);
    event.call_external_id = external_id(call);
    event.external_phone = international(context.external_phone);
    event.site = context.site;
    return event;
}

}  // namespace

std::string CallEvent::to_json() const {
    json::Writer writer;
    writer.begin_object().member("type", type).member("phone", phone).member("codes", codes);
    member_unless_empty(writer, "hangupStatus", hangup_status);
    member_unless_empty(writer, "callExternalId", call_external_id);
    member_unless_empty(writer, "externalPhone", external_phone);
    member_unless_empty(writer, "site", site);
    return writer.end_object().take();
}

std::string UploadedCall::to_json() const {
    json::Writer writer;
    writer.begin_object().member("date", date).member("type", type).member("phone", phone);
    member_unless_empty(writer, "code", code);
    writer.member("result", result)
        .member("duration", duration)
        .member("durationWaiting", duration_waiting)
        .member("externalId", external_id);
    member_unless_empty(writer, "recordUrl", record_url);
    member_unless_empty(writer, "externalPhone", external_phone);
    member_unless_empty(writer, "site", site);
    return writer.end_object().take();
}

std::optional<std::string> reason_to_ignore(const call::Call& call) {
    if (call.direction == call::Direction::internal) {
        return "internal call";
    }
    if (!call::is_external(call.phone)) {
        return "the outside number is hidden, and RetailCRM requires it";
    }
    return std::nullopt;
}

std::string external_id(const call::Call& call) {
    return call.pbx.empty() ? call.unique_id : call.pbx + "-" + call.unique_id;
}

CallEvent ringing_event(
    const call::Call& call, std::vector<std::string> codes, const Context& context
) {
    auto event = event_of(call, is_outbound(call) ? "out" : "in", context);
    event.codes = std::move(codes);
    return event;
}

CallEvent hangup_event(const call::Call& call, const Context& context) {
    auto event = event_of(call, "hangup", context);
    event.codes = concerned(call);
    event.hangup_status = call.answered ? "answered" : unanswered(call).first;
    return event;
}

UploadedCall uploaded_call(const call::Call& call, const Context& context) {
    UploadedCall uploaded;
    const auto zone =
        base::is_known_timezone(context.timezone) ? context.timezone : std::string("UTC");
    uploaded.date = base::format_local_time(call.started_at, zone).value_or("");
    uploaded.type = is_outbound(call) ? "out" : "in";
    uploaded.phone = international(call.phone);
    uploaded.result = call.answered ? "answered" : unanswered(call).second;
    uploaded.external_id = external_id(call);
    uploaded.code = code_of(call);
    uploaded.duration = call.answered ? call.talk_s : 0;
    uploaded.duration_waiting = call.wait_s;
    uploaded.record_url = call.record_url;
    uploaded.external_phone = international(context.external_phone);
    uploaded.site = context.site;
    return uploaded;
}

}  // namespace trunkline::retailcrm
