#include "ami/actions.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "action_builder.hpp"
#include "ascii.hpp"

namespace trunkline::ami {
namespace {

std::string yes_or_no(bool value) { return value ? "true" : "false"; }

std::string_view to_string(AudioDirection direction, bool of_recording) {
    switch (direction) {
        case AudioDirection::in:
            return of_recording ? "read" : "in";
        case AudioDirection::out:
            return of_recording ? "write" : "out";
        case AudioDirection::both:
            break;
    }
    return of_recording ? "both" : "all";
}

/// A name that no dialplan or phone reads as anything but a name.
std::string harmless(std::string_view name) {
    std::string clean(name);
    std::ranges::replace_if(
        clean,
        [](char c) {
            return std::string_view("\"<>\\${}[],;&|").find(c) != std::string_view::npos;
        },
        ' '
    );
    return clean;
}

void add_caller_id(ActionBuilder& builder, const CallerId& id) {
    const std::string name = harmless(id.name);
    // Checked as headers of their own; the exchange gets them as one.
    ActionBuilder probe("CallerID");
    const auto checked = probe.add_if("CallerID", name, Charset::text)
                             .add_if("CallerID", id.number, Charset::exten)
                             .build();
    if (!checked) {
        builder.refuse("CallerID", checked.error().fields.front().detail);
    } else {
        builder.set("CallerID", "\"" + name + "\" <" + id.number + ">");
    }
}

/// `NAME` or `FUNCTION(arguments)` of those that only read or set the call's own data.
bool is_harmless_variable(std::string_view variable) {
    static constexpr std::array functions{
        std::string_view("CDR"),
        std::string_view("CALLERID"),
        std::string_view("CHANNEL"),
        std::string_view("CONNECTEDLINE"),
        std::string_view("QUEUE_MEMBER"),
        std::string_view("QUEUE_WAITING_COUNT"),
    };
    const auto is_word = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '-';
    };
    constexpr std::size_t longest = 128;
    const auto open = variable.find('(');
    if (variable.size() > longest) {
        return false;
    }
    if (open == std::string_view::npos) {
        return !variable.empty() && std::ranges::all_of(variable, is_word);
    }
    const auto name = variable.substr(0, open);
    const auto arguments = variable.substr(open + 1);
    return std::ranges::find(functions, name) != functions.end() && arguments.ends_with(')') &&
           std::ranges::all_of(arguments.substr(0, arguments.size() - 1), [&](char c) {
               return is_word(c) || c == ',' || c == ':';
           });
}

void add_variable_name(ActionBuilder& builder, const std::string& variable) {
    if (is_harmless_variable(variable)) {
        builder.set("Variable", variable);
    } else {
        builder.refuse("Variable", "is not a variable that may be asked for");
    }
}

struct CliText {
    std::string_view text;
    bool takes_name = false;
    bool needs_name = false;
};

CliText text_of(Cli what) {
    switch (what) {
        case Cli::show_channels:
            return {"core show channels concise"};
        case Cli::show_uptime:
            return {"core show uptime seconds"};
        case Cli::show_version:
            return {"core show version"};
        case Cli::show_queue:
            return {"queue show", true};
        case Cli::show_endpoints:
            return {"pjsip show endpoints"};
        case Cli::show_endpoint:
            return {"pjsip show endpoint", true, true};
        case Cli::show_contacts:
            return {"pjsip show contacts"};
        case Cli::show_translation:
            return {"core show translation"};
        case Cli::show_modules:
            return {"module show like", true, true};
        case Cli::show_dialplan:
            return {"dialplan show", true, true};
        case Cli::show_realtime_pgsql:
            return {"realtime show pgsql status"};
        case Cli::reload_pjsip:
            return {"module reload res_pjsip.so"};
    }
    return {"core show version"};
}

Built plain(std::string name) { return ActionBuilder(std::move(name)).build(); }

}  // namespace

Built challenge() { return ActionBuilder("Challenge").set("AuthType", "MD5").build(); }

Built login(const std::string& username, const std::string& secret, const std::string& mask) {
    return ActionBuilder("Login")
        .add("Username", username, Charset::text)
        .add("Secret", secret, Charset::secret)
        .add("Events", mask, Charset::list)
        .build();
}

Built login_with_key(const std::string& username, const std::string& key, const std::string& mask) {
    return ActionBuilder("Login")
        .set("AuthType", "MD5")
        .add("Username", username, Charset::text)
        .add("Key", key, Charset::secret)
        .add("Events", mask, Charset::list)
        .build();
}

