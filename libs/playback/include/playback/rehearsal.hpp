#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "call/call.hpp"
#include "call/tracker.hpp"
#include "json/document.hpp"
#include "json/writer.hpp"
#include "playback/plan.hpp"

namespace trunkline::playback {

/// What the rules of libs/call make of one call: the rules that ingest and the notifier run.
struct RehearsedCall {
    call::Call call;
    std::vector<std::string> texts;  ///< Of the one message, each in its turn, without names.
    std::vector<std::string> crm;    ///< Steps of a CRM that takes all kinds.
};

/// Calls played to the production rules in this process: no network, no clock, no database.
class Rehearsal {
public:
    /// The clock starts at `now`. A catch-up's events count as recovered.
    Rehearsal(call::TrackerSettings settings, base::WallTime now);
    ~Rehearsal();
    Rehearsal(const Rehearsal&) = delete;
    Rehearsal& operator=(const Rehearsal&) = delete;

    /// Events arrive when they are due; fast ones a moment after each other. invalid_input: a body
    /// that ingest would refuse.
    base::Result<> play(const Plan& plan);
    /// Lets the waits after a call's end pass.
    void settle();

    base::WallTime now() const { return now_; }
    /// In the order of their opening.
    std::vector<RehearsedCall> calls() const;

private:
    struct Card;
    base::Result<call::Event> decoded(const Plan& plan, const PlannedEvent& event) const;
    void pass(base::WallTime until);
    void take(const std::vector<call::Change>& changes);

    call::Tracker tracker_;
    base::WallTime now_;
    std::vector<Card> cards_;
};

/// One place where the outcome is not what was expected.
struct Difference {
    std::string what;      ///< chat, crm, call or event.
    std::string path;      ///< JSON Pointer-like: `/call/talk_s`.
    std::string expected;  ///< JSON.
    std::string received;  ///< JSON.
    std::string text_ru;
    std::string text_en;
};

/// `{"what","path","expected","received","text":{"ru","en"}}`.
void write_difference(json::Writer& writer, const Difference& difference);

/// Whether a member of a call is what was expected. Numbers may be written differently; seconds may
/// be `tolerance_s` off.
bool is_same_member(
    std::string_view key, json::View expected, json::View received, std::int64_t tolerance_s = 0
);

/// A plan's events against its expectations, texts and CRM steps to the letter.
std::vector<Difference> differences_of(const std::vector<RehearsedCall>& calls, const Plan& plan);

}  // namespace trunkline::playback
