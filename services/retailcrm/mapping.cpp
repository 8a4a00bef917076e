#include "mapping.hpp"

#include <utility>

#include "connector/call_facts.hpp"
#include "json/writer.hpp"

namespace trunkline::retailcrm {
namespace {

void member_unless_empty(json::Writer& writer, std::string_view name, const std::string& value) {
    if (!value.empty()) {
        writer.member(name, value);
    }
}

/// How an unanswered call ended: the word for the event and the one for the upload, which differ
/// ("no answered" there, "no answer" here).
std::pair<std::string, std::string> unanswered(const call::Call& call) {
    using enum connector::Ending;
    switch (connector::ending_of(call)) {
        case busy:
            return {"busy", "busy"};
        case canceled:
            return {"cancel", "no answer"};
        case declined:
        case bad_number:
        case unreachable:
        case failed:
            return {"failed", "failed"};
        case answered:
        case no_answer:
            break;
    }
    return {"no answered", "no answer"};
}

std::vector<std::string> concerned(const call::Call& call) {
    if (!call.answered) {
        return call.rang;
    }
    const auto talker = connector::who_talked(call);
    return talker.empty() ? std::vector<std::string>{} : std::vector<std::string>{talker};
}

/// Of a missed call only if it rang at one extension alone.
std::string code_of(const call::Call& call) {
    if (call.answered) {
        return connector::who_talked(call);
    }
    return call.rang.size() == 1 ? call.rang.front() : std::string();
}

CallEvent event_of(const call::Call& call, std::string type, const Context& context) {
    CallEvent event;
    event.type = std::move(type);
    event.phone = connector::international(call.phone);
    event.call_external_id = connector::external_id(call);
    event.external_phone = connector::international(context.external_phone);
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

CallEvent ringing_event(
    const call::Call& call, std::vector<std::string> codes, const Context& context
) {
    auto event = event_of(call, connector::is_outbound(call) ? "out" : "in", context);
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
    uploaded.date = connector::local_time(call.started_at, context.timezone);
    uploaded.type = connector::is_outbound(call) ? "out" : "in";
    uploaded.phone = connector::international(call.phone);
    uploaded.result = call.answered ? "answered" : unanswered(call).second;
    uploaded.external_id = connector::external_id(call);
    uploaded.code = code_of(call);
    uploaded.duration = call.answered ? call.talk_s : 0;
    uploaded.duration_waiting = call.wait_s;
    uploaded.record_url = call.record_url;
    uploaded.external_phone = connector::international(context.external_phone);
    uploaded.site = context.site;
    return uploaded;
}

}  // namespace trunkline::retailcrm
