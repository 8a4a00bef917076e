#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace trunkline::pbx_control {

// Whom a recording that was wished for over HTTP belongs to stands in the name of the Local channel
// that makes it, so that a gateway which was not the one that began it knows as well.

/// `1795905055_0-20261128-223056`: the Uniqueid, its points as `_` and all else that an extension
/// cannot hold as `_xHH`, and the moment. The dialplan makes `call-....wav` of it.
std::string recording_name(std::string_view uniqueid, base::WallTime now);

/// How the names of the channels that record this one begin.
std::string recorder_of(std::string_view uniqueid);

/// The Uniqueid of the channel that a channel of this name records; empty if it is no recorder.
std::string recorded_by(std::string_view channel);

}  // namespace trunkline::pbx_control
