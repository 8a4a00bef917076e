#pragma once

namespace trunkline::integration_cache::own_sql {

/// Who changes contacts of an enterprise ($1) does so alone, until the transaction's end.
inline constexpr auto lock =
    "SELECT pg_advisory_xact_lock(hashtextextended('own/' || $1::text, 0))";

/// The id of the company of $1 that is called $3; if there is none it is made, with the id $2.
inline constexpr auto company_by_name =
    "WITH known AS (SELECT id FROM own_companies WHERE enterprise_number = $1 AND lower(name "
    "COLLATE \"und-x-icu\") = lower($3::text COLLATE \"und-x-icu\")), "
    "made AS (INSERT INTO own_companies (enterprise_number, id, name) SELECT $1, $2, $3 WHERE NOT "
    "EXISTS (SELECT 1 FROM known) RETURNING id) "
    "SELECT id FROM known UNION ALL SELECT id FROM made";

}  // namespace trunkline::integration_cache::own_sql
