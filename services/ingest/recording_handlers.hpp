#pragma once

#include <optional>

#include "httpd/router.hpp"
#include "recording_notices.hpp"
#include "recording_source.hpp"
#include "recording_store.hpp"
#include "recordings/link.hpp"

namespace trunkline::ingest {

/// What the routes of recordings stand on.
struct Recordings {
    RecordingStore& store;
    RecordingSource& source;
    RecordingNotices& notices;
    std::optional<recordings::LinkSigner> signer;  ///< Nothing without SECRETS_KEY.
};

/// GET /recordings/{uuid}: by a plain link where one was handed out, by a signed one until it
/// expires; neither once revoked. Ranges, conditions, HEAD.
httpd::Handler get_recording(Recordings& recordings);
/// POST /internal/recordings: the exchange's side tells where a recording is.
httpd::Handler note_recording(Recordings& recordings, std::string recordings_path);

}  // namespace trunkline::ingest