Built logoff() { return plain("Logoff"); }

Built ping() { return plain("Ping"); }

Built list_commands() { return plain("ListCommands"); }

Built events(const std::string& mask) {
    return ActionBuilder("Events").add("EventMask", mask, Charset::list).build();
}

Built originate(const Originate& request) {
    ActionBuilder builder("Originate");
    builder.add("Channel", request.channel, Charset::dial_string)
        .extension(request.target)
        .set("Timeout", std::to_string(request.timeout.count()))
        .set("Async", "true")
        .add_if("Account", request.account, Charset::word)
        .add_if("ChannelId", request.channel_id, Charset::word);
    if (request.caller_id) {
        add_caller_id(builder, *request.caller_id);
    }
    for (const auto& [name, value] : request.variables) {
        builder.variable(name, value);
    }
    return builder.build();
}

Built spy(const Spy& request) {
    ActionBuilder builder("Originate");
    builder.add("Channel", request.supervisor, Charset::dial_string)
        .set("Application", "ChanSpy")
        .set("Timeout", std::to_string(request.timeout.count()))
        .set("Async", "true")
        .add_if("ChannelId", request.channel_id, Charset::word);
    if (request.caller_id) {
        add_caller_id(builder, *request.caller_id);
    }
    ActionBuilder probe("ChanSpy");
    const auto target = probe.add("Data", request.target, Charset::channel).build();
    if (!target) {
        return builder.refuse("Data", target.error().fields.front().detail).build();
    }
    // q: no beep; E: ends with the call; w: whisper to the channel; B: speak to both.
    std::string options = "qE";
    options += request.mode == SpyMode::whisper ? "w" : "";
    options += request.mode == SpyMode::barge ? "B" : "";
    return builder.set("Data", request.target + "," + options).build();
}

Built hangup(const std::string& channel, unsigned cause) {
    ActionBuilder builder("Hangup");
    builder.add("Channel", channel, Charset::channel);
    if (cause > 127) {
        builder.refuse("Cause", "is over 127");
    } else if (cause > 0) {
        builder.set("Cause", std::to_string(cause));
    }
    return builder.build();
}

Built redirect(const std::string& channel, const Extension& target) {
    return ActionBuilder("Redirect")
        .add("Channel", channel, Charset::channel)
        .extension(target)
        .build();
}

Built redirect_both(
    const std::string& channel,
    const Extension& target,
    const std::string& extra_channel,
    const Extension& extra_target
) {
    return ActionBuilder("Redirect")
        .add("Channel", channel, Charset::channel)
        .extension(target)
        .add("ExtraChannel", extra_channel, Charset::channel)
        .extension(extra_target, "Extra")
        .build();
}

Built attended_transfer(
    const std::string& channel, const std::string& context, const std::string& exten
) {
    return ActionBuilder("Atxfer")
        .add("Channel", channel, Charset::channel)
        .add("Exten", exten, Charset::exten)
        .add("Context", context, Charset::word)
        .build();
}

Built cancel_attended_transfer(const std::string& channel) {
    return ActionBuilder("CancelAtxfer").add("Channel", channel, Charset::channel).build();
}

Built blind_transfer(
    const std::string& channel, const std::string& context, const std::string& exten
) {
    return ActionBuilder("BlindTransfer")
        .add("Channel", channel, Charset::channel)
        .add("Exten", exten, Charset::exten)
        .add("Context", context, Charset::word)
        .build();
}

Built park(const Park& request) {
    ActionBuilder builder("Park");
    builder.add("Channel", request.channel, Charset::channel)
        .add_if("TimeoutChannel", request.comeback_channel, Charset::dial_string)
        .add_if("AnnounceChannel", request.announce_channel, Charset::channel)
        .add_if("Parkinglot", request.lot, Charset::word);
    if (request.timeout) {
        builder.set("Timeout", std::to_string(request.timeout->count()));
    }
    return builder.build();
}

Built bridge(const std::string& channel_1, const std::string& channel_2, bool tone) {
    return ActionBuilder("Bridge")
        .add("Channel1", channel_1, Charset::channel)
        .add("Channel2", channel_2, Charset::channel)
        .set("Tone", tone ? "Both" : "no")
        .build();
}

