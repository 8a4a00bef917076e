#include "tokens.hpp"

#include <algorithm>
#include <utility>

#include "json/writer.hpp"
#include "tenants/enterprise.hpp"

namespace trunkline::bitrix24 {
namespace {

using connector::Verdict;

constexpr std::string_view section = "bitrix24";
constexpr auto look_again = std::chrono::seconds(1);

constexpr auto merge_sql =
    "UPDATE enterprises SET integrations_config = jsonb_set(integrations_config, '{bitrix24}', "
    "coalesce(integrations_config->'bitrix24', '{}'::jsonb) || $2::jsonb) WHERE number = $1";

std::string text_of(json::View root, std::string_view name) {
    const auto member = root.find(name);
    return member ? std::string(member->scalar_text().value_or("")) : std::string();
}

base::Result<> without_rows(const base::Result<pg::Rows>& rows) {
    if (!rows) {
        return std::unexpected(rows.error());
    }
    return {};
}

}  // namespace

/// The members of the configuration that a refresh needs, in the clear.
struct Tokens::Row {
    std::string access, refresh, server_endpoint;
    Client client;
};

Tokens::Tokens(
    asio::any_io_executor executor,
    pg::Pool& pool,
    httpc::Client& http,
    const crypto::SecretBox* secrets,
    std::string oauth_url
)
    : pool_(pool),
      http_(http),
      secrets_(secrets),
      oauth_url_(std::move(oauth_url)),
      changed_(std::move(executor)) {}

std::string Tokens::current(const Account& account) const {
    const auto known = newer_.find(account.enterprise);
    return known != newer_.end() && known->second.than == account.access_token
               ? known->second.token
               : account.access_token;
}

asio::awaitable<std::expected<std::string, Verdict>> Tokens::renew(
    std::string enterprise, std::string used, bool may_refresh, net::Deadline deadline
) {
    while (under_way_.contains(enterprise)) {
        const auto wake = std::min(deadline, net::deadline_in(look_again));
        (void)co_await changed_.wait_until(wake);
        if (std::chrono::steady_clock::now() >= deadline) {
            co_return std::unexpected(Verdict::busy("the token is being refreshed"));
        }
    }
    under_way_.insert(enterprise);
    struct Leave {
        Tokens& tokens;
        const std::string& enterprise;
        ~Leave() {
            tokens.under_way_.erase(enterprise);
            tokens.changed_.notify();
        }
    } const leave{*this, enterprise};
    auto renewal = co_await renew_alone(enterprise, used, may_refresh);
    if (renewal && *renewal != used) {
        base::add_log_secret(*renewal);
        // What `used` stood for: memory's own token, or one that was newer than it already.
        auto& newer = newer_[enterprise];
        if (newer.token != used) {
            newer.than = used;
        }
        newer.token = *renewal;
    }
    co_return renewal;
}

asio::awaitable<Tokens::Renewal> Tokens::renew_alone(
    std::string enterprise, std::string used, bool may_refresh
) {
    std::function<asio::awaitable<base::Result<Renewal>>(pg::Session&)> body =
        [this, &enterprise, &used, may_refresh](pg::Session& session) {
            return renew_locked(session, enterprise, used, may_refresh);
        };
    auto renewed = co_await pool_.transaction<Renewal>(body);
    if (!renewed) {
        co_return std::unexpected(
            Verdict::busy("the token could not be stored: " + base::describe(renewed.error()))
        );
    }
    if (const auto kept = unsaved_.find(enterprise);
        kept != unsaved_.end() && *renewed && **renewed == kept->second.pair.access) {
        unsaved_.erase(kept);
    }
    co_return std::move(*renewed);
}

// The transaction holds the lock over the request: whoever waits for it reads the row anew and
// finds the new pair there.
asio::awaitable<base::Result<Tokens::Renewal>> Tokens::renew_locked(
    pg::Session& session, const std::string& enterprise, const std::string& used, bool may_refresh
) {
    const auto locked = co_await session.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('bitrix24-tokens/' || $1, 0))",
        pg::Params::of(enterprise)
    );
    if (!locked) {
        co_return std::unexpected(locked.error());
    }
    const auto row = co_await read(session, enterprise);
    if (!row && row.error().code == base::Errc::forbidden) {
        co_return Renewal(std::unexpected(Verdict::refused(row.error().detail, "check SECRETS_KEY"))
        );
    }
    if (!row) {
        co_return std::unexpected(row.error());
    }
    if (const auto kept = unsaved_.find(enterprise); kept != unsaved_.end()) {
        if (kept->second.instead_of == row->refresh) {
            const auto pair = kept->second.pair;
            const auto stored = co_await store(session, enterprise, pair);
            if (!stored) {
                co_return std::unexpected(stored.error());
            }
            co_return Renewal(pair.access);
        }
        unsaved_.erase(kept);
    }
    if (row->access != used || !may_refresh) {
        co_return Renewal(row->access);
    }
    if (row->refresh.empty() || row->client.id.empty() || row->client.secret.empty()) {
        co_return Renewal(std::unexpected(Verdict::refused(
            "the access token has run out and there is nothing to refresh it with",
            "reinstall the application in the portal; it needs client_id and client_secret"
        )));
    }
    const auto server = oauth_server(row->server_endpoint, oauth_url_);
    auto request = refresh_request(server, row->client, row->refresh);
    const auto outcome = co_await http_.send(std::move(request));
    if (!outcome) {
        co_return Renewal(std::unexpected(
            Verdict::busy("the token server does not answer: " + outcome.error().error.detail)
        ));
    }
    const auto pair = pair_in(*outcome);
    if (!pair) {
        logger_.warning("{}: {} {}", enterprise, pair.error().detail, pair.error().mend);
        co_return Renewal(std::unexpected(pair.error()));
    }
    base::add_log_secret(pair->access);
    base::add_log_secret(pair->refresh);
    unsaved_[enterprise] = Unsaved{.instead_of = row->refresh, .pair = *pair};
    const auto stored = co_await store(session, enterprise, *pair);
    if (!stored) {
        co_return std::unexpected(stored.error());
    }
    logger_.info("{}: the token was refreshed", enterprise);
    co_return Renewal(pair->access);
}

