#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "call/live_call.hpp"
#include "call/tracker.hpp"

namespace trunkline::call {

/// Gives the numbers of facts their canonical writing. Most events name no line, so where lines
/// have rules of their own the numbers are read again once the call's line is known.
class Numbering {
public:
    /// `settings` must outlive it.
    explicit Numbering(const TrackerSettings& settings) : settings_(settings) {}

    /// For a fact just made: reads its numbers as of its own Trunk.
    void write(Fact& fact) const;
    /// For a fact whose call is known by now.
    void write_for(Fact& fact, const LiveCall& live) const;
    /// After a call's facts have changed: its line may be another one.
    void settle(LiveCall& live) const;

    struct Variant {
        Fact fact;
        std::string line;  ///< "": of all lines without rules of their own.
    };
    /// The readings that a fact without a known call may have, at least one.
    std::vector<Variant> variants(const Fact& fact) const;
    /// Whether a call's numbers are read as in that variant.
    bool is_variant_of(const Variant& variant, const LiveCall& live) const;

private:
    std::string canonical(const std::string& number, std::string_view line) const;
    void read_again(Fact& fact, std::string_view line) const;
    std::string line_of(const LiveCall& live) const;

    const TrackerSettings& settings_;
};

}  // namespace trunkline::call
