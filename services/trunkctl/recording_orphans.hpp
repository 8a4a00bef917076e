#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "recordings/place.hpp"

namespace trunkline::trunkctl {

struct RecordingFile {
    std::string path;  ///< Relative to the enterprise's folder.
    base::WallTime written_at;
};

/// The recordings below an enterprise's folder, sorted. Links are not followed. Blocking.
/// invalid_input: no such folder; too_large: more than a million files.
base::Result<std::vector<RecordingFile>> list_recordings(const std::filesystem::path& folder);

/// `x` for `2025/09/30/x.mp3`: what a call may be known by.
std::string stem_of(const std::string& path);

/// A call that was given a link.
struct LinkedCall {
    recordings::Facts facts;
    std::string location;
};

/// Whether one of `paths` is where the call's recording is looked for.
bool has_recording(const LinkedCall& call, const std::set<std::string>& paths);

}  // namespace trunkline::trunkctl
