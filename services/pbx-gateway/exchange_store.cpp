#include "exchange_store.hpp"

namespace trunkline::pbx_gateway {
namespace {

constexpr auto enabled_sql =
    "SELECT id, enterprise_number, kind, name, host, port, username, secret, use_ssl, "
    "connect_timeout, reconnect_delay, debug_mode, recordings_path, settings::text AS settings "
    "FROM pbx_servers WHERE enabled AND kind = 'asterisk' AND host <> '' ORDER BY id";

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

}  // namespace trunkline::pbx_gateway
