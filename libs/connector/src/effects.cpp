#include "connector/effects.hpp"

#include <algorithm>
#include <utility>

#include "base/ids.hpp"

namespace trunkline::connector {
namespace {

base::Result<> without_rows(const base::Result<pg::Rows>& rows) {
    if (!rows) {
        return std::unexpected(rows.error());
    }
    return {};
}

// A row that this statement makes is fresh; one that was there and is not done was begun before. It
// changes hands only if its owner is this process, is past its lease, or there is no lease.
constexpr auto begin_sql =
    "WITH wanted AS (SELECT key, position FROM unnest($3::text[]) WITH ORDINALITY AS w(key, "
    "position)), "
    "made AS (INSERT INTO crm_effects (enterprise_number, crm, effect_key, state, owner) "
    "SELECT $1, $2, key, 'started', $4::uuid FROM wanted ORDER BY key ON CONFLICT DO NOTHING "
    "RETURNING effect_key), "
    "again AS (UPDATE crm_effects e SET owner = $4::uuid, updated_at = now() FROM wanted w WHERE "
    "e.enterprise_number = $1 AND e.crm = $2 AND e.effect_key = w.key AND e.state = 'started' AND "
    "(e.owner = $4::uuid OR e.updated_at <= now() - make_interval(secs => $5)) "
    "RETURNING e.effect_key) "
    "SELECT w.key, made.effect_key IS NULL AS repeated, made.effect_key IS NULL AND "
    "again.effect_key IS NULL AS taken FROM wanted w "
    "LEFT JOIN made ON made.effect_key = w.key LEFT JOIN again ON again.effect_key = w.key "
    "LEFT JOIN crm_effects e ON e.enterprise_number = $1 AND e.crm = $2 AND e.effect_key = w.key "
    "WHERE e.state IS DISTINCT FROM 'done' ORDER BY w.position";

}  // namespace

Effects::Effects(
    pg::Pool& pool, metrics::Registry& registry, std::string crm, const std::string& name
)
    : pool_(pool),
      crm_(std::move(crm)),
      owner_(base::make_uuid()),
      possible_doubles_(registry.counter(
          name + "_possible_doubles_total",
          "Effects sent again because the outcome of the first stayed unknown",
          {}
      )) {}

asio::awaitable<base::Result<std::vector<Effects::Effect>>> Effects::begin(
    std::string enterprise, std::vector<std::string> keys, std::chrono::seconds lease
) {
    const auto rows = co_await pool_.execute(
        begin_sql, pg::Params::of(enterprise, crm_, keys, owner_, lease.count())
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    std::vector<Effect> effects;
    for (const auto& row : *rows) {
        Effect effect;
        effect.key = row.text("key");
        effect.repeated = row.boolean("repeated");
        effect.is_taken = row.boolean("taken");
        effects.push_back(std::move(effect));
    }
    co_return effects;
}

asio::awaitable<base::Result<>> Effects::finish(
    std::string enterprise, std::vector<std::string> keys, std::string answer
) {
    const auto rows = co_await pool_.execute(
        "UPDATE crm_effects SET state = 'done', answer = $4, updated_at = now() "
        "WHERE enterprise_number = $1 AND crm = $2 AND effect_key = ANY($3::text[])",
        pg::Params::of(enterprise, crm_, keys, answer)
    );
    co_return without_rows(rows);
}

asio::awaitable<base::Result<>> Effects::forget(
    std::string enterprise, std::vector<std::string> keys
) {
    const auto rows = co_await pool_.execute(
        "DELETE FROM crm_effects WHERE enterprise_number = $1 AND crm = $2 AND state = 'started' "
        "AND effect_key = ANY($3::text[])",
        pg::Params::of(enterprise, crm_, keys)
    );
    co_return without_rows(rows);
}

asio::awaitable<base::Result<>> Effects::settle(
    std::string enterprise, std::vector<std::string> keys, const Reply& reply
) {
    base::Result<> kept;
    if (reply.verdict.kind == Verdict::Kind::accepted) {
        kept = co_await finish(std::move(enterprise), std::move(keys), reply.verdict.detail);
    } else if (!reply.is_unknown) {
        kept = co_await forget(std::move(enterprise), std::move(keys));
    }
    co_return kept;
}

asio::awaitable<base::Result<std::optional<std::string>>> Effects::answer_to(
    std::string enterprise, std::string key
) {
    const auto rows = co_await pool_.execute(
        "SELECT answer FROM crm_effects WHERE enterprise_number = $1 AND crm = $2 AND effect_key = "
        "$3 AND state = 'done'",
        pg::Params::of(enterprise, crm_, key)
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    std::optional<std::string> answer;
    if (!rows->empty()) {
        answer = std::string(rows->front().text("answer"));
    }
    co_return answer;
}

asio::awaitable<base::Result<std::optional<std::string>>> Effects::key_with_answer(
    std::string enterprise, std::string answer
) {
    const auto rows = co_await pool_.execute(
        "SELECT effect_key FROM crm_effects WHERE enterprise_number = $1 AND crm = $2 AND answer = "
        "$3 AND state = 'done' LIMIT 1",
        pg::Params::of(enterprise, crm_, answer)
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    std::optional<std::string> key;
    if (!rows->empty()) {
        key = std::string(rows->front().text("effect_key"));
    }
    co_return key;
}

asio::awaitable<base::Result<>> Effects::count_possible_doubles(
    std::string enterprise, std::vector<std::string> keys
) {
    possible_doubles_.add(static_cast<double>(keys.size()));
    const auto rows = co_await pool_.execute(
        "UPDATE crm_effects SET possible_doubles = possible_doubles + 1 WHERE enterprise_number = "
        "$1 AND crm = $2 AND effect_key = ANY($3::text[])",
        pg::Params::of(enterprise, crm_, keys)
    );
    co_return without_rows(rows);
}

std::vector<std::string> keys_of(const std::vector<Effects::Effect>& effects) {
    std::vector<std::string> keys;
    keys.reserve(effects.size());
    std::ranges::transform(effects, std::back_inserter(keys), &Effects::Effect::key);
    return keys;
}

std::vector<std::string> repeated_keys_of(const std::vector<Effects::Effect>& effects) {
    std::vector<std::string> keys;
    for (const auto& effect : effects) {
        if (effect.repeated) {
            keys.push_back(effect.key);
        }
    }
    return keys;
}

}  // namespace trunkline::connector
