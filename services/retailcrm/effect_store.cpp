#include "effect_store.hpp"

#include <utility>

namespace trunkline::retailcrm {
namespace {

base::Result<> without_rows(const base::Result<pg::Rows>& rows) {
    if (!rows) {
        return std::unexpected(rows.error());
    }
    return {};
}

}  // namespace

asio::awaitable<base::Result<std::vector<EffectStore::Effect>>> EffectStore::begin(
    std::string enterprise, std::vector<std::string> keys
) {
    // A row that this statement makes is fresh; one that was there and is not done was begun
    // before.
    const auto rows = co_await pool_.execute(
        "WITH wanted AS (SELECT key, position FROM unnest($2::text[]) WITH ORDINALITY AS w(key, "
        "position)), "
        "made AS (INSERT INTO crm_effects (enterprise_number, crm, effect_key, state) "
        "SELECT $1, 'retailcrm', key, 'started' FROM wanted ORDER BY key ON CONFLICT DO NOTHING "
        "RETURNING effect_key), "
        "again AS (UPDATE crm_effects e SET possible_doubles = e.possible_doubles + 1, updated_at "
        "= now() FROM wanted w WHERE e.enterprise_number = $1 AND e.crm = 'retailcrm' AND "
        "e.effect_key = w.key AND e.state = 'started') "
        "SELECT w.key, made.effect_key IS NULL AS repeated FROM wanted w LEFT JOIN made ON "
        "made.effect_key = w.key "
        "LEFT JOIN crm_effects e ON e.enterprise_number = $1 AND e.crm = 'retailcrm' AND "
        "e.effect_key = w.key "
        "WHERE e.state IS DISTINCT FROM 'done' ORDER BY w.position",
        pg::Params::of(enterprise, keys)
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    std::vector<Effect> effects;
    for (const auto& row : *rows) {
        effects.push_back({std::string(row.text("key")), row.boolean("repeated")});
    }
    co_return effects;
}

asio::awaitable<base::Result<>> EffectStore::finish(
    std::string enterprise, std::vector<std::string> keys, std::string answer
) {
    const auto rows = co_await pool_.execute(
        "UPDATE crm_effects SET state = 'done', answer = $3, updated_at = now() "
        "WHERE enterprise_number = $1 AND crm = 'retailcrm' AND effect_key = ANY($2::text[])",
        pg::Params::of(enterprise, keys, answer)
    );
    co_return without_rows(rows);
}

asio::awaitable<base::Result<>> EffectStore::forget(
    std::string enterprise, std::vector<std::string> keys
) {
    const auto rows = co_await pool_.execute(
        "DELETE FROM crm_effects WHERE enterprise_number = $1 AND crm = 'retailcrm' AND state = "
        "'started' "
        "AND effect_key = ANY($2::text[])",
        pg::Params::of(enterprise, keys)
    );
    co_return without_rows(rows);
}

asio::awaitable<base::Result<>> EffectStore::log(LogLine line) {
    const auto rows = co_await pool_.execute(
        "INSERT INTO integration_logs (enterprise_number, integration, event_type, unique_id, "
        "call_uuid, request, response, "
        "status, http_status, duration_ms, trace_id, attempt) "
        "VALUES ($1, 'retailcrm', $2, $3, nullif($4, '')::uuid, $5, $6, $7, $8, $9, $10, $11)",
        pg::Params::of(
            line.enterprise,
            line.event_type,
            line.unique_id,
            line.call_uuid,
            line.request,
            line.response,
            line.status,
            line.http_status,
            line.duration_ms,
            line.trace_id,
            line.attempt
        )
    );
    co_return without_rows(rows);
}

}  // namespace trunkline::retailcrm
