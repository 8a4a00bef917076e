#include "dispatch_store.hpp"

#include <memory>
#include <utility>

namespace trunkline::integration_cache {
namespace {

/// All that one transaction works with.
struct Acceptance {
    DispatchedCall call;
    std::string event_type;
    std::string trace_id;
    DispatchStore::Decide decide;
};

/// Whoever accepts something of a call does so alone: a dial and its hangup that come at the same
/// moment must see each other.
pg::Query lock(const DispatchedCall& call) {
    return {
        "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))",
        pg::Params::of("dispatch/" + call.enterprise_number + "/" + call.pbx + "/" + call.unique_id)
    };
}

/// A call may have become known under another UniqueId meanwhile, and its uuid may be a new one.
pg::Query keys_of(const DispatchedCall& call) {
    return {
        "SELECT dispatch_key FROM dispatched_events WHERE enterprise_number = $1 AND unique_id = "
        "$2 AND pbx = $3 UNION SELECT dispatch_key FROM dispatched_events WHERE enterprise_number "
        "= $1 AND call_uuid = nullif($4, '')::uuid",
        pg::Params::of(call.enterprise_number, call.unique_id, call.pbx, call.uuid)
    };
}

pg::Query state_of(const DispatchedCall& call) {
    return {
        "SELECT state FROM dispatched_calls WHERE enterprise_number = $1 AND unique_id = $2",
        pg::Params::of(call.enterprise_number, call.unique_id)
    };
}

pg::Query remember(const DispatchedCall& call, const DispatchPlan& plan) {
    return {
        "INSERT INTO dispatched_events (enterprise_number, unique_id, pbx, call_uuid, "
        "dispatch_key) SELECT $1, $2, $3, $4::uuid, key FROM unnest($5::text[]) AS k(key) "
        "ON CONFLICT DO NOTHING",
        pg::Params::of(call.enterprise_number, call.unique_id, call.pbx, plan.call_uuid, plan.keys)
    };
}

pg::Query keep_state(const DispatchedCall& call, const std::string& state) {
    return {
        "INSERT INTO dispatched_calls (enterprise_number, unique_id, state) VALUES ($1, $2, $3) "
        "ON CONFLICT (enterprise_number, unique_id) DO UPDATE SET state = excluded.state, "
        "updated_at = now()",
        pg::Params::of(call.enterprise_number, call.unique_id, state)
    };
}

pg::Query log_skipped(
    const Acceptance& work,
    const DispatchPlan& plan,
    const std::string& crm,
    const std::string& reason
) {
    return {
        "INSERT INTO integration_logs (enterprise_number, integration, event_type, unique_id, "
        "call_uuid, response, status, trace_id) VALUES ($1, $2, $3, $4, $5::uuid, $6, 'ignored', "
        "$7)",
        pg::Params::of(
            work.call.enterprise_number,
            crm,
            work.event_type,
            work.call.unique_id,
            plan.call_uuid,
            reason,
            work.trace_id
        )
    };
}

std::vector<pg::Query> writes_of(const Acceptance& work, const DispatchPlan& plan) {
    std::vector<pg::Query> queries;
    queries.push_back(remember(work.call, plan));
    if (!plan.state.empty()) {
        queries.push_back(keep_state(work.call, plan.state));
    }
    if (!plan.messages.empty()) {
        queries.push_back(outbox::insert_query("crm", plan.messages));
    }
    for (const auto& [crm, reason] : plan.skipped) {
        queries.push_back(log_skipped(work, plan, crm, reason));
    }
    return queries;
}

asio::awaitable<base::Result<DispatchPlan>> accept_in(
    pg::Session& session, std::shared_ptr<const Acceptance> work
) {
    std::vector<pg::Query> reads;
    reads.push_back(lock(work->call));
    reads.push_back(keys_of(work->call));
    if (work->call.derives) {
        reads.push_back(state_of(work->call));
    }
    const auto read = co_await session.pipeline(std::move(reads));
    if (!read) {
        co_return std::unexpected(read.error());
    }
    KnownCall known;
    for (const auto& row : (*read)[1]) {
        known.keys.emplace_back(row.text(0));
    }
    if (work->call.derives && !(*read)[2].empty()) {
        known.state = (*read)[2].front().text(0);
    }
    auto plan = work->decide(known);
    if (!plan || plan->answer.duplicate) {
        co_return plan;
    }
    const auto written = co_await session.pipeline(writes_of(*work, *plan));
    if (!written) {
        co_return std::unexpected(written.error());
    }
    co_return plan;
}

}  // namespace

asio::awaitable<base::Result<DispatchPlan>> DispatchStore::accept(
    DispatchedCall call, std::string event_type, std::string trace_id, Decide decide
) {
    const auto work = std::make_shared<const Acceptance>(
        Acceptance{std::move(call), std::move(event_type), std::move(trace_id), std::move(decide)}
    );
    std::function<asio::awaitable<base::Result<DispatchPlan>>(pg::Session&)> body =
        [work](pg::Session& session) { return accept_in(session, work); };
    co_return co_await pool_.transaction<DispatchPlan>(std::move(body));
}

asio::awaitable<base::Result<bool>> DispatchStore::forget_old(std::int64_t limit) {
    // A repeat may come as recovery long after; what a derived call's next event needs does not.
    static constexpr const char* statements[] = {
        "DELETE FROM dispatched_events WHERE ctid = ANY (ARRAY(SELECT ctid FROM dispatched_events "
        "WHERE accepted_at < now() - interval '30 days' LIMIT $1))",
        "DELETE FROM dispatched_calls WHERE ctid = ANY (ARRAY(SELECT ctid FROM dispatched_calls "
        "WHERE updated_at < now() - interval '1 day' LIMIT $1))",
        "DELETE FROM integration_logs WHERE ctid = ANY (ARRAY(SELECT ctid FROM integration_logs "
        "WHERE created_at < now() - interval '90 days' LIMIT $1))",
        // Longer than a repeat is known above, so that none finds its effect forgotten.
        "DELETE FROM crm_effects WHERE ctid = ANY (ARRAY(SELECT ctid FROM crm_effects "
        "WHERE updated_at < now() - interval '60 days' LIMIT $1))",
        "DELETE FROM crm_call_notes WHERE ctid = ANY (ARRAY(SELECT ctid FROM crm_call_notes "
        "WHERE updated_at < now() - interval '60 days' LIMIT $1))",
    };
    bool is_more = false;
    for (const auto* statement : statements) {
        const auto gone = co_await pool_.execute(statement, pg::Params::of(limit));
        if (!gone) {
            co_return std::unexpected(gone.error());
        }
        is_more = is_more || static_cast<std::int64_t>(gone->affected()) >= limit;
    }
    co_return is_more;
}

}  // namespace trunkline::integration_cache
