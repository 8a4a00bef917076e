#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "call/call.hpp"
#include "contract/connector.hpp"
#include "crm_targets.hpp"
#include "net/asio.hpp"
#include "pg/pool.hpp"

namespace trunkline::integration_cache {

// RetailCRM and U-ON cannot correct a record, and an outbound call may go on after its hangup: a
// blind transfer of one gives a hangup, a new conversation, and an end that is only an update
// (contracts/pbx-webhook.md section 3, row 10). So the end of an answered outbound call waits a
// little for them, and while the outside party still talks; what they then get is the call as it
// is known by then.

/// No call is waited for any longer: it is forgotten by ingest, too, after that time.
inline constexpr auto longest_hold = std::chrono::hours(4);

bool may_be_held(const Connector& connector, call::DispatchKind kind, const call::Call& call);

/// What the suite's own record says of a call that has ended at least once.
struct RecordedCall {
    bool is_talking = false;        ///< It has been reopened: its outside party talks again.
    std::chrono::milliseconds age;  ///< Since the record was written last, by the database's clock.
    base::WallTime written_at;
    // As in call::Call.
    std::string line;
    std::vector<std::string> rang;
    std::vector<std::string> talkers;
    bool answered = false;
    base::WallTime started_at;
    std::optional<base::WallTime> answered_at;
    base::WallTime ended_at;
    std::int64_t talk_s = 0;
    std::int64_t wait_s = 0;
    std::string record_url;
    bool corrected = false;
};

/// How long the end of a call that was accepted `since` ago still has to wait, and why; nothing: it
/// is to be delivered now. A call that ingest does not know waits for nobody.
struct Hold {
    std::chrono::milliseconds pause;
    std::string reason;
};
std::optional<Hold> hold_of(
    const std::optional<RecordedCall>& recorded,
    std::chrono::milliseconds since,
    std::chrono::milliseconds hold
);

/// Gives the event what is known of its call by now. False: that is what it says already.
bool bring_up_to_date(contract::ConnectorEvent& event, const RecordedCall& recorded);

/// Reads ingest's record of calls. Any executor's own.
class CallRecord {
public:
    explicit CallRecord(pg::Pool& pool) : pool_(pool) {}

    asio::awaitable<base::Result<std::optional<RecordedCall>>> find(
        std::string enterprise, std::string uuid
    );

private:
    pg::Pool& pool_;
};

}  // namespace trunkline::integration_cache
