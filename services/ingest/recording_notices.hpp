#pragma once

#include <string>

#include "correlation_store.hpp"
#include "net/asio.hpp"
#include "recording_store.hpp"
#include "tenants/directory.hpp"

namespace trunkline::ingest {

struct NotedRecording {
    std::string uuid;        ///< Of the call.
    std::string record_url;  ///< The call's plain link; empty if it has none.
    bool told = false;       ///< The link went out by this notice: it had not been told before.
};

/// Takes in where recordings are, and tells chats and CRMs of a link that comes late: one that the
/// enterprise's setting allows and that the call's hangup did not carry yet.
class RecordingNotices {
public:
    /// What is referred to must outlive it.
    RecordingNotices(RecordingStore& store, tenants::Directory& directory, std::string public_url)
        : store_(store), directory_(directory), public_url_(std::move(public_url)) {}

    /// not_found: no such enterprise, or no such call (yet).
    asio::awaitable<base::Result<NotedRecording>> take(RecordingNote note, net::Deadline deadline);

private:
    asio::awaitable<base::Result<NotedRecording>> take_in(
        pg::Session& session, const tenants::Enterprise& enterprise, RecordingNote note
    );
    /// False: the call's state allows no link, or it has one.
    asio::awaitable<base::Result<>> tell(
        pg::Session& session,
        const tenants::Enterprise& enterprise,
        call::Call call,
        const std::string& link
    );

    RecordingStore& store_;
    tenants::Directory& directory_;
    std::string public_url_;
};

}  // namespace trunkline::ingest
