#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace trunkline::recordings {

/// What a recording of a call may be found by.
struct Facts {
    std::string enterprise_number;
    std::string uuid;
    std::string unique_id;                ///< The call's own.
    std::vector<std::string> unique_ids;  ///< All of its channels, the call's own among them.
    std::string pbx;                      ///< X-PBX-Id, or empty.
    /// Another exchange of the enterprise used the same UniqueId: names by it alone say nothing.
    bool is_ambiguous = false;
    std::vector<std::string> dates;  ///< `YYYY-MM-DD` in the enterprise's zone: begin, and end.
};

/// Where the recording may lie, relative to RECORDINGS_PATH, best first. Below the enterprise's own
/// folder, there or in `YYYY/MM/DD` or `YYYY-MM-DD`: `{uuid}.*`, `{pbx}-{unique_id}.*`,
/// `{unique_id}.*`, with the endings that content_type() knows. A UniqueId that is no plain file
/// name gives none: it came from outside.
std::vector<std::string> candidate_paths(const Facts& facts);

/// `audio/mpeg` for `x.mp3`; empty if it is not the name of a recording (wav, mp3, ogg, opus, m4a,
/// gsm in any case).
std::string_view content_type(std::string_view name);
/// `mp3` for `x.MP3`; empty like content_type().
std::string_view ending(std::string_view name);

/// Whether `part` can stand between slashes of a path without leading anywhere else: no slash,
/// backslash or control character, no dot in front, at most 200 bytes.
bool is_safe_part(std::string_view part);

/// Where a recording is, as the column `recordings.location` has it: `file:` with a path relative
/// to the enterprise's folder, or an http(s) address.
struct Location {
    bool is_file = false;
    std::string text;  ///< The path, or the address.
};
Location parse_location(std::string_view stored);

/// The location for a file that an exchange names: relative to the enterprise's folder, or absolute
/// and below `recordings_path`/{enterprise}. invalid_input if it is neither or no recording's name.
base::Result<std::string> file_location(
    std::string_view recordings_path, std::string_view enterprise_number, std::string_view file
);

/// The address by an enterprise's template (`enterprises.recordings_url`): {uuid}, {unique_id},
/// {pbx}, {date} (YYYY-MM-DD), {year}, {month}, {day}, percent-encoded. invalid_input for an
/// unknown placeholder, and for a template that names every call alike.
base::Result<std::string> fill_template(std::string_view url_template, const Facts& facts);

}  // namespace trunkline::recordings
