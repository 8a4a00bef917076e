#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace trunkline::outbox {

/// Keeps one slow or failing target of one enterprise from costing the others anything: each
/// (enterprise, target) may hold a few slots only, one that has not answered for a while gets no
/// more, and those that keep failing get one message at a time, all of them together a few slots.
/// Pure; time comes from outside.
class Lanes {
public:
    using Time = std::chrono::steady_clock::time_point;
    using Name = std::pair<std::string, std::string>;  ///< Enterprise, target.

    /// `for_failing` is how many slots all failing lanes may hold together.
    Lanes(std::size_t slots, std::size_t slots_per_lane, std::size_t for_failing)
        : slots_(slots), per_lane_(slots_per_lane), for_failing_(for_failing) {}

    void enter(const std::string& enterprise, const std::string& target, Time now);
    /// `entered` is the time that enter() was told.
    void leave(const std::string& enterprise, const std::string& target, Time entered);

    /// What a delivery that has ended says about its lane.
    void worked(const std::string& enterprise, const std::string& target);
    void failed(const std::string& enterprise, const std::string& target, Time now);
    /// A delivery ended without trying the target: a lane that keeps failing is to be tried at
    /// once.
    void untried(const std::string& enterprise, const std::string& target, Time now);
    /// The peer asked to be left alone until then.
    void pause(const std::string& enterprise, const std::string& target, Time until);

    std::size_t free_slots() const { return slots_ > used_ ? slots_ - used_ : 0; }
    std::size_t used() const { return used_; }
    /// Lanes that an ordinary claim leaves alone, as two parallel lists.
    std::pair<std::vector<std::string>, std::vector<std::string>> full(Time now) const;
    /// Failing lanes that are to be tried with one message now; each is told once.
    std::vector<Name> take_probes(Time now);
    /// A probe that was announced found no message to try with: the next failure counts at once.
    void no_probe(const Name& name);
    /// When the next one is to be tried; `latest` if none is before.
    Time next_probe(Time latest) const;

private:
    struct Lane {
        std::vector<Time> entered;  ///< Of each that is under way.
        unsigned failures = 0;      ///< One after another.
        Time probe_at{};            ///< Of a failing lane.
        Time paused_until{};
    };
    static constexpr unsigned fails_after = 3;
    static constexpr std::chrono::seconds slow_after{2};

    static bool is_failing(const Lane& lane) { return lane.failures >= fails_after; }
    void forget_if_idle(const Name& name);

    std::size_t slots_;
    std::size_t per_lane_;
    std::size_t for_failing_;
    std::size_t used_ = 0;
    std::size_t used_by_failing_ = 0;
    std::map<Name, Lane> lanes_;
};

}  // namespace trunkline::outbox
