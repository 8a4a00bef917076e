#include "upload_hold.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace trunkline::integration_cache {
namespace {

using std::chrono::milliseconds;

/// A transferred call may talk for hours; nobody looks more often, and its end is told so late.
constexpr auto look_again = milliseconds(2000);

RecordedCall recorded_of(const pg::Row& row) {
    RecordedCall call;
    call.is_talking = row.boolean("is_talking");
    call.age = milliseconds(row.integer("age_ms"));
    call.written_at = row.time("updated_at");
    call.line = row.text("line");
    call.rang = row.text_array("extensions");
    call.talkers = row.text_array("talkers");
    call.answered = row.integer("call_status") == 2;
    call.started_at = row.time("date_received");
    call.answered_at = row.optional_time("date_answered");
    call.ended_at = row.time("date_end");
    call.talk_s = row.integer("duration");
    call.wait_s = row.integer("wait");
    call.record_url = row.text("record_url");
    call.corrected = row.boolean("corrected");
    return call;
}

}  // namespace

bool may_be_held(const Connector& connector, call::DispatchKind kind, const call::Call& call) {
    return !connector.takes_update && kind == call::DispatchKind::hangup &&
           call.direction == call::Direction::out && call.answered;
}

std::optional<Hold> hold_of(
    const std::optional<RecordedCall>& recorded, milliseconds since, milliseconds hold
) {
    if (!recorded || since >= longest_hold) {
        return std::nullopt;
    }
    if (recorded->is_talking) {
        return Hold{look_again, "held: the call goes on after its hangup"};
    }
    // The end that it has now may be followed by one more transfer.
    const auto quiet = std::min(since, recorded->age);
    if (quiet < hold) {
        return Hold{hold - quiet, "held: the call may go on after its hangup"};
    }
    return std::nullopt;
}

bool bring_up_to_date(contract::ConnectorEvent& event, const RecordedCall& recorded) {
    auto& call = event.call;
    const auto told = std::tie(
        call.line,
        call.rang,
        call.talkers,
        call.answered,
        call.started_at,
        call.answered_at,
        call.talk_s,
        call.wait_s,
        call.record_url,
        call.corrected
    );
    const auto known = std::tie(
        recorded.line,
        recorded.rang,
        recorded.talkers,
        recorded.answered,
        recorded.started_at,
        recorded.answered_at,
        recorded.talk_s,
        recorded.wait_s,
        recorded.record_url,
        recorded.corrected
    );
    if (told == known && call.ended_at == recorded.ended_at) {
        return false;
    }
    call.line = recorded.line;
    call.rang = recorded.rang;
    call.talkers = recorded.talkers;
    call.talker = recorded.talkers.empty() ? call.talker : recorded.talkers.back();
    call.answered = recorded.answered;
    call.started_at = recorded.started_at;
    call.answered_at = recorded.answered_at;
    call.ended_at = recorded.ended_at;
    call.talk_s = recorded.talk_s;
    call.wait_s = recorded.wait_s;
    call.record_url = recorded.record_url;
    call.corrected = recorded.corrected;
    // It is the later end that pop-ups are to be closed by.
    event.accepted_at = std::max(event.accepted_at, recorded.written_at);
    return true;
}

asio::awaitable<base::Result<std::optional<RecordedCall>>> CallRecord::find(
    std::string enterprise, std::string uuid
) {
    const auto rows = co_await pool_.execute(
        "SELECT c.line, c.extensions, c.talkers, c.call_status, c.date_received, c.date_answered, "
        "c.date_end, c.duration, c.wait, coalesce(c.record_url, '') AS record_url, c.corrected, "
        "c.updated_at, (extract(epoch FROM now() - c.updated_at) * 1000)::bigint AS age_ms, "
        "coalesce(l.state->'call'->>'phase' = 'talking', false) AS is_talking "
        "FROM calls c LEFT JOIN live_calls l ON l.enterprise_number = c.enterprise_number AND "
        "l.uuid = c.uuid WHERE c.enterprise_number = $1 AND c.uuid = $2::uuid",
        pg::Params::of(enterprise, uuid)
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    if (rows->empty()) {
        co_return std::optional<RecordedCall>();
    }
    co_return std::optional<RecordedCall>(recorded_of(rows->front()));
}

}  // namespace trunkline::integration_cache
