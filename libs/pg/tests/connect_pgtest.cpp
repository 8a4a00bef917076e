#include <boost/asio/this_coro.hpp>
#include <filesystem>
#include <fstream>

#include "pg/listener.hpp"
#include "pg_fixture.hpp"
#include "testing/temp_folder.hpp"

using namespace trunkline;
using namespace trunkline::pg::test;
using pg::Params;
using pg::Pool;
using pg::Query;
using testing::PrivatePostgres;

namespace {

asio::awaitable<void> works(Pool& pool) {
    const auto one = co_await number_of(pool, "SELECT 1");
    CHECK(one == 1);
}

// Asks for a password of `guarded` and of nobody else.
class PasswordServer {
public:
    PasswordServer() : server_(make_options()) {
        testing::run_sql(server_.url(), "CREATE ROLE guarded LOGIN PASSWORD 'p@ss:w/rd'");
    }
    std::string url(const std::string& encoded_password) const {
        return "postgresql://guarded:" + encoded_password +
               "@127.0.0.1:" + std::to_string(server_.port()) + "/postgres";
    }
    const PrivatePostgres& server() const { return server_; }

private:
    testing::PostgresOptions make_options() {
        const auto path = folder_.path() / "hba";
        std::ofstream(path) << "local all all trust\n"
                               "host all guarded 127.0.0.1/32 scram-sha-256\n"
                               "host all postgres 127.0.0.1/32 trust\n";
        // The server may run as another user.
        using std::filesystem::perms;
        std::filesystem::permissions(
            folder_.path(), perms::owner_all | perms::others_read | perms::others_exec
        );
        std::filesystem::permissions(path, perms::owner_all | perms::others_read);
        testing::PostgresOptions options;
        options.settings.push_back("hba_file=" + path.string());
        return options;
    }

    testing::TempFolder folder_;
    PrivatePostgres server_;
};

asio::awaitable<void> refused(Pool& pool) {
    const auto session = co_await pool.acquire();
    REQUIRE_FALSE(session);
    CHECK(session.error().code == base::Errc::unavailable);
    CHECK_THAT(session.error().detail, ContainsSubstring("password authentication failed"));
    CHECK_THAT(session.error().detail, !ContainsSubstring("s3cret"));
    CHECK_THAT(pool.last_error(), !ContainsSubstring("s3cret"));
}

asio::awaitable<void> over_tls(Pool& pool) {
    const auto encrypted = co_await number_of(
        pool, "SELECT count(*) FROM pg_stat_ssl WHERE pid = pg_backend_pid() AND ssl"
    );
    CHECK(encrypted == 1);
    std::vector<Query> queries;
    const std::string big(100000, 'x');
    for (int count = 0; count < 100; ++count) {
        queries.push_back({.sql = "SELECT $1::text", .params = Params::of(big)});
    }
    const auto results =
        co_await pool.pipeline(std::move(queries), net::deadline_in(std::chrono::seconds(40)));
    REQUIRE(results);
    CHECK(results->back().front().text(0).size() == big.size());

    const auto executor = co_await asio::this_coro::executor;
    pg::Listener listener(executor, pool.settings());
    int gaps = 0;
    int heard = 0;
    listener.on_gap([&gaps] { ++gaps; });
    listener.on("news", [&heard](const std::string&) { ++heard; });
    listener.start();
    const bool listening = co_await eventually_true([&gaps] { return gaps == 1; });
    REQUIRE(listening);
    co_await must(pool, "SELECT pg_notify('news', g::text) FROM generate_series(1, 500) g");
    const bool all = co_await eventually_true([&heard] { return heard == 500; });
    CHECK(all);
    co_await listener.stop();
}

void switch_tls_on(const PrivatePostgres& server) {
    // By the server itself, in its data folder, so that the key belongs to the server's user.
    testing::run_sql(
        server.url(),
        "COPY (SELECT 1) TO PROGRAM 'openssl req -new -x509 -nodes -days 2 -subj /CN=localhost "
        "-keyout server.key "
        "-out server.crt 2>/dev/null && chmod 600 server.key'"
    );
    testing::run_sql(server.url(), "ALTER SYSTEM SET ssl = on");
    testing::run_sql(server.url(), "SELECT pg_reload_conf()");
}

}  // namespace

TEST_CASE("A right password is accepted and a wrong one never shown", "[pg]") {
    const PasswordServer server;
    with_pool(settings_for(server.url("p%40ss%3Aw%2Frd")), works);
    with_pool(settings_for(server.url("s3cret")), refused);
}

TEST_CASE("A unix socket is as good as TCP", "[pg]") {
    const PrivatePostgres server;
    const auto folder = testing::run_sql(server.url(), "SHOW unix_socket_directories");
    const auto port = std::to_string(server.port());
    with_pool(
        settings_for("postgresql://postgres@/postgres?host=" + folder + "&port=" + port), works
    );
    with_pool(
        settings_for("user=postgres dbname=postgres host=" + folder + " port=" + port), works
    );
}

TEST_CASE("The next host is tried when one is unknown or refuses", "[pg]") {
    const PrivatePostgres server;
    const auto port = std::to_string(server.port());
    with_pool(
        settings_for(
            "postgresql://postgres@no-such-host.invalid:1,127.0.0.1:" + port + "/postgres"
        ),
        works
    );
    with_pool(
        settings_for("postgresql://postgres@127.0.0.1:1,localhost:" + port + "/postgres"), works
    );
}

TEST_CASE("TLS carries pipelines and notifications", "[pg]") {
    const PrivatePostgres server;
    switch_tls_on(server);
    with_pool(settings_for(server.url() + "?sslmode=require"), over_tls);
}
