#include "open_calls.hpp"

#include <algorithm>
#include <utility>

#include "base/timezone.hpp"
#include "json/reader.hpp"

namespace trunkline::pbx_gateway {
namespace {

using call::EventType;

constexpr auto grace = std::chrono::seconds(60);
constexpr unsigned missing_enough = 2;

std::string text_of(json::View body, std::string_view key) {
    const auto member = body.find(key);
    return member ? std::string(member->scalar_text().value_or("")) : std::string();
}

std::vector<std::string> texts_of(json::View body, std::string_view key) {
    std::vector<std::string> out;
    if (const auto list = body.find(key)) {
        for (const auto item : list->elements()) {
            if (const auto text = item.scalar_text(); text && !text->empty()) {
                out.emplace_back(*text);
            }
        }
    }
    return out;
}

pbx::WebhookEvent recovered(EventType type, std::string body, base::WallTime at) {
    pbx::WebhookEvent event;
    event.type = type;
    event.body = std::move(body);
    event.at = at;
    event.recovered = true;
    return event;
}

}  // namespace

void OpenCalls::note(const pbx::WebhookEvent& event) {
    const auto document = json::parse(event.body);
    if (!document) {
        return;
    }
    const auto body = document->root();
    switch (event.type) {
        case EventType::start:
        case EventType::dial:
            begin(body, event);
            break;
        case EventType::bridge_create:
            bridges_.try_emplace(text_of(body, "BridgeUniqueid"));
            break;
        case EventType::bridge:
            enter(body);
            break;
        case EventType::bridge_leave:
            leave(body);
            break;
        case EventType::bridge_destroy:
            bridges_.erase(text_of(body, "BridgeUniqueid"));
            break;
        case EventType::hangup:
            calls_.erase(text_of(body, "UniqueId"));
            break;
        case EventType::new_callerid:
            break;
    }
}

/// Who called from outside ends the call by leaving; what we began goes on while others talk, as
/// after a transfer.
bool OpenCalls::is_up(const std::string& unique_id, const Call& call, const Alive& alive) {
    const bool is_inbound = call.type == "0";
    return alive.channels.contains(unique_id) || (!is_inbound && alive.calls.contains(unique_id));
}

void OpenCalls::begin(json::View body, const pbx::WebhookEvent& event) {
    const auto [entry, is_new] = calls_.try_emplace(text_of(body, "UniqueId"));
    auto& call = entry->second;
    if (is_new) {
        call.started = event.at;
        call.type = text_of(body, "CallType");
        call.trunk = text_of(body, "Trunk");
    }
    if (call.phone.empty()) {
        call.phone = text_of(body, "Phone");
    }
    for (auto& extension : texts_of(body, "Extensions")) {
        if (std::ranges::find(call.extensions, extension) == call.extensions.end()) {
            call.extensions.push_back(std::move(extension));
        }
    }
}

void OpenCalls::enter(json::View body) {
    const Member member{
        .channel = text_of(body, "Channel"),
        .number = text_of(body, "CallerIDNum"),
        .partner = text_of(body, "ConnectedLineNum")
    };
    const auto id = text_of(body, "UniqueId");
    bridges_[text_of(body, "BridgeUniqueid")].insert_or_assign(id, member);
    auto found = calls_.find(id);
    if (found == calls_.end()) {  // The other party's leg: the call is known by its number.
        found = std::ranges::find_if(calls_, [&](const auto& entry) {
            const auto& phone = entry.second.phone;
            return !phone.empty() && (phone == member.partner || phone == member.number);
        });
    }
    // Two of ours who talk need not have been told before.
    if (found == calls_.end()) {
        return;
    }
    auto& call = found->second;
    call.has_talked = true;
    if (call.talker.empty()) {
        call.talker = member.number == call.phone ? member.partner : member.number;
    }
}

void OpenCalls::leave(json::View body) {
    const auto bridge = bridges_.find(text_of(body, "BridgeUniqueid"));
    if (bridge != bridges_.end()) {
        bridge->second.erase(text_of(body, "UniqueId"));
    }
}

bool OpenCalls::was_told(const pbx::WebhookEvent& event) const {
    const auto document = json::parse(event.body);
    if (!document) {
        return false;
    }
    const auto body = document->root();
    const auto call = calls_.find(text_of(body, "UniqueId"));
    const auto bridge = bridges_.find(text_of(body, "BridgeUniqueid"));
    switch (event.type) {
        case EventType::start:
            return call != calls_.end();
        case EventType::dial:
            return call != calls_.end() &&
                   std::ranges::all_of(texts_of(body, "Extensions"), [&](const auto& extension) {
                       const auto& known = call->second.extensions;
                       return std::ranges::find(known, extension) != known.end();
                   });
        case EventType::bridge_create:
            return bridge != bridges_.end();
        case EventType::bridge:
            return bridge != bridges_.end() && bridge->second.contains(text_of(body, "UniqueId"));
        default:
            return false;
    }
}

std::vector<pbx::WebhookEvent> OpenCalls::take_over(
    std::vector<pbx::WebhookEvent> found,
    const Alive& alive,
    base::WallTime now,
    const Settings& settings
) {
    std::vector<pbx::WebhookEvent> out;
    std::set<std::string> gone;
    for (auto& [unique_id, call] : calls_) {
        call.was_taken_over = is_up(unique_id, call, alive);
        if (!call.was_taken_over) {
            gone.insert(unique_id);
        }
    }
    end(out, gone, alive, now, settings);
    for (auto& event : found) {
        if (!was_told(event)) {
            out.push_back(std::move(event));
        }
    }
    return out;
}

std::vector<pbx::WebhookEvent> OpenCalls::sweep(
    const Alive& alive, base::WallTime now, const Settings& settings
) {
    std::vector<pbx::WebhookEvent> out;
    std::set<std::string> gone;
    for (auto& [unique_id, call] : calls_) {
        const bool is_old = call.was_taken_over || now - call.started >= grace;
        call.missing = is_old && !is_up(unique_id, call, alive) ? call.missing + 1 : 0;
        if (call.missing >= missing_enough) {
            gone.insert(unique_id);
        }
    }
    if (!gone.empty()) {
        end(out, gone, alive, now, settings);
    }
    return out;
}

/// Whose channels are not up leave their conversations, which end when nobody is left; then the
/// calls end that are gone.
void OpenCalls::end(
    std::vector<pbx::WebhookEvent>& out,
    const std::set<std::string>& gone,
    const Alive& alive,
    base::WallTime now,
    const Settings& settings
) {
    for (const auto& [bridge, members] : bridges_) {
        auto stay = members.size();
        for (const auto& [unique_id, member] : members) {
            if (alive.channels.contains(unique_id)) {
                continue;
            }
            json::Writer body;
            body.begin_object()
                .member("Token", settings.token)
                .member("UniqueId", unique_id)
                .member("BridgeUniqueid", bridge)
                .member("Channel", member.channel)
                .member("CallerIDNum", member.number)
                .member("ConnectedLineNum", member.partner)
                .member("BridgeNumChannels", std::to_string(--stay))
                .end_object();
            out.push_back(recovered(EventType::bridge_leave, body.take(), now));
        }
        if (stay == 0) {
            json::Writer body;
            body.begin_object()
                .member("Token", settings.token)
                .member("UniqueId", "")
                .member("BridgeUniqueid", bridge)
                .member("BridgeType", "")
                .member("BridgeTechnology", "simple_bridge")
                .member("BridgeCreator", "<unknown>")
                .member("BridgeName", "<unknown>")
                .member("BridgeNumChannels", "0")
                .end_object();
            out.push_back(recovered(EventType::bridge_destroy, body.take(), now));
        }
    }
    for (const auto& [unique_id, call] : calls_) {
        if (gone.contains(unique_id)) {
            out.push_back(
                recovered(EventType::hangup, hangup_body(unique_id, call, now, "", settings), now)
            );
        }
    }
}

std::string OpenCalls::hangup_body(
    const std::string& unique_id,
    const Call& call,
    base::WallTime end,
    const std::string& cause,
    const Settings& settings
) const {
    const bool is_inbound = call.type == "0";
    std::string who = call.talker;
    if (who.empty() && !is_inbound && !call.extensions.empty()) {
        who = call.extensions.front();
    }
    const auto local = [&](base::WallTime at) {
        return base::format_local_time(at, settings.timezone).value_or("");
    };
    json::Writer body;
    body.begin_object()
        .member("Token", settings.token)
        .member("UniqueId", unique_id)
        .member("CallStatus", call.has_talked ? "2" : "0")
        .member("Phone", call.phone)
        .member("Trunk", call.trunk)
        .member("Extensions", std::vector{who})
        .member("StartTime", local(call.started))
        .member("DateReceived", local(call.started))
        .member("EndTime", local(end))
        .member(
            "CallType",
            call.type == "1" ? 1
            : is_inbound     ? 0
                             : 2
        )
        .member("Cause", cause)
        .end_object();
    return body.take();
}

void OpenCalls::mend(pbx::WebhookEvent& event, const Settings& settings) const {
    if (event.type != EventType::hangup) {
        return;
    }
    const auto document = json::parse(event.body);
    if (!document) {
        return;
    }
    const auto body = document->root();
    const auto unique_id = text_of(body, "UniqueId");
    const auto found = calls_.find(unique_id);
    if (found == calls_.end() || !found->second.was_taken_over) {
        return;
    }
    auto call = found->second;
    call.has_talked = call.has_talked || text_of(body, "CallStatus") == "2";
    if (const auto told = texts_of(body, "Extensions"); call.talker.empty() && !told.empty()) {
        call.talker = told.front();
    }
    event.body = hangup_body(unique_id, call, event.at, text_of(body, "Cause"), settings);
}

void OpenCalls::write(json::Writer& writer, bool with_bridges) const {
    writer.begin_object().key("calls").begin_object();
    for (const auto& [unique_id, call] : calls_) {
        writer.key(unique_id)
            .begin_object()
            .member("type", call.type)
            .member("phone", call.phone)
            .member("trunk", call.trunk)
            .member("extensions", call.extensions)
            .member("talker", call.talker)
            .member("talked", call.has_talked)
            .member("taken_over", call.was_taken_over)
            .member("started", base::format_iso8601(call.started))
            .end_object();
    }
    writer.end_object().key("bridges").begin_object();
    for (const auto& [bridge, members] : bridges_) {
        if (!with_bridges) {
            break;
        }
        writer.key(bridge).begin_object();
        for (const auto& [unique_id, member] : members) {
            writer.key(unique_id)
                .begin_object()
                .member("channel", member.channel)
                .member("number", member.number)
                .member("partner", member.partner)
                .end_object();
        }
        writer.end_object();
    }
    writer.end_object().end_object();
}

base::Result<OpenCalls> OpenCalls::read(json::View view) {
    OpenCalls out;
    const auto calls = view.find("calls");
    const auto bridges = view.find("bridges");
    if (!calls || !bridges) {
        return base::fail(base::Errc::malformed, "these are no open calls");
    }
    for (const auto& [unique_id, member] : calls->members()) {
        json::Reader reader(member);
        auto& call = out.calls_[std::string(unique_id)];
        call.type = reader.required_string("type");
        call.phone = reader.required_string("phone");
        call.trunk = reader.required_string("trunk");
        call.extensions = reader.string_list("extensions");
        call.talker = reader.required_string("talker");
        call.has_talked = reader.required_bool("talked");
        call.was_taken_over = reader.required_bool("taken_over");
        const auto started = base::parse_iso8601(reader.required_string("started"));
        if (const auto complete = reader.finish(); !complete || !started) {
            return base::fail(base::Errc::malformed, "an open call cannot be read");
        }
        call.started = *started;
    }
    for (const auto& [bridge, members] : bridges->members()) {
        auto& entered = out.bridges_[std::string(bridge)];
        for (const auto& [unique_id, member] : members.members()) {
            entered[std::string(unique_id)] = {
                .channel = text_of(member, "channel"),
                .number = text_of(member, "number"),
                .partner = text_of(member, "partner")
            };
        }
    }
    return out;
}

}  // namespace trunkline::pbx_gateway
