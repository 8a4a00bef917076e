#include <boost/asio/this_coro.hpp>
#include <functional>

#include "metrics/registry.hpp"
#include "net/task_group.hpp"
#include "pg/migrate.hpp"
#include "schema/schema.hpp"
#include "tenants/enterprise.hpp"
#include "testing/catch.hpp"
#include "testing/neighbour.hpp"
#include "testing/postgres.hpp"
#include "testing/run.hpp"
#include "tokens.hpp"

using namespace trunkline;
using namespace trunkline::bitrix24;
using namespace std::chrono_literals;

namespace {

constexpr auto add_enterprise =
    "INSERT INTO enterprises (number, name, name2, bot_token, integrations_config) VALUES ('0367', "
    "'june', '375293332255', '1:a', '{\"bitrix24\":{\"enabled\":true,\"client_id\":\"c\","
    "\"client_secret\":\"s\",\"access_token\":\"access-1\",\"refresh_token\":\"refresh-1\"}}')";

/// An OAuth server that gives a new pair each time: access-2, access-3, ...
class OAuthServer {
public:
    OAuthServer() {
        server_.handle("GET", "/oauth/token/", [this](const testing::NeighbourRequest&) {
            const auto number = std::to_string(++given_);
            return testing::NeighbourResponse::json(
                R"({"access_token":"access-)" + number + R"(","refresh_token":"refresh-)" + number +
                R"(","expires":1900000000})"
            );
        });
    }
    std::string url() const { return server_.url(); }
    std::size_t requests() const { return server_.requests().size(); }
    std::string last_query() const { return server_.requests().back().query; }
    testing::HttpNeighbour& server() { return server_; }

private:
    int given_ = 1;
    testing::HttpNeighbour server_;
};

/// One replica's tokens.
struct Replica {
    Replica(asio::any_io_executor executor, const pg::Settings& settings, const std::string& url)
        : pool(executor, settings),
          http(executor, httpc::Settings{}, registry),
          tokens(executor, pool, http, &box, url) {}

    asio::awaitable<void> close() {
        co_await http.close();
        co_await pool.close();
    }

    metrics::Registry registry;
    crypto::SecretBox box =
        *crypto::SecretBox::from_base64_key("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");
    pg::Pool pool;
    httpc::Client http;
    Tokens tokens;
};

void with_replicas(
    const std::function<asio::awaitable<void>(Replica&, Replica&, OAuthServer&)>& body
) {
    testing::ScratchDatabase database;
    OAuthServer server;
    testing::run([&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        pg::Settings settings;
        settings.url = database.url();
        Replica one(executor, settings, server.url());
        Replica two(executor, settings, server.url());
        co_await one.pool.open();
        co_await two.pool.open();
        const auto migrated = co_await pg::migrate(one.pool, schema::migrations());
        REQUIRE(migrated);
        const auto added = co_await one.pool.execute(add_enterprise);
        REQUIRE(added);
        co_await body(one, two, server);
        co_await one.close();
        co_await two.close();
    }());
}

asio::awaitable<void> renew_into(Tokens& tokens, std::string& token) {
    const auto renewed = co_await tokens.renew("0367", "access-1", true, net::deadline_in(10s));
    token = renewed ? *renewed : renewed.error().detail;
}

}  // namespace

TEST_CASE("of all who want a new token at once, in two replicas, one gets it", "[bitrix24][pg]") {
    with_replicas([](Replica& one, Replica& two, OAuthServer& server) -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        server.server().fail_next(testing::Fault::slow(300ms));
        net::TaskGroup tasks(executor, "askers");
        std::string got[4];
        for (int asker = 0; asker < 4; ++asker) {
            auto& tokens = asker % 2 == 0 ? one.tokens : two.tokens;
            tasks.spawn("ask", renew_into(tokens, got[asker]));
        }
        co_await tasks.join();
        for (const auto& token : got) {
            CHECK(token == "access-2");
        }
        CHECK(server.requests() == 1);
        CHECK_THAT(server.last_query(), ContainsSubstring("refresh_token=refresh-1"));
        const auto rows = co_await one.pool.execute(
            "SELECT integrations_config->'bitrix24'->>'access_token' AS token, "
            "integrations_config->'bitrix24'->>'client_id' AS client FROM enterprises"
        );
        REQUIRE(rows);
        const auto sealed = rows->front().text("token");
        CHECK(rows->front().text("client") == "c");
        CHECK(
            *one.box.open(sealed, tenants::secret_context("0367", "bitrix24", "access_token")) ==
            "access-2"
        );
        // Memory may still have the old one; the account is told the new one.
        Account account;
        account.enterprise = "0367";
        account.access_token = "access-1";
        CHECK(one.tokens.current(account) == "access-2");
        account.access_token = "access-2";
        CHECK(one.tokens.current(account) == "access-2");
    });
}

TEST_CASE("a pair that could not be stored is not lost", "[bitrix24][pg]") {
    with_replicas([](Replica& one, Replica&, OAuthServer& server) -> asio::awaitable<void> {
        auto session = co_await one.pool.acquire();
        REQUIRE(session);
        const auto broken = co_await session->script(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no "
            "room'; "
            "END $$; CREATE TRIGGER refuse BEFORE UPDATE ON enterprises FOR EACH ROW EXECUTE "
            "FUNCTION refuse()"
        );
        REQUIRE(broken);
        const auto failed =
            co_await one.tokens.renew("0367", "access-1", true, net::deadline_in(10s));
        REQUIRE_FALSE(failed);
        CHECK(failed.error().kind == connector::Verdict::Kind::busy);
        CHECK(server.requests() == 1);
        const auto mended = co_await session->script("DROP TRIGGER refuse ON enterprises");
        REQUIRE(mended);
        const auto renewed =
            co_await one.tokens.renew("0367", "access-1", true, net::deadline_in(10s));
        REQUIRE(renewed);
        CHECK(*renewed == "access-2");
        CHECK(server.requests() == 1);
        const auto next =
            co_await one.tokens.renew("0367", "access-2", true, net::deadline_in(10s));
        REQUIRE(next);
        CHECK(*next == "access-3");
        CHECK_THAT(server.last_query(), ContainsSubstring("refresh_token=refresh-2"));
    });
}

TEST_CASE("a token that is refused for good is looked up, not refreshed", "[bitrix24][pg]") {
    with_replicas([](Replica& one, Replica&, OAuthServer& server) -> asio::awaitable<void> {
        const auto other =
            co_await one.tokens.renew("0367", "access-0", false, net::deadline_in(10s));
        REQUIRE(other);
        CHECK(*other == "access-1");
        const auto same =
            co_await one.tokens.renew("0367", "access-1", false, net::deadline_in(10s));
        REQUIRE(same);
        CHECK(*same == "access-1");
        CHECK(server.requests() == 0);
        server.server().answer(
            "GET",
            "/oauth/token/",
            testing::NeighbourResponse::json(R"({"error":"invalid_grant"})", 400)
        );
        const auto dead =
            co_await one.tokens.renew("0367", "access-1", true, net::deadline_in(10s));
        REQUIRE_FALSE(dead);
        CHECK_THAT(dead.error().mend, ContainsSubstring("reinstall"));
        const auto gone = co_await one.tokens.uninstall("0367");
        REQUIRE(gone);
        const auto nothing =
            co_await one.tokens.renew("0367", "access-1", true, net::deadline_in(10s));
        REQUIRE(nothing);
        CHECK(nothing->empty());
    });
}
