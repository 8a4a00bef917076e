#pragma once

#include <expected>
#include <map>
#include <set>
#include <string>

#include "account.hpp"
#include "base/log.hpp"
#include "crypto/secret_box.hpp"
#include "httpc/client.hpp"
#include "net/event.hpp"
#include "oauth.hpp"
#include "pg/pool.hpp"

namespace trunkline::bitrix24 {

/// What an installation of the application tells (ONAPPINSTALL).
struct Installation {
    TokenPair tokens;
    std::string application_token;
    std::string member_id;
    std::string domain;  ///< As it is to stand in the configuration.
    std::string client_endpoint;
    std::string server_endpoint;
    std::string scope;
    std::string status;
};

/// The application's tokens in enterprises.integrations_config, sealed. A pair is stored before it
/// is used, and one at a time refreshes a portal's: here, and in all replicas (advisory lock). One
/// executor.
class Tokens {
public:
    Tokens(
        asio::any_io_executor executor,
        pg::Pool& pool,
        httpc::Client& http,
        const crypto::SecretBox* secrets,
        std::string oauth_url
    );

    /// The token to use now: memory's enterprise may be a moment behind the row.
    std::string current(const Account& account) const;

    /// `used` was refused. Another token if there is one by now; else, if `may_refresh`, a new one;
    /// else the same. `busy`: ask again later.
    asio::awaitable<std::expected<std::string, connector::Verdict>> renew(
        std::string enterprise, std::string used, bool may_refresh, net::Deadline deadline
    );

    asio::awaitable<base::Result<>> install(std::string enterprise, Installation installation);
    /// The application is gone from the portal; its tokens are worth nothing.
    asio::awaitable<base::Result<>> uninstall(std::string enterprise);
    /// The portal has another name now.
    asio::awaitable<base::Result<>> rename(std::string enterprise, std::string domain);

private:
    using Renewal = std::expected<std::string, connector::Verdict>;
    struct Row;

    asio::awaitable<Renewal> renew_alone(
        std::string enterprise, std::string used, bool may_refresh
    );
    asio::awaitable<base::Result<Renewal>> renew_locked(
        pg::Session& session,
        const std::string& enterprise,
        const std::string& used,
        bool may_refresh
    );
    asio::awaitable<base::Result<Row>> read(pg::Session& session, const std::string& enterprise);
    asio::awaitable<base::Result<>> store(
        pg::Session& session, const std::string& enterprise, const TokenPair& pair
    );
    base::Result<> open(Row& row, const std::string& enterprise) const;
    std::string sealed(
        const std::string& enterprise, std::string_view member, const std::string& plain
    ) const;
    std::string pair_json(const std::string& enterprise, const TokenPair& pair) const;

    struct Newer {
        std::string than;  ///< What memory's enterprise had when it was renewed.
        std::string token;
    };

    pg::Pool& pool_;
    httpc::Client& http_;
    const crypto::SecretBox* secrets_;
    std::string oauth_url_;
    base::Logger logger_{"bitrix24.tokens"};
    std::map<std::string, Newer> newer_;
    /// Got from Bitrix24 and not known to be stored: losing one ends the installation.
    struct Unsaved {
        std::string instead_of;  ///< The refresh token that was spent for it.
        TokenPair pair;
    };
    std::map<std::string, Unsaved> unsaved_;
    std::set<std::string> under_way_;
    net::Event changed_;
};

}  // namespace trunkline::bitrix24