Built play_dtmf(
    const std::string& channel, char digit, std::optional<std::chrono::milliseconds> duration
) {
    ActionBuilder builder("PlayDTMF");
    builder.add("Channel", channel, Charset::channel);
    if (std::string_view("0123456789*#ABCDabcd").find(digit) == std::string_view::npos) {
        builder.refuse("Digit", "is no DTMF digit");
    } else {
        builder.set("Digit", std::string(1, digit));
    }
    if (duration) {
        builder.set("Duration", std::to_string(duration->count()));
    }
    return builder.build();
}

Built mute_audio(const std::string& channel, AudioDirection direction, bool muted) {
    return ActionBuilder("MuteAudio")
        .add("Channel", channel, Charset::channel)
        .set("Direction", std::string(to_string(direction, false)))
        .set("State", muted ? "on" : "off")
        .build();
}

Built mix_monitor(const MixMonitor& request) {
    ActionBuilder builder("MixMonitor");
    builder.add("Channel", request.channel, Charset::channel)
        .add("File", request.file, Charset::file);
    if (request.only_bridged) {
        builder.set("Options", "b");
    }
    return builder.build();
}

Built stop_mix_monitor(const std::string& channel, const std::string& mix_monitor_id) {
    return ActionBuilder("StopMixMonitor")
        .add("Channel", channel, Charset::channel)
        .add_if("MixMonitorID", mix_monitor_id, Charset::word)
        .build();
}

Built mix_monitor_mute(const std::string& channel, AudioDirection direction, bool muted) {
    return ActionBuilder("MixMonitorMute")
        .add("Channel", channel, Charset::channel)
        .set("Direction", std::string(to_string(direction, true)))
        .set("State", muted ? "1" : "0")
        .build();
}

Built status(const std::string& channel, const std::vector<std::string>& variables) {
    ActionBuilder builder("Status");
    builder.add_if("Channel", channel, Charset::channel);
    std::string list;
    for (const std::string& variable : variables) {
        // A comma inside of a function's arguments would look like the next variable.
        if (!is_harmless_variable(variable) || variable.find(',') != std::string::npos) {
            return builder.refuse("Variables", "has one that may not be asked for").build();
        }
        list += (list.empty() ? "" : ",") + variable;
    }
    if (!list.empty()) {
        builder.set("Variables", list);
    }
    return builder.build();
}

Built core_show_channels() { return plain("CoreShowChannels"); }

Built core_status() { return plain("CoreStatus"); }

Built core_settings() { return plain("CoreSettings"); }

Built bridge_list() { return plain("BridgeList"); }

Built bridge_info(const std::string& bridge) {
    return ActionBuilder("BridgeInfo").add("BridgeUniqueid", bridge, Charset::word).build();
}

Built parked_calls(const std::string& lot) {
    return ActionBuilder("ParkedCalls").add_if("ParkingLot", lot, Charset::word).build();
}

Built parking_lots() { return plain("Parkinglots"); }

Built confbridge_list_rooms() { return plain("ConfbridgeListRooms"); }

Built confbridge_list(const std::string& conference) {
    return ActionBuilder("ConfbridgeList").add("Conference", conference, Charset::word).build();
}

Built confbridge_kick(const std::string& conference, const std::string& channel) {
    return ActionBuilder("ConfbridgeKick")
        .add("Conference", conference, Charset::word)
        .add("Channel", channel, Charset::channel)
        .build();
}

Built confbridge_mute(const std::string& conference, const std::string& channel, bool muted) {
    return ActionBuilder(muted ? "ConfbridgeMute" : "ConfbridgeUnmute")
        .add("Conference", conference, Charset::word)
        .add("Channel", channel, Charset::channel)
        .build();
}

Built device_state_list() { return plain("DeviceStateList"); }

Built extension_state(const std::string& exten, const std::string& context) {
    return ActionBuilder("ExtensionState")
        .add("Exten", exten, Charset::exten)
        .add("Context", context, Charset::word)
        .build();
}

Built show_dialplan(const std::string& context, const std::string& exten) {
    return ActionBuilder("ShowDialPlan")
        .add("Context", context, Charset::word)
        .add_if("Extension", exten, Charset::exten)
        .build();
}

Built queue_status(const std::string& queue, const std::string& member) {
    return ActionBuilder("QueueStatus")
        .add_if("Queue", queue, Charset::word)
        .add_if("Member", member, Charset::dial_string)
        .build();
}

Built queue_summary(const std::string& queue) {
    return ActionBuilder("QueueSummary").add_if("Queue", queue, Charset::word).build();
}

