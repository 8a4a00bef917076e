#pragma once

#include "playback/recording.hpp"
#include "story/records.hpp"

namespace trunkline::story {

/// What is stored of a call as a recording, ready to be exported (playback::export_trace). Events
/// that wait, or belong to no call, are left out. Pure.
playback::RecordedCall recording_of(const Records& records, const std::string& default_timezone);

}  // namespace trunkline::story
