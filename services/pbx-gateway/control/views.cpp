#include "views.hpp"

#include <algorithm>
#include <optional>

#include "base/clock.hpp"

namespace trunkline::pbx_control {
namespace {

void write(json::Writer& writer, const ami::QueueMemberState& member) {
    std::optional<std::string> last_call;
    if (member.last_call > 0) {
        last_call = base::format_iso8601(base::WallTime(std::chrono::seconds(member.last_call)));
    }
    writer.begin_object()
        .member("interface", member.interface)
        .member("name", member.name)
        .member("state_interface", member.state_interface)
        .member("dynamic", member.is_dynamic)
        .member("penalty", member.penalty)
        .member("status", member.status())
        .member("in_call", member.in_call)
        .member("paused", member.paused)
        .member("paused_reason", member.paused_reason)
        .member("available", member.is_available())
        .member("calls_taken", member.calls_taken)
        .member("last_call", last_call)
        .end_object();
}

void write(json::Writer& writer, const ami::QueueCaller& caller) {
    writer.begin_object()
        .member("position", caller.position)
        .member("channel", caller.channel)
        .member("uniqueid", caller.uniqueid)
        .member("caller_id_num", caller.number)
        .member("caller_id_name", caller.name)
        .member("wait", caller.wait)
        .end_object();
}

void write_figures(json::Writer& writer, const ami::QueueState& queue) {
    writer.member("queue", queue.name)
        .member("strategy", queue.strategy)
        .member("calls_waiting", queue.calls)
        .member("longest_wait", queue.longest_wait())
        .member("total_agents", queue.members.size())
        .member("logged_in_agents", queue.logged_in())
        .member("available_agents", queue.available())
        .member("busy_agents", queue.busy())
        .member("paused_agents", queue.paused())
        .member("completed_calls", queue.completed)
        .member("abandoned_calls", queue.abandoned)
        .member("total_calls", queue.completed + queue.abandoned)
        .member("average_hold_time", queue.hold_time)
        .member("average_talk_time", queue.talk_time)
        .member("service_level", queue.service_level)
        .member("service_level_percent", queue.service_level_percent);
}

}  // namespace

void write(json::Writer& writer, const ami::Channel& channel) {
    writer.begin_object()
        .member("channel", channel.name)
        .member("state", channel.state)
        .member("caller_id_num", channel.caller_number)
        .member("caller_id_name", channel.caller_name)
        .member("connected_line_num", channel.connected_number)
        .member("connected_line_name", channel.connected_name)
        .member("account", channel.account)
        .member("context", channel.context)
        .member("exten", channel.exten)
        .member("application", channel.application)
        .member("uniqueid", channel.uniqueid)
        .member("linkedid", channel.linkedid)
        .member("bridge", channel.bridge)
        .member("duration", channel.duration)
        .end_object();
}

std::string channels_json(const std::vector<ami::Channel>& channels) {
    json::Writer writer;
    writer.begin_object().key("channels").begin_array();
    for (const auto& channel : channels) {
        write(writer, channel);
    }
    std::vector<std::string> calls;
    for (const auto& channel : channels) {
        if (std::ranges::find(calls, channel.linkedid) == calls.end()) {
            calls.push_back(channel.linkedid);
        }
    }
    return writer.end_array()
        .member("total", channels.size())
        .member("calls", calls.size())
        .end_object()
        .take();
}

void write(json::Writer& writer, const ami::QueueState& queue) {
    writer.begin_object();
    write_figures(writer, queue);
    writer.key("members").begin_array();
    for (const auto& member : queue.members) {
        write(writer, member);
    }
    writer.end_array().key("callers").begin_array();
    for (const auto& caller : queue.callers) {
        write(writer, caller);
    }
    writer.end_array().end_object();
}

std::string queues_json(const std::vector<ami::QueueState>& queues) {
    json::Writer writer;
    writer.begin_object().key("queues").begin_array();
    for (const auto& queue : queues) {
        write(writer, queue);
    }
    return writer.end_array().member("total", queues.size()).end_object().take();
}

void write_summary(json::Writer& writer, const ami::QueueState& queue) {
    writer.begin_object();
    write_figures(writer, queue);
    writer.end_object();
}

}  // namespace trunkline::pbx_control
