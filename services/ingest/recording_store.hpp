#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "call/call.hpp"
#include "net/asio.hpp"
#include "pg/pool.hpp"
#include "recordings/place.hpp"

namespace trunkline::ingest {

/// What the tables say about the recording of one finished call.
struct RecordedCall {
    recordings::Facts facts;
    std::string location;      ///< `recordings.location`; empty: to be looked for.
    std::string url_template;  ///< `enterprises.recordings_url`.
    bool plain_link = false;   ///< A link without signature was handed out.
    bool revoked = false;
};

/// Where an exchange says that a recording is.
struct RecordingNote {
    std::string enterprise_number;
    std::string uuid;       ///< Of the call, or
    std::string unique_id;  ///< of one of its channels.
    std::string pbx;        ///< Narrows `unique_id`; empty: any exchange.
    std::string location;   ///< `file:...` or an address.
};

/// The side of `recordings` that belongs to ingest. Functions with a Session run inside the
/// caller's transaction.
class RecordingStore {
public:
    /// `default_timezone`: of enterprises whose own is unknown.
    RecordingStore(pg::Pool& pool, std::string default_timezone)
        : pool_(pool), default_timezone_(std::move(default_timezone)) {}
    pg::Pool& pool() { return pool_; }

    /// not_found: no finished call has, or had, this uuid.
    asio::awaitable<base::Result<RecordedCall>> find(std::string uuid);
    /// Remembers where a recording was found, unless the exchange has told by now.
    asio::awaitable<base::Result<>> note_found(RecordedCall call, std::string location);

    /// The call's uuid. not_found names what was looked for.
    static asio::awaitable<base::Result<std::string>> resolve(
        pg::Session& session, RecordingNote note
    );
    /// The row of a finished call; nothing if it is not finished.
    static asio::awaitable<base::Result<std::optional<call::Call>>> finished(
        pg::Session& session, std::string enterprise, std::string uuid
    );
    static asio::awaitable<base::Result<std::optional<std::string>>> live_state(
        pg::Session& session, std::string enterprise, std::string uuid
    );
    static asio::awaitable<base::Result<>> keep_location(
        pg::Session& session, RecordingNote note, std::string uuid
    );

    /// A finished call's link that was told.
    struct Link {
        std::string enterprise_number;
        std::string uuid;
        std::vector<std::string> unique_ids;
        bool plain = false;  ///< To a CRM too.
    };
    static pg::Query links_query(const std::vector<Link>& links);
    /// One call turned out to be another: links that were handed out lead to that one.
    static pg::Query merge_query(
        const std::string& enterprise, const std::string& uuid, const std::string& into
    );

private:
    pg::Pool& pool_;
    std::string default_timezone_;
};

}  // namespace trunkline::ingest
