#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "../../ami/tests/captures.hpp"
#include "ami/parser.hpp"
#include "call/tracker.hpp"
#include "pbx/call_tracker.hpp"

namespace trunkline::pbx {

/// An exchange's stream through parser, call tracking and ingest's own model of calls.
class Replay {
public:
    explicit Replay(CallTrackerSettings settings = plain_settings());

    static CallTrackerSettings plain_settings();
    static base::WallTime at(double seconds);

    /// Bytes that come at one moment.
    void hear(std::string_view bytes, double seconds);
    /// All of it, paced as it was.
    void play(const ami::Capture& capture);
    void apply(const std::vector<WebhookEvent>& events);
    /// Lets the model's waits pass.
    void settle();

    /// What the model says of each call in the end, in order of their beginning:
    /// `in 375296254070 over 375291112233 rang 1001 talked 1001 for 5 (16)`.
    std::vector<std::string> outcomes() const;
    std::vector<call::Call> calls() const;

    CallTracker tracker;
    std::vector<WebhookEvent> events;

private:
    unsigned made_ = 0;
    ami::Parser parser_;
    call::Tracker model_;
    std::map<std::string, call::Call> calls_;
    std::vector<std::string> order_;
    base::WallTime now_;
};

/// Unpacks a file of tests/captures/ami.
std::string read_packed(const std::string& name);

}  // namespace trunkline::pbx
