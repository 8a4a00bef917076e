#include "recording_notices.hpp"

#include <functional>
#include <memory>
#include <utility>

#include "base/log.hpp"
#include "correlation_batch.hpp"
#include "recordings/link.hpp"

namespace trunkline::ingest {
namespace {

call::Change late_link(call::Call call) {
    call::Change change;
    change.previous = call::Phase::done;
    change.recording = true;
    change.call = std::move(call);
    return change;
}

pg::Query record_url_query(const std::string& enterprise, const call::Call& call) {
    return {
        "UPDATE calls SET record_url = $3, updated_at = now() WHERE enterprise_number = $1 AND "
        "uuid = $2::uuid",
        pg::Params::of(enterprise, call.uuid, call.record_url)
    };
}

pg::Query live_query(const std::string& enterprise, const call::LiveCall& live) {
    return {
        "UPDATE live_calls SET state = $3::jsonb, updated_at = now() WHERE enterprise_number = $1 "
        "AND uuid = $2::uuid",
        pg::Params::of(enterprise, live.call.uuid, call::to_json(live))
    };
}

/// Trackers in memory are the truth only as long as this stands still.
pg::Query version_query(const std::string& enterprise) {
    return {
        "UPDATE tracker_timers SET version = version + 1 WHERE enterprise_number = $1",
        pg::Params::of(enterprise)
    };
}

}  // namespace

asio::awaitable<base::Result<NotedRecording>> RecordingNotices::take(
    RecordingNote note, net::Deadline deadline
) {
    const auto enterprise = co_await directory_.find_or_load(note.enterprise_number, deadline);
    if (!enterprise || enterprise->number != note.enterprise_number) {
        co_return base::fail(
            base::Errc::not_found, "there is no enterprise " + note.enterprise_number
        );
    }
    const auto shared = std::make_shared<const RecordingNote>(std::move(note));
    std::function<asio::awaitable<base::Result<NotedRecording>>(pg::Session&)> body =
        [this, enterprise, shared](pg::Session& session) {
            return take_in(session, *enterprise, *shared);
        };
    co_return co_await store_.pool().transaction<NotedRecording>(std::move(body));
}

asio::awaitable<base::Result<NotedRecording>> RecordingNotices::take_in(
    pg::Session& session, const tenants::Enterprise& enterprise, RecordingNote note
) {
    // The correlator writes the same rows.
    const auto locked = co_await CorrelationStore::wait_for_lock(session, enterprise.number);
    if (!locked) {
        co_return std::unexpected(locked.error());
    }
    const auto uuid = co_await RecordingStore::resolve(session, note);
    if (!uuid) {
        co_return std::unexpected(uuid.error());
    }
    const auto kept = co_await RecordingStore::keep_location(session, std::move(note), *uuid);
    if (!kept) {
        co_return std::unexpected(kept.error());
    }
    auto row = co_await RecordingStore::finished(session, enterprise.number, *uuid);
    if (!row) {
        co_return std::unexpected(row.error());
    }
    auto& call = *row;
    NotedRecording noted{.uuid = *uuid, .record_url = "", .told = false};
    if (!call) {
        co_return noted;  // Its hangup will carry the link.
    }
    noted.record_url = call->record_url;
    const auto link = recordings::plain_link(public_url_, *uuid);
    if (!noted.record_url.empty() || link.empty() ||
        !recordings::gets_link(enterprise.recordings, call->answered)) {
        co_return noted;
    }
    const auto told = co_await tell(session, enterprise, std::move(*call), link);
    if (!told) {
        co_return std::unexpected(told.error());
    }
    noted.record_url = link;
    noted.told = true;
    co_return noted;
}

asio::awaitable<base::Result<>> RecordingNotices::tell(
    pg::Session& session,
    const tenants::Enterprise& enterprise,
    call::Call call,
    const std::string& link
) {
    const auto row = co_await RecordingStore::live_state(session, enterprise.number, call.uuid);
    if (!row) {
        co_return std::unexpected(row.error());
    }
    const auto& state = *row;
    std::vector<pg::Query> queries;
    call::TrackerSettings nothing_new;
    nothing_new.make_uuid = [] { return std::string(); };
    call::Tracker tracker(std::move(nothing_new));
    auto live = state ? call::live_call_from_json(*state)
                      : base::Result<call::LiveCall>(base::fail(base::Errc::not_found, ""));
    call.record_url = link;
    if (live) {
        // The tracker's own snapshot knows more than the row, and must know the link from now on.
        live->call.record_url = link;
        ++live->call.revision;
        call = live->call;
        queries.push_back(live_query(enterprise.number, *live));
        queries.push_back(version_query(enterprise.number));
    }
    auto outcome = tell_late(tracker, enterprise, late_link(call), base::system_clock().now());
    for (auto& item : outcome.dispatched) {
        auto body = co_await CorrelationStore::last_body(
            session, enterprise.number, item.call.unique_ids, "hangup"
        );
        if (!body) {
            co_return std::unexpected(body.error());
        }
        item.body = body->value_or("{}");
    }
    queries.push_back(record_url_query(enterprise.number, call));
    queries.push_back(RecordingStore::links_query(
        {{enterprise.number, call.uuid, call.unique_ids, hands_out_plain_link(enterprise, call)}}
    ));
    if (!outcome.result.telegram.empty()) {
        queries.push_back(outbox::insert_query("telegram", outcome.result.telegram));
    }
    const auto gateway = gateway_messages(enterprise, outcome.dispatched);
    if (!gateway.empty()) {
        queries.push_back(outbox::insert_query("gateway", gateway));
    }
    const auto written = co_await session.pipeline(std::move(queries));
    if (!written) {
        co_return std::unexpected(written.error());
    }
    co_return base::Result<>{};
}

}  // namespace trunkline::ingest
