#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "pbx/call_tracker.hpp"
#include "switchboard.hpp"

namespace trunkline::pbx {

/// All channels of one Linkedid, as long as any lives.
struct Call {
    enum class Kind { unknown, inbound, outbound, internal };

    std::string id;  ///< Its Linkedid.
    Kind kind = Kind::unknown;
    std::string root;  ///< UniqueId of the channel that began it: that of its start, dial, hangup.
    std::string caller;  ///< The extension that began it.
    std::string exten;   ///< What it dialled.
    std::string phone;   ///< The outside number; "" if hidden.
    std::string line;
    std::vector<std::string> dialled;
    std::string talker;  ///< The first who talked with the outside party; internal: the callee.
    std::string cause;
    std::string recording;
    base::WallTime started;
    unsigned members = 0;
    bool is_root_alive = true;
    bool was_up = false;       ///< Its root was answered, perhaps by the exchange itself.
    bool has_outside = false;  ///< An outside party was seen.
    bool is_originated = false;
    bool is_silent = false;  ///< Nothing is told of it: it only serves another call.
    bool is_told = false;    ///< A start, dial or bridge was told.
    bool has_talked = false;
    bool is_final = false;  ///< Its hangup was told.
    std::vector<std::string> told_bridges;
};

/// The moment that events are told of.
struct Now {
    base::WallTime at;
    bool recovered = false;
};

/// Calls, and what is said of them.
class CallBook {
public:
    explicit CallBook(const CallTrackerSettings& settings);

    /// The call of that Linkedid, a new one for its first channel.
    Call& of(const std::string& linked_id, const Now& now);
    /// Moves a channel to another call, which may end the first.
    void move(Channel& channel, const std::string& linked_id, const Now& now);
    void began(Channel& channel, const Now& now);
    void dialled(Channel* from, Channel& to, std::string_view dial_string, const Now& now);
    /// Who talks with whom among connected channels.
    void connected(const std::vector<Channel*>& channels, const Switchboard& board, const Now& now);
    /// The channel is gone: its bridges have been left.
    void hung_up(Channel& channel, std::string_view cause, const Now& now);

    std::vector<WebhookEvent> take_events() { return std::exchange(events_, {}); }
    std::size_t size() const { return calls_.size(); }

private:
    struct Place {
        std::string bridge;
        std::string partner;
        std::string partner_name;
    };
    void dial_outside(Call& call, Channel& to, const Now& now);
    void dial_inside(Call& call, const Channel& to, const Now& now);
    void add_dialled(Call& call, const std::string& number, const Now& now);
    static Channel* outside_of(const std::vector<Channel*>& persons);
    void talk_with_outside(Channel& outside, const std::vector<Channel*>& persons, const Now& now);
    static void serve(Channel& person, const Call& call);
    void talk_among_us(std::vector<Channel*> persons, const Now& now);
    void alone(Channel& person, bool is_connected, const Switchboard& board, const Now& now);
    void place(Channel& person, const Place& place, const Now& now);
    void leave_place(Channel& person, const Now& now);
    static void talked(Call& call, const std::string& talker);
    void close_if_over(Call& call, const Now& now);
    void close(Call& call, const Now& now);
    void drop_if_empty(Call& call, const Now& now);

    void tell_start(Call& call, const Channel& channel, const Now& now);
    void tell_dial(Call& call, const Now& now);
    void tell_hangup(Call& call, const Now& now);
    void tell_bridge_life(call::EventType type, const std::string& bridge, const Now& now);
    void tell(call::EventType type, std::string body, const Now& now);
    base::WallTime moment_after_last(base::WallTime at);
    std::string local_time(base::WallTime at) const;
    bool is_extension(std::string_view number) const;

    const CallTrackerSettings& settings_;
    std::unordered_map<std::string, std::unique_ptr<Call>> calls_;
    std::unordered_map<std::string, unsigned> in_bridge_;  ///< How many are told to be there.
    std::vector<WebhookEvent> events_;
    std::uint64_t seq_;
    base::WallTime last_told_;
};

}  // namespace trunkline::pbx
