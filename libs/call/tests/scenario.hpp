#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "call/call.hpp"
#include "call/card.hpp"
#include "call/event.hpp"
#include "call/tracker.hpp"

namespace trunkline::call::scenario {

// Outside parties, extensions and lines of all tests.
inline const std::string E = "+375290000001";
inline const std::string E_bare = "375290000001";
inline const std::string line1 = "0001363";
inline const std::string line2 = "0001364";
inline const std::string mobile = "+375330000009";

/// Seconds after 2025-10-01T12:00:00Z, which is 15:00:00 on the host in Minsk.
base::WallTime at(double seconds);
/// The host's writing of that moment, seconds cut off.
std::string host_time(double seconds);

/// Events of the contract's tables, told with the time they happen at.
Event start(double t, std::string uid, std::string phone = E, std::string trunk = line1);
Event dial(
    double t,
    std::string uid,
    int call_type,
    std::string phone,
    std::vector<std::string> extensions,
    std::string trunk = line1
);
Event callerid(
    double t, std::string uid, std::string own, std::string connected, std::string channel = ""
);
Event create(double t, std::string bridge);
Event destroy(double t, std::string bridge);
/// br(own→connected) of contract section 3; `<unknown>` is "".
Event bridge(
    double t,
    std::string uid,
    std::string bridge,
    std::string own,
    std::string connected,
    std::string exten = "",
    std::string channel = ""
);
Event leave(
    double t,
    std::string uid,
    std::string bridge,
    std::string own,
    std::string connected,
    std::string channel = ""
);
/// StartTime is `began`, EndTime the moment itself; began < 0 leaves StartTime empty and puts
/// DateReceived at -began.
Event hangup(
    double t,
    std::string uid,
    int call_type,
    std::string status,
    std::string phone,
    std::vector<std::string> extensions,
    double began = 0,
    std::string trunk = line1
);

/// The same event told with X-Event-Time, reaching us `late` seconds after it happened.
Event timed(Event event, double late = 0);

/// One enterprise: a tracker and one chat that follows it, as ingest and the notifier do.
class World {
public:
    struct Options {
        bool through_json = true;             ///< Every snapshot and card state, as on the wire.
        bool restart_between_events = false;  ///< Everything through JSON after each event.
        std::string uuid_prefix = "call-";
        CardOptions card;
        TrackerSettings tracker;
    };

    World();
    explicit World(Options options);

    void apply(const Event& event);
    void play(const std::vector<Event>& events);
    void tick(double t);
    /// Lets all short waits (3 s, 5 s, 60 s) pass.
    void settle();

    /// All texts the chat saw, per message, joined by ` » `; a message that was deleted is gone,
    /// comments begin with
    /// `# `.
    std::vector<std::string> messages() const;
    /// The only message; the test fails if there is not exactly one.
    std::string history() const;
    /// The same as a list, of texts for a finished call in a row only the last.
    std::vector<std::string> steps() const;

    /// Messages ever sent, deleted ones too.
    int sent() const { return sent_; }

    /// The only visible call, as last told.
    Call call() const;
    std::vector<Call> calls() const;  ///< Visible ones, in the order in which they were opened.
    const std::vector<std::string>& dispatches() const { return dispatches_; }
    const std::vector<Change>& changes() const { return changes_; }
    Tracker& tracker() { return *tracker_; }

private:
    struct Card {
        CardState state;
        std::vector<std::string> texts;
        std::vector<Phase> phases;  ///< Of each text.
    };

    void take(const std::vector<Change>& changes);
    void show(const Change& change);
    void check_json(const Change& change, const CardState& state) const;
    void restart();
    TrackerSettings settings();

    Options options_;
    int made_ = 0;
    int sent_ = 0;
    std::unique_ptr<Tracker> tracker_;
    base::WallTime now_;
    std::vector<std::string> order_;  ///< uuids of visible calls.
    std::map<std::string, Call> calls_;
    std::map<std::string, Card> cards_;
    std::vector<std::string> dispatches_;
    std::vector<Change> changes_;
    std::map<std::string, std::string> rows_;  ///< The store: one row a live call.
};

}  // namespace trunkline::call::scenario
