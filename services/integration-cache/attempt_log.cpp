#include "attempt_log.hpp"

#include <utility>

#include "base/redact.hpp"
#include "base/text.hpp"

namespace trunkline::integration_cache {
namespace {

constexpr std::size_t kept_request = 4000;
constexpr std::size_t kept_response = 1000;

/// As a column takes it: masked before it is cut, or half a secret could stay.
std::string presentable(std::string text, std::size_t limit) {
    auto out = base::redact(std::move(text));
    if (out.size() > limit) {
        out.resize(limit);
    }
    out = base::replace_invalid_utf8(out);
    std::erase(out, '\0');
    return out;
}

}  // namespace

asio::awaitable<base::Result<>> AttemptLog::write(Attempt attempt) {
    const auto rows = co_await pool_.execute(
        "INSERT INTO integration_logs (enterprise_number, integration, event_type, unique_id, "
        "call_uuid, request, response, status, http_status, attempt, duration_ms, trace_id) "
        "VALUES ($1, $2, $3, $4, nullif($5, '')::uuid, $6, $7, $8, $9, $10, $11, $12)",
        pg::Params::of(
            attempt.enterprise_number,
            attempt.integration,
            attempt.event_type,
            attempt.unique_id,
            attempt.call_uuid,
            presentable(std::move(attempt.request), kept_request),
            presentable(std::move(attempt.response), kept_response),
            attempt.status,
            attempt.http_status,
            static_cast<std::int64_t>(attempt.attempt),
            attempt.duration_ms,
            attempt.trace_id
        )
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    co_return base::Result<>{};
}

}  // namespace trunkline::integration_cache
