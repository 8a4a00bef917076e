#include "client_id.hpp"

#include "base/ids.hpp"
#include "base/log.hpp"

namespace trunkline::retailcrm {
namespace {

constexpr std::size_t key_bytes = 24;

// Of two registrations at once one makes the key, and both use it.
constexpr auto keep_sql =
    "UPDATE enterprises SET updated_at = now(), integrations_config = "
    "jsonb_set(integrations_config, '{retailcrm,client_id}', to_jsonb($2::text)) "
    "WHERE number = $1 AND integrations_config ? 'retailcrm' AND "
    "coalesce(integrations_config->'retailcrm'->>'client_id', '') = ''";

}  // namespace

base::Result<std::string> client_id_of(
    const tenants::Enterprise& enterprise, const crypto::SecretBox* box
) {
    auto key = enterprise.secret("retailcrm", "client_id", box);
    if (key && key->empty()) {
        return base::fail(base::Errc::not_found, "there is no retailcrm.client_id");
    }
    if (key) {
        base::add_log_secret(*key);
    }
    return key;
}

asio::awaitable<base::Result<std::string>> ensure_client_id(
    connector::Parts parts, connector::EnterprisePointer enterprise, net::Deadline deadline
) {
    auto key = client_id_of(*enterprise, parts.secrets);
    if (key || key.error().code != base::Errc::not_found) {
        co_return key;
    }
    const auto made = base::random_hex(key_bytes);
    const auto place = tenants::secret_context(enterprise->number, "retailcrm", "client_id");
    const auto stored = parts.secrets != nullptr ? parts.secrets->seal(made, place) : made;
    const auto kept =
        co_await parts.pool.execute(keep_sql, pg::Params::of(enterprise->number, stored), deadline);
    if (!kept) {
        co_return std::unexpected(kept.error());
    }
    const bool is_read = co_await parts.directory.reload(enterprise->number, deadline);
    const auto fresh = parts.directory.by_number(enterprise->number);
    if (!is_read || !fresh) {
        co_return base::fail(base::Errc::unavailable, "the new client_id cannot be read yet");
    }
    co_return client_id_of(*fresh, parts.secrets);
}

}  // namespace trunkline::retailcrm
