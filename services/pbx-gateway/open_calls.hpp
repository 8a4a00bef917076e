#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "json/document.hpp"
#include "json/writer.hpp"
#include "pbx/call_tracker.hpp"

namespace trunkline::pbx_gateway {

/// What was told of calls that have not ended, so that a gateway that was killed knows what it
/// owes: the ends of those that ended meanwhile, and nothing that it said already of those that go
/// on. Made of the told events alone. Plain value, pure.
class OpenCalls {
public:
    struct Settings {
        std::string token;
        std::string timezone;
    };
    /// What CoreShowChannels lists.
    struct Alive {
        std::set<std::string, std::less<>> channels;  ///< By Uniqueid.
        std::set<std::string, std::less<>> calls;     ///< By Linkedid.
    };

    void note(const pbx::WebhookEvent& event);

    /// What a tracker that knew nothing found to be up, less what was told before, and the ends of
    /// what is not up any more. Calls that go on are marked as taken over: see mend().
    std::vector<pbx::WebhookEvent> take_over(
        std::vector<pbx::WebhookEvent> found,
        const Alive& alive,
        base::WallTime now,
        const Settings& settings
    );
    /// Of a call that was taken over the tracker has not seen the beginning: its end gets from here
    /// what it lacks.
    void mend(pbx::WebhookEvent& event, const Settings& settings) const;

    /// The ends of calls that were missing from `alive` twice in a row and were taken over or begun
    /// a minute ago or more: whose end nobody saw.
    std::vector<pbx::WebhookEvent> sweep(
        const Alive& alive, base::WallTime now, const Settings& settings
    );

    std::size_t size() const { return calls_.size(); }
    bool contains(std::string_view unique_id) const { return calls_.contains(unique_id); }

    /// Without bridges it is shorter, and leaves are not told after a restart.
    void write(json::Writer& writer, bool with_bridges = true) const;
    static base::Result<OpenCalls> read(json::View view);

private:
    struct Call {
        std::string type;  ///< CallType
        std::string phone;
        std::string trunk;
        std::vector<std::string> extensions;  ///< That were dialled, or who dials.
        std::string talker;                   ///< The first of ours who talked.
        bool has_talked = false;
        bool was_taken_over = false;
        base::WallTime started;
        unsigned missing = 0;  ///< How often in a row; not kept.
    };
    struct Member {
        std::string channel;
        std::string number;
        std::string partner;
    };

    static bool is_up(const std::string& unique_id, const Call& call, const Alive& alive);
    void begin(json::View body, const pbx::WebhookEvent& event);
    void enter(json::View body);
    void leave(json::View body);
    bool was_told(const pbx::WebhookEvent& event) const;
    std::string hangup_body(
        const std::string& unique_id,
        const Call& call,
        base::WallTime end,
        const std::string& cause,
        const Settings& settings
    ) const;
    void end(
        std::vector<pbx::WebhookEvent>& out,
        const std::set<std::string>& gone,
        const Alive& alive,
        base::WallTime now,
        const Settings& settings
    );

    std::map<std::string, Call, std::less<>> calls_;  ///< By the UniqueId of start, dial, hangup.
    std::map<std::string, std::map<std::string, Member>, std::less<>> bridges_;
};

}  // namespace trunkline::pbx_gateway
