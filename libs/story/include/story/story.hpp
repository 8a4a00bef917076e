#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "call/tracker.hpp"
#include "story/records.hpp"

namespace trunkline::story {

/// One thing that happened, or that holds now.
struct Item {
    base::WallTime at;
    std::string what;    ///< event, call, telegram, dispatch, crm, refused, waiting, dead, reason.
    std::string source;  ///< Whose account it is: `exchange` (and its name), a service, a CRM.
    std::string code;    ///< What exactly, for programs; the list is in the library's README.
    std::string text;    ///< Russian.
    std::string text_en;
    std::string detail = "{}";  ///< A JSON object with the particulars; secrets are `***`.
};

struct Story {
    std::string call_json = "null";
    std::vector<Item> items;  ///< By time; what holds now stands at the end.
    bool truncated = false;
};

struct StorySettings {
    call::Timers timers;
    std::string default_timezone = "Europe/Minsk";
};

/// The whole story: events, what they did to the call (found by running the stored events through
/// the tracker again), requests with their answers, what waits or died, and why something was not
/// sent. Pure.
Story tell(const Records& records, const StorySettings& settings);

/// `{"call":{...},"items":[...],"truncated":false}`
std::string to_json(const Story& story);

/// A timeline for people, times in `timezone`.
std::string to_text(const Story& story, std::string_view timezone);

}  // namespace trunkline::story
