#pragma once

#include "base/log.hpp"
#include "httpc/client.hpp"
#include "run.hpp"

namespace trunkline::call_emulator {

/// logs/call_tester_events.log, with the lines that support engineers grep for (seed 5): an event
/// gives `🚀 EMULATION`, then `📊 Event Data:`, then `📥 EMULATION RESPONSE` or, where no answer
/// came, an ERROR.
class EmulationLog {
public:
    EmulationLog();

    void sending(
        const Run& run,
        const PlannedEvent& event,
        const std::string& url,
        const httpc::Headers& headers
    ) const;
    void answered(const Sent& sent, const httpc::Headers& headers) const;
    void failed(const Run& run, const Sent& sent) const;

private:
    base::Logger logger_;
};

}  // namespace trunkline::call_emulator
