#include "config/suite_names.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <vector>

namespace trunkline::config {
namespace {

/// Sorted; a test insists. A new setting is added here first, for its neighbours read the same .env
/// file.
constexpr auto names = std::to_array<std::string_view>({
    "ADMIN_TOKEN",
    "ALLOWED_UPSTREAM_HOSTS",
    "ALLOW_LOOPBACK_UPSTREAMS",
    "ASTERISK_AMI_SECRET",
    "ASTERISK_DB_HOST",
    "ASTERISK_DB_NAME",
    "ASTERISK_DB_PASSWORD",
    "ASTERISK_DB_PORT",
    "ASTERISK_DB_USER",
    "ASTERISK_HOST",
    "ASTERISK_PORT",
    "ASTERISK_SECRET",
    "ASTERISK_USER",
    "BIND_HOST",
    "BITRIX24_OAUTH_URL",
    "BITRIX24_PORT",
    "BITRIX24_URL",
    "CACHE_ABSENT_TTL_MS",
    "CACHE_MAX_BYTES",
    "CACHE_MAX_ENTRIES",
    "CACHE_REFRESH_SECONDS",
    "CACHE_TTL_MS",
    "CALL_DESK_PORT",
    "CALL_DESK_URL",
    "CALL_EMULATOR_PORT",
    "CALL_EMULATOR_URL",
    "CALL_IDLE_MS",
    "CALL_KEEP_MS",
    "CALL_LEAVE_SETTLE_MS",
    "CALL_QUIET_MS",
    "CALL_REOPEN_MS",
    "CARD_FINAL_MODE",
    "CARD_REPLY_MS",
    "CARD_SHOW_LINE",
    "CARD_SHOW_RECORDING",
    "CARD_STALE_MS",
    "CRM_RETRY_SECONDS",
    "CRM_STEP_SECONDS",
    "CRM_UPLOAD_HOLD_SECONDS",
    "DATABASE_CONNECTIONS",
    "DATABASE_URL",
    "DEFAULT_FROM_EMAIL",
    "DEFAULT_TIMEZONE",
    "DRAIN_SECONDS",
    "EMAIL_BACKEND",
    "EMAIL_HOST",
    "EMAIL_HOST_PASSWORD",
    "EMAIL_HOST_USER",
    "EMAIL_PORT",
    "EMAIL_USE_SSL",
    "EMAIL_USE_TLS",
    "EMULATOR_ALLOWED_TARGETS",
    "EMULATOR_PATTERNS_DIR",
    "ENABLED",
    "EVENTS_KEEP_DAYS",
    "IMPORT_INTERVAL",
    "INGEST_PORT",
    "INGEST_RATE_LIMIT",
    "INGEST_URL",
    "INGEST_WORKERS",
    "INTEGRATION_CACHE_PORT",
    "INTEGRATION_CACHE_URL",
    "INTERNAL_TOKEN",
    "JOURNAL_DIR",
    "JOURNAL_MAX_BYTES",
    "JWT_SECRET",
    "LOG_DIR",
    "LOG_FORMAT",
    "LOG_LEVEL",
    "MOYSKLAD_API_URL",
    "MOYSKLAD_PHONE_API_URL",
    "MOYSKLAD_PORT",
    "MOYSKLAD_REMAP_COST",
    "MOYSKLAD_URL",
    "NAME_BUDGET_MS",
    "PBX_ALLOWED_NETWORKS",
    "PBX_GATEWAY_PORT",
    "PBX_GATEWAY_URL",
    "PBX_SPOOL_DIR",
    "PBX_SPOOL_MAX_BYTES",
    "PUBLIC_URL",
    "RECORDINGS_PATH",
    "RECORDINGS_URL_BASE",
    "REDIS_URL",
    "RETAILCRM_PORT",
    "RETAILCRM_URL",
    "SANDBOX_PORT",
    "SANDBOX_URL",
    "SECRETS_KEY",
    "TELEGRAM_API_URL",
    "TELEGRAM_NOTIFIER_PORT",
    "TELEGRAM_NOTIFIER_URL",
    "TELEGRAM_TIMEOUT_MS",
    "TELEGRAM_UPDATES",
    "TEST_MODE",
    "TRUSTED_PROXIES",
    "UON_API_URL",
    "UON_PORT",
    "UON_RECORD_WAIT_SECONDS",
    "UON_URL",
    "VOIP_EMAIL_NOTIFICATIONS",
    "VOIP_PORT",
    "VOIP_URL",
    "VOIP_WEBHOOK_NOTIFICATIONS",
    "VOIP_WEBHOOK_URL",
    "WEBSOCKET_CORS_ORIGIN",
    "WEBSOCKET_PORT",
});

/// Levenshtein's distance: how many letters must be inserted, removed or replaced.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t replaced = diagonal + (a[i] == b[j] ? 0U : 1U);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
        }
    }
    return row.back();
}

}  // namespace

std::span<const std::string_view> suite_names() { return names; }

bool is_suite_name(std::string_view name) { return std::ranges::binary_search(names, name); }

std::optional<std::string_view> nearest_suite_name(std::string_view name) {
    constexpr std::size_t longest =
        64;  // Beyond it nothing is near, and the comparison would cost.
    if (name.size() > longest) {
        return std::nullopt;
    }
    const auto* const nearest = std::ranges::min_element(
        names, {}, [name](std::string_view candidate) { return distance(name, candidate); }
    );
    const std::size_t tolerance = name.size() < 6 ? 1 : 3;
    if (distance(name, *nearest) > tolerance) {
        return std::nullopt;
    }
    return *nearest;
}

}  // namespace trunkline::config
