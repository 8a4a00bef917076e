#include "dispatch_store.hpp"

#include <functional>
#include <memory>
#include <utility>

namespace trunkline::integration_cache {
namespace {

asio::awaitable<base::Result<bool>> remember(
    pg::Session& session, std::string enterprise, std::string unique_id, std::string key
) {
    const auto rows = co_await session.execute(
        "INSERT INTO dispatched_events (enterprise_number, unique_id, dispatch_key) VALUES ($1, "
        "$2, $3) "
        "ON CONFLICT DO NOTHING",
        pg::Params::of(enterprise, unique_id, key)
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    co_return rows->affected() == 1;
}

pg::Query log_skipped(
    const NewDispatch& dispatch, const std::string& crm, const std::string& reason
) {
    return {
        "INSERT INTO integration_logs (enterprise_number, integration, event_type, unique_id, "
        "call_uuid, response, status, "
        "trace_id) VALUES ($1, $2, $3, $4, $5::uuid, $6, 'ignored', $7)",
        pg::Params::of(
            dispatch.enterprise_number,
            crm,
            dispatch.event_type,
            dispatch.unique_id,
            dispatch.call_uuid,
            reason,
            dispatch.trace_id
        )
    };
}

}  // namespace

asio::awaitable<base::Result<bool>> DispatchStore::accept(NewDispatch dispatch) {
    const auto shared = std::make_shared<const NewDispatch>(std::move(dispatch));
    std::function<asio::awaitable<base::Result<bool>>(pg::Session&)> body =
        [shared](pg::Session& session) { return accept_in(session, *shared); };
    co_return co_await pool_.transaction<bool>(std::move(body));
}

asio::awaitable<base::Result<bool>> DispatchStore::accept_in(
    pg::Session& session, const NewDispatch& dispatch
) {
    const auto fresh =
        co_await remember(session, dispatch.enterprise_number, dispatch.unique_id, dispatch.key);
    if (!fresh || !*fresh) {
        co_return fresh;
    }
    bool needs_dial = false;
    if (dispatch.is_hangup) {
        const auto dials = co_await session.execute(
            "SELECT 1 FROM dispatched_events WHERE enterprise_number = $1 AND unique_id = $2 "
            "AND dispatch_key LIKE 'dial:%' LIMIT 1",
            pg::Params::of(dispatch.enterprise_number, dispatch.unique_id)
        );
        if (!dials) {
            co_return std::unexpected(dials.error());
        }
        needs_dial = dials->empty();
    }
    if (needs_dial) {
        const auto remembered = co_await remember(
            session, dispatch.enterprise_number, dispatch.unique_id, dispatch.synthetic_key
        );
        if (!remembered) {
            co_return std::unexpected(remembered.error());
        }
    }
    std::vector<pg::Query> queries;
    if (needs_dial && !dispatch.synthetic_dials.empty()) {
        queries.push_back(outbox::insert_query("crm", dispatch.synthetic_dials));
    }
    if (!dispatch.messages.empty()) {
        queries.push_back(outbox::insert_query("crm", dispatch.messages));
    }
    for (const auto& [crm, reason] : dispatch.skipped) {
        if (reason != "disabled") {
            queries.push_back(log_skipped(dispatch, crm, reason));
        }
    }
    if (!queries.empty()) {
        const auto written = co_await session.pipeline(std::move(queries));
        if (!written) {
            co_return std::unexpected(written.error());
        }
    }
    co_return true;
}

}  // namespace trunkline::integration_cache
