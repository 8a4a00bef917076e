#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ami/action.hpp"
#include "base/error.hpp"

namespace trunkline::ami {

// Every builder checks its values: CR, LF, NUL and other control characters never pass, and what
// the exchange gives a meaning of its own (a comma in a variable, an application's arguments, a
// pattern instead of a channel) is refused where it would have one. invalid_input, with the
// header's name as the path of each field error. An empty optional value leaves its header out.

using Built = base::Result<Action>;

// ---- the session
Built challenge();  ///< MD5.
Built login(const std::string& username, const std::string& secret, const std::string& events);
/// `key` is the MD5 of challenge and secret, in hexadecimal.
Built login_with_key(
    const std::string& username, const std::string& key, const std::string& events
);
Built logoff();
Built ping();
/// The actions that our user may send: a header for each.
Built list_commands();
/// `on`, `off` or classes by commas: `call,agent`.
Built events(const std::string& mask);

// ---- calls
struct Extension {
    std::string context;
    std::string exten;
    unsigned priority = 1;
};

/// The name is what people see; quotes, angle brackets and what a dialplan would expand become
/// blanks, so that a CRM's name is always only a name.
struct CallerId {
    std::string name;
    std::string number;
};

struct Originate {
    std::string channel;  ///< Whom to ring first: `PJSIP/1001`, `Local/1001@internal/n`.
    Extension target;     ///< Where the call goes once that one has answered.
    std::optional<CallerId> caller_id;
    std::chrono::milliseconds timeout{30'000};
    std::vector<std::pair<std::string, std::string>> variables;
    std::string account;
    std::string channel_id;  ///< The Uniqueid to give the channel; "" lets the exchange choose.
};
/// Always asynchronous: an OriginateResponse event tells the outcome.
Built originate(const Originate& request);

enum class SpyMode { listen, whisper, barge };
/// Rings `supervisor` and lets it listen to the call of `target`.
struct Spy {
    std::string supervisor;
    std::string target;  ///< A channel, in full.
    SpyMode mode = SpyMode::listen;
    std::chrono::milliseconds timeout{30'000};
    std::optional<CallerId> caller_id = {};  ///< What the supervisor's phone shows.
    std::string channel_id = {
    };  ///< The Uniqueid to give the supervisor's channel; "" the exchange's.
};
Built spy(const Spy& request);

/// `cause` is a Q.850 code; 0 leaves it to the exchange.
Built hangup(const std::string& channel, unsigned cause = 0);
Built redirect(const std::string& channel, const Extension& target);
/// Both parties of a bridge at once.
Built redirect_both(
    const std::string& channel,
    const Extension& target,
    const std::string& extra_channel,
    const Extension& extra_target
);
Built attended_transfer(
    const std::string& channel, const std::string& context, const std::string& exten
);
Built cancel_attended_transfer(const std::string& channel);
Built blind_transfer(
    const std::string& channel, const std::string& context, const std::string& exten
);

struct Park {
    std::string channel;
    std::string comeback_channel;  ///< Who is rung when nobody takes it; "" as configured.
    std::string announce_channel;  ///< Who hears the space's number.
    std::optional<std::chrono::milliseconds> timeout;
    std::string lot;
};
Built park(const Park& request);
Built bridge(const std::string& channel_1, const std::string& channel_2, bool tone = false);
/// One of 0-9, *, #, A-D.
Built play_dtmf(
    const std::string& channel,
    char digit,
    std::optional<std::chrono::milliseconds> duration = std::nullopt
);

enum class AudioDirection { in, out, both };
Built mute_audio(const std::string& channel, AudioDirection direction, bool muted);

// ---- recording
struct MixMonitor {
    std::string channel;
    std::string file;  ///< Letters, digits, `._-/`; no `..`. The extension is the format.
    bool only_bridged = false;
};
Built mix_monitor(const MixMonitor& request);
/// An empty id stops all recordings of the channel.
Built stop_mix_monitor(const std::string& channel, const std::string& mix_monitor_id = "");
Built mix_monitor_mute(const std::string& channel, AudioDirection direction, bool muted);

// ---- what goes on
/// All channels, or one.
Built status(const std::string& channel = "", const std::vector<std::string>& variables = {});
Built core_show_channels();
Built core_status();
Built core_settings();
Built bridge_list();
Built bridge_info(const std::string& bridge);
Built parked_calls(const std::string& lot = "");
Built parking_lots();
Built confbridge_list_rooms();
Built confbridge_list(const std::string& conference);
Built confbridge_kick(const std::string& conference, const std::string& channel);
Built confbridge_mute(const std::string& conference, const std::string& channel, bool muted);
Built device_state_list();
Built extension_state(const std::string& exten, const std::string& context);
/// Whether the dialplan has it: an error if it has not.
Built show_dialplan(const std::string& context, const std::string& exten = "");

// ---- queues
Built queue_status(const std::string& queue = "", const std::string& member = "");
Built queue_summary(const std::string& queue = "");
struct QueueMember {
    std::string queue;
    std::string interface;  ///< `PJSIP/1003`, `Local/1003@agents/n`.
    std::string name;
    std::string state_interface;
    unsigned penalty = 0;
    bool paused = false;
};
Built queue_add(const QueueMember& member);
Built queue_remove(const std::string& queue, const std::string& interface);
/// An empty queue: in all of them.
Built queue_pause(
    const std::string& queue,
    const std::string& interface,
    bool paused,
    const std::string& reason = ""
);
Built queue_penalty(const std::string& queue, const std::string& interface, unsigned penalty);
Built queue_ring_in_use(const std::string& queue, const std::string& interface, bool ring);
/// An empty queue: all of them.
Built queue_reload(const std::string& queue = "");
Built queue_reset(const std::string& queue = "");

// ---- endpoints
Built pjsip_show_endpoints();
Built pjsip_show_endpoint(const std::string& endpoint);
Built pjsip_show_contacts();
Built pjsip_show_registrations_inbound();
Built sip_peers();  ///< chan_sip, gone since Asterisk 21.

// ---- variables
/// Plain names and the functions CDR, CALLERID, CHANNEL, CONNECTEDLINE and QUEUE_*: others run
/// programs or read files. An empty channel: the global variable.
Built getvar(const std::string& channel, const std::string& variable);
Built setvar(const std::string& channel, const std::string& variable, const std::string& value);

// ---- the exchange
/// What may be asked of its command line; nothing else can be.
enum class Cli {
    show_channels,        ///< core show channels concise
    show_uptime,          ///< core show uptime seconds
    show_version,         ///< core show version
    show_queue,           ///< queue show [name]
    show_endpoints,       ///< pjsip show endpoints
    show_endpoint,        ///< pjsip show endpoint NAME
    show_contacts,        ///< pjsip show contacts
    show_translation,     ///< core show translation
    show_modules,         ///< module show like NAME
    show_dialplan,        ///< dialplan show CONTEXT
    show_realtime_pgsql,  ///< realtime show pgsql status
    reload_pjsip,         ///< module reload res_pjsip.so
};
Built command(Cli what, const std::string& name = "");
Built module_check(const std::string& module);
Built user_event(
    const std::string& event, const std::vector<std::pair<std::string, std::string>>& headers
);

}  // namespace trunkline::ami