Built queue_add(const QueueMember& member) {
    return ActionBuilder("QueueAdd")
        .add("Queue", member.queue, Charset::word)
        .add("Interface", member.interface, Charset::dial_string)
        .set("Penalty", std::to_string(member.penalty))
        .set("Paused", yes_or_no(member.paused))
        .add_if("MemberName", harmless(member.name), Charset::text)
        .add_if("StateInterface", member.state_interface, Charset::dial_string)
        .build();
}

Built queue_remove(const std::string& queue, const std::string& interface) {
    return ActionBuilder("QueueRemove")
        .add("Queue", queue, Charset::word)
        .add("Interface", interface, Charset::dial_string)
        .build();
}

Built queue_pause(
    const std::string& queue, const std::string& interface, bool paused, const std::string& reason
) {
    return ActionBuilder("QueuePause")
        .add_if("Queue", queue, Charset::word)
        .add("Interface", interface, Charset::dial_string)
        .set("Paused", yes_or_no(paused))
        .add_if("Reason", reason, Charset::text)
        .build();
}

Built queue_penalty(const std::string& queue, const std::string& interface, unsigned penalty) {
    return ActionBuilder("QueuePenalty")
        .add_if("Queue", queue, Charset::word)
        .add("Interface", interface, Charset::dial_string)
        .set("Penalty", std::to_string(penalty))
        .build();
}

Built queue_ring_in_use(const std::string& queue, const std::string& interface, bool ring) {
    return ActionBuilder("QueueMemberRingInUse")
        .add_if("Queue", queue, Charset::word)
        .add("Interface", interface, Charset::dial_string)
        .set("RingInUse", ring ? "yes" : "no")
        .build();
}

Built queue_reload(const std::string& queue) {
    return ActionBuilder("QueueReload")
        .add_if("Queue", queue, Charset::word)
        .set("Members", "yes")
        .set("Rules", "yes")
        .set("Parameters", "yes")
        .build();
}

Built queue_reset(const std::string& queue) {
    return ActionBuilder("QueueReset").add_if("Queue", queue, Charset::word).build();
}

Built pjsip_show_endpoints() { return plain("PJSIPShowEndpoints"); }

Built pjsip_show_endpoint(const std::string& endpoint) {
    return ActionBuilder("PJSIPShowEndpoint").add("Endpoint", endpoint, Charset::word).build();
}

Built pjsip_show_contacts() { return plain("PJSIPShowContacts"); }

Built pjsip_show_registrations_inbound() {
    return plain("PJSIPShowRegistrationInboundContactStatuses");
}

Built sip_peers() { return plain("SIPpeers"); }

Built getvar(const std::string& channel, const std::string& variable) {
    ActionBuilder builder("Getvar");
    builder.add_if("Channel", channel, Charset::channel);
    add_variable_name(builder, variable);
    return builder.build();
}

Built setvar(const std::string& channel, const std::string& variable, const std::string& value) {
    ActionBuilder builder("Setvar");
    builder.add_if("Channel", channel, Charset::channel);
    add_variable_name(builder, variable);
    return builder.add_if("Value", value, Charset::text).build();
}

Built command(Cli what, const std::string& name) {
    ActionBuilder builder("Command");
    const CliText cli = text_of(what);
    if (name.empty() && cli.needs_name) {
        return builder.refuse("Command", "needs a name").build();
    }
    if (name.empty()) {
        return builder.set("Command", std::string(cli.text)).build();
    }
    ActionBuilder probe("Command");
    const auto checked = probe.add("Command", name, Charset::word).build();
    if (!checked || !cli.takes_name) {
        return builder.refuse("Command", "takes no such name").build();
    }
    return builder.set("Command", std::string(cli.text) + " " + name).build();
}

Built module_check(const std::string& module) {
    return ActionBuilder("ModuleCheck").add("Module", module, Charset::word).build();
}

Built user_event(
    const std::string& event, const std::vector<std::pair<std::string, std::string>>& headers
) {
    ActionBuilder builder("UserEvent");
    builder.add("UserEvent", event, Charset::word);
    for (const auto& [name, value] : headers) {
        ActionBuilder probe("UserEvent");
        const bool is_ours = equals_ascii(name, "Action") || equals_ascii(name, "ActionID") ||
                             equals_ascii(name, "UserEvent");
        if (is_ours || !probe.add("Header", name, Charset::name).build()) {
            builder.refuse("Header", "must have a name of letters, digits and _, and not ours");
        } else {
            builder.add_if(name, value, Charset::text);
        }
    }
    return builder.build();
}

}  // namespace trunkline::ami
