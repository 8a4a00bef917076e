#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "evidence.hpp"
#include "playback/rehearsal.hpp"
#include "run.hpp"

namespace trunkline::call_emulator {

using playback::Difference;

/// A run's result beside what was expected of it.
struct Outcome {
    std::vector<Difference> differences;
    bool is_settled = false;   ///< Nothing more is to come of it.
    bool is_complete = false;  ///< All could be seen: of another host's results nothing can.
    std::string incomplete_because;
    std::string body;  ///< GET /runs/{id}/outcome.
    /// Equal as long as nothing has happened: what holds now stands in a trace with the moment at
    /// which it was asked for.
    std::string mark;

    /// How many differences there are of one kind: chat, crm, call, event.
    std::size_t count(std::string_view what) const;
};

/// Puts the evidence together. A difference is taken for final this long after the last event: an
/// end may be told late (contracts/pbx-webhook.md section 6), and an upload held back. Pure.
Outcome outcome_of(
    const Run& run,
    const CallEvidence& call,
    const SandboxEvidence& sandbox,
    base::WallTime now,
    std::chrono::milliseconds patience
);

}  // namespace trunkline::call_emulator