asio::awaitable<base::Result<Tokens::Row>> Tokens::read(
    pg::Session& session, const std::string& enterprise
) {
    const auto rows = co_await session.execute(
        "SELECT coalesce(integrations_config->'bitrix24', '{}'::jsonb)::text AS section FROM "
        "enterprises WHERE number = $1",
        pg::Params::of(enterprise)
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    const auto document =
        json::parse(rows->empty() ? std::string_view("{}") : rows->front().text("section"));
    if (!document) {
        co_return std::unexpected(document.error());
    }
    Row row;
    row.access = text_of(document->root(), "access_token");
    row.refresh = text_of(document->root(), "refresh_token");
    row.server_endpoint = text_of(document->root(), "server_endpoint");
    row.client.id = text_of(document->root(), "client_id");
    row.client.secret = text_of(document->root(), "client_secret");
    const auto opened = open(row, enterprise);
    if (!opened) {
        co_return std::unexpected(opened.error());
    }
    co_return row;
}

base::Result<> Tokens::open(Row& row, const std::string& enterprise) const {
    for (const auto& [member, text] :
         {std::pair{"access_token", &row.access},
          std::pair{"refresh_token", &row.refresh},
          std::pair{"client_id", &row.client.id},
          std::pair{"client_secret", &row.client.secret}}) {
        if (!crypto::SecretBox::is_sealed(*text)) {
            base::add_log_secret(*text);
            continue;
        }
        auto opened =
            secrets_ == nullptr
                ? base::fail(base::Errc::forbidden, "SECRETS_KEY is not set")
                : secrets_->open(*text, tenants::secret_context(enterprise, section, member));
        if (!opened) {
            return base::fail(
                base::Errc::forbidden,
                "bitrix24." + std::string(member) + " cannot be opened with this SECRETS_KEY"
            );
        }
        *text = std::move(*opened);
        base::add_log_secret(*text);
    }
    return {};
}

std::string Tokens::sealed(
    const std::string& enterprise, std::string_view member, const std::string& plain
) const {
    return secrets_ == nullptr
               ? plain
               : secrets_->seal(plain, tenants::secret_context(enterprise, section, member));
}

std::string Tokens::pair_json(const std::string& enterprise, const TokenPair& pair) const {
    json::Writer writer;
    writer.begin_object()
        .member("access_token", sealed(enterprise, "access_token", pair.access))
        .member("refresh_token", sealed(enterprise, "refresh_token", pair.refresh))
        .member("expires", pair.expires)
        .end_object();
    return writer.take();
}

asio::awaitable<base::Result<>> Tokens::store(
    pg::Session& session, const std::string& enterprise, const TokenPair& pair
) {
    const auto rows = co_await session.execute(
        merge_sql, pg::Params::of(enterprise, pair_json(enterprise, pair))
    );
    co_return without_rows(rows);
}

asio::awaitable<base::Result<>> Tokens::install(std::string enterprise, Installation installation) {
    base::add_log_secret(installation.tokens.access);
    base::add_log_secret(installation.tokens.refresh);
    base::add_log_secret(installation.application_token);
    json::Writer writer;
    writer.begin_object()
        .member(
            "application_token",
            sealed(enterprise, "application_token", installation.application_token)
        )
        .member("member_id", installation.member_id)
        .member("domain", installation.domain)
        .member("client_endpoint", installation.client_endpoint)
        .member("server_endpoint", installation.server_endpoint)
        .member("scope", installation.scope)
        .member("status", installation.status)
        .end_object();
    auto facts = writer.take();
    auto tokens = pair_json(enterprise, installation.tokens);
    // One object of both.
    facts.back() = ',';
    const auto rows =
        co_await pool_.execute(merge_sql, pg::Params::of(enterprise, facts + tokens.substr(1)));
    newer_.erase(enterprise);
    unsaved_.erase(enterprise);
    co_return without_rows(rows);
}

asio::awaitable<base::Result<>> Tokens::uninstall(std::string enterprise) {
    const auto rows = co_await pool_.execute(
        "UPDATE enterprises SET integrations_config = jsonb_set(integrations_config, "
        "'{bitrix24}', (integrations_config->'bitrix24') - 'access_token' - 'refresh_token' - "
        "'expires' - 'application_token') WHERE number = $1 AND integrations_config ? 'bitrix24'",
        pg::Params::of(enterprise)
    );
    newer_.erase(enterprise);
    unsaved_.erase(enterprise);
    co_return without_rows(rows);
}

asio::awaitable<base::Result<>> Tokens::rename(std::string enterprise, std::string domain) {
    json::Writer writer;
    writer.begin_object().member("domain", domain).end_object();
    const auto rows = co_await pool_.execute(merge_sql, pg::Params::of(enterprise, writer.take()));
    co_return without_rows(rows);
}

}  // namespace trunkline::bitrix24
