#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace trunkline::outbox {

/// Leaves a target alone that cannot be reached at all, but for one try now and then, so that it
/// costs nothing while it is away. Pure; time comes from outside.
class Circuits {
public:
    using Time = std::chrono::steady_clock::time_point;

    /// A delivery did not reach the target, or did. Both end a probe.
    void failed(const std::string& target, Time now);
    void worked(const std::string& target);
    /// A delivery ended without trying the target: a probe is still to be made.
    void untried(const std::string& target);
    /// A probe that was announced found no message to try with.
    void no_probe(const std::string& target);

    /// Targets that an ordinary claim leaves alone.
    std::vector<std::string> open() const;
    /// Of these, the ones that are to be tried with one message now; each is told once.
    std::vector<std::string> take_probes(Time now);
    /// When the next probe is due; `latest` if none is before.
    Time next_probe(Time latest) const;

private:
    struct Circuit {
        unsigned failures = 0;  ///< One after another.
        Time probe_at{};
        bool probing = false;
    };
    static constexpr unsigned opens_after = 5;

    std::map<std::string, Circuit> circuits_;
};

}  // namespace trunkline::outbox
