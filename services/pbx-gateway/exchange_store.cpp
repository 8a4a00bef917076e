#include "exchange_store.hpp"

namespace trunkline::pbx_gateway {
namespace {

constexpr auto enabled_sql =
    "SELECT p.id, enterprise_number, kind, p.name, host, port, username, secret, use_ssl, "
    "connect_timeout, reconnect_delay, debug_mode, recordings_path, settings::text AS settings, "
    "e.name2 AS token, e.timezone, e.webhook_secret "
    "FROM pbx_servers p JOIN enterprises e ON e.number = p.enterprise_number "
    "WHERE enabled AND kind = 'asterisk' AND host <> '' ORDER BY p.id";

ExchangeRow row_of(const pg::Row& row) {
    ExchangeRow out;
    out.id = row.text("id");
    out.enterprise_number = row.text("enterprise_number");
    out.kind = row.text("kind");
    out.name = row.text("name");
    out.host = row.text("host");
    out.port = static_cast<std::uint16_t>(row.integer("port"));
    out.username = row.text("username");
    out.secret = row.text("secret");
    out.use_ssl = row.boolean("use_ssl");
    out.connect_timeout = std::chrono::seconds(row.integer("connect_timeout"));
    out.reconnect_delay = std::chrono::seconds(row.integer("reconnect_delay"));
    out.debug_mode = row.boolean("debug_mode");
    out.recordings_path = row.text("recordings_path");
    out.settings = row.text("settings");
    out.token = row.text("token");
    out.timezone = row.optional_text("timezone").value_or("");
    out.webhook_secret = row.optional_text("webhook_secret").value_or("");
    return out;
}

}  // namespace

asio::awaitable<base::Result<std::vector<ExchangeRow>>> ExchangeStore::enabled() {
    const auto rows = co_await pool_.execute(enabled_sql);
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    std::vector<ExchangeRow> out;
    out.reserve(rows->size());
    for (const auto& row : *rows) {
        out.push_back(row_of(row));
    }
    co_return out;
}

asio::awaitable<base::Result<std::optional<ExchangeStore::Followed>>> ExchangeStore::followed(
    std::string id
) {
    const auto rows = co_await pool_.execute(
        "SELECT spool, next_seq, open_calls::text AS open_calls FROM pbx_followed WHERE pbx_id = "
        "$1",
        pg::Params::of(id)
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    std::optional<Followed> out;
    if (!rows->empty()) {
        const auto row = rows->front();
        out.emplace();
        out->spool = row.text("spool");
        out->next_seq = static_cast<std::uint64_t>(row.integer("next_seq"));
        out->open_calls = row.text("open_calls");
    }
    co_return out;
}

asio::awaitable<base::Result<>> ExchangeStore::keep_followed(std::string id, Followed followed) {
    const auto kept = co_await pool_.execute(
        "INSERT INTO pbx_followed (pbx_id, spool, next_seq, open_calls) VALUES ($1, $2, $3, "
        "$4::jsonb) ON CONFLICT (pbx_id) DO UPDATE SET spool = excluded.spool, next_seq = "
        "excluded.next_seq, open_calls = excluded.open_calls, updated_at = now()",
        pg::Params::of(id, followed.spool, followed.next_seq, followed.open_calls)
    );
    if (!kept) {
        co_return std::unexpected(kept.error());
    }
    co_return base::Result<>{};
}

}  // namespace trunkline::pbx_gateway
