#include <openssl/ssl.h>

#include <boost/asio/ssl/context.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "bench.hpp"
#include "httpc/client.hpp"
#include "testing/catch.hpp"
#include "testing/temp_folder.hpp"

using namespace trunkline::httpc;
using namespace std::chrono_literals;
namespace asio = trunkline::asio;
using trunkline::base::Errc;
using trunkline::testing::TempFolder;

namespace {

using Peer = RawPeer::Connection;

/// A certificate authority made for this run, and certificates that it signed.
class Authority {
public:
    Authority() {
        openssl(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out "
            "ca.pem -days 2 "
            "-subj /CN=ours"
        );
        openssl(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout alien.key -out "
            "alien.pem -days 2 "
            "-subj /CN=alien"
        );
        sign("localhost", "DNS:localhost");
        sign("address", "IP:127.0.0.1");
        sign("elsewhere", "DNS:elsewhere.example");
    }

    std::filesystem::path file(const std::string& name) const { return folder_.path() / name; }

    asio::ssl::context server(const std::string& name) const {
        asio::ssl::context context(asio::ssl::context::tls_server);
        context.use_certificate_file(file(name + ".pem").string(), asio::ssl::context::pem);
        context.use_private_key_file(file(name + ".key").string(), asio::ssl::context::pem);
        return context;
    }

private:
    void openssl(const std::string& arguments) const {
        const auto command = "cd '" + folder_.path().string() + "' && openssl " + arguments +
                             " >/dev/null 2>openssl.log";
        const int status =
            std::system(command.c_str());  // NOLINT(concurrency-mt-unsafe): tests have one thread.
        REQUIRE(status == 0);
    }

    void sign(const std::string& name, const std::string& alternative_name) const {
        std::ofstream(file(name + ".ext")) << "subjectAltName=" << alternative_name << "\n";
        openssl(
            "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout " + name +
            ".key -out " + name + ".csr -subj /CN=" + name
        );
        openssl(
            "x509 -req -in " + name +
            ".csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 1 -out " + name +
            ".pem -extfile " + name + ".ext"
        );
    }

    TempFolder folder_;
};

const Authority& authority() {
    static const Authority made;
    return made;
}

Settings trusting(const std::string& ca_name) {
    Settings settings;
    settings.ca_file = authority().file(ca_name);
    return settings;
}

std::string https_url(const RawPeer& peer, const std::string& host) {
    return "https://" + host + ":" + std::to_string(peer.port()) + "/";
}

/// A bench whose peer speaks TLS.
struct TlsBench {
    TlsBench(
        asio::any_io_executor executor,
        asio::ssl::context& tls,
        Settings settings,
        RawPeer::Script script
    )
        : peer(executor, std::move(script), &tls),
          client(executor, patient(std::move(settings)), registry) {}

    asio::awaitable<Outcome> send(const std::string& host, bool tenant_given = false) {
        Request request;
        request.method = "POST";
        request.url = https_url(peer, host);
        request.timeout = 20s;
        request.tenant_given = tenant_given;
        auto outcome = co_await client.send(std::move(request));
        co_return outcome;
    }

    asio::awaitable<void> end() {
        co_await client.close();
        co_await peer.stop();
    }

    trunkline::metrics::Registry registry;
    RawPeer peer;
    Client client;
};

asio::awaitable<void> tell_server_name(Peer& connection) {
    for (;;) {
        const auto request = co_await connection.read_request();
        if (request.empty()) {
            co_return;
        }
        const auto answer = ok_answer(connection.server_name());
        co_await connection.send(answer);
    }
}

asio::awaitable<void> accept_good() {
    auto tls = authority().server("localhost");
    TlsBench bench(co_await asio::this_coro::executor, tls, trusting("ca.pem"), tell_server_name);
    for (int i = 0; i < 3; ++i) {
        const auto outcome = co_await bench.send("localhost");
        REQUIRE(outcome.has_value());
        CHECK(outcome->body == "localhost");
    }
    CHECK(bench.peer.accepted() == 1);
    co_await bench.end();
}

asio::awaitable<void> accept_address() {
    auto tls = authority().server("address");
    TlsBench bench(co_await asio::this_coro::executor, tls, trusting("ca.pem"), tell_server_name);
    const auto outcome = co_await bench.send("127.0.0.1");
    REQUIRE(outcome.has_value());
    CHECK(outcome->body.empty());  // No SNI for an address.
    co_await bench.end();
}

asio::awaitable<void> refuse(
    std::string certificate, std::string host, std::string ca, std::string why
) {
    auto tls = authority().server(certificate);
    TlsBench bench(co_await asio::this_coro::executor, tls, trusting(ca), tell_server_name);
    const auto outcome = co_await bench.send(host);
    REQUIRE_FALSE(outcome.has_value());
    CHECK(outcome.error().error.code == Errc::unavailable);
    CHECK_FALSE(outcome.error().request_sent);
    CHECK_THAT(outcome.error().error.detail, ContainsSubstring(why));
    CHECK(bench.peer.requests().empty());
    co_await bench.end();
}

asio::awaitable<void> refuse_old_tls() {
    auto tls = authority().server("localhost");
    SSL_CTX_set_security_level(tls.native_handle(), 0);
    SSL_CTX_set_min_proto_version(tls.native_handle(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(tls.native_handle(), TLS1_1_VERSION);
    TlsBench bench(co_await asio::this_coro::executor, tls, trusting("ca.pem"), tell_server_name);
    const auto outcome = co_await bench.send("localhost");
    REQUIRE_FALSE(outcome.has_value());
    CHECK(outcome.error().error.code == Errc::unavailable);
    CHECK_FALSE(outcome.error().request_sent);
    co_await bench.end();
}

asio::awaitable<void> accept_tls_1_2() {
    auto tls = authority().server("localhost");
    SSL_CTX_set_max_proto_version(tls.native_handle(), TLS1_2_VERSION);
    TlsBench bench(co_await asio::this_coro::executor, tls, trusting("ca.pem"), answer_all);
    const auto outcome = co_await bench.send("localhost");
    CHECK(outcome.has_value());
    co_await bench.end();
}

asio::awaitable<void> answer_once(Peer& connection) {
    const auto request = co_await connection.read_request();
    const auto answer = ok_answer();
    co_await connection.send(answer);
}

asio::awaitable<void> find_closed_connection() {
    auto tls = authority().server("localhost");
    TlsBench bench(co_await asio::this_coro::executor, tls, trusting("ca.pem"), answer_once);
    for (std::size_t i = 1; i <= 3; ++i) {
        const auto outcome = co_await bench.send("localhost");
        REQUIRE(outcome.has_value());
        co_await bench.peer.until([&bench, i] { return bench.peer.ended() == i; });
    }
    CHECK(bench.peer.requests().size() == 3);
    co_await bench.end();
}

asio::awaitable<void> cut_off(Peer& connection) {
    const auto request = co_await connection.read_request();
    co_await connection.send("HTTP/1.1 200 OK\r\n\r\nwho knows whether this is all");
}

/// Without a close_notify nobody can tell the end of such a body from an attack on it.
asio::awaitable<void> refuse_truncation() {
    auto tls = authority().server("localhost");
    TlsBench bench(co_await asio::this_coro::executor, tls, trusting("ca.pem"), cut_off);
    const auto outcome = co_await bench.send("localhost");
    REQUIRE_FALSE(outcome.has_value());
    CHECK(outcome.error().error.code == Errc::unavailable);
    CHECK(outcome.error().request_sent);
    co_await bench.end();
}

/// The operator's connection to an inner host must not serve a tenant.
asio::awaitable<void> keep_pools_apart() {
    auto tls = authority().server("localhost");
    TlsBench bench(co_await asio::this_coro::executor, tls, trusting("ca.pem"), answer_all);
    const auto operators = co_await bench.send("localhost");
    REQUIRE(operators.has_value());
    const auto tenants = co_await bench.send("localhost", true);
    REQUIRE_FALSE(tenants.has_value());
    CHECK(tenants.error().error.code == Errc::forbidden);
    CHECK_FALSE(tenants.error().request_sent);
    co_await bench.end();
}

asio::awaitable<void> let_allowed_host_pass() {
    auto tls = authority().server("localhost");
    auto settings = trusting("ca.pem");
    settings.allowed_upstream_hosts = {"localhost"};
    TlsBench bench(co_await asio::this_coro::executor, tls, settings, answer_all);
    const auto outcome = co_await bench.send("localhost", true);
    CHECK(outcome.has_value());
    co_await bench.end();
}

}  // namespace

TEST_CASE("a certificate of a known authority for the right name is accepted", "[httpc]") {
    trunkline::testing::run(accept_good());
}

TEST_CASE("a certificate for the right address is accepted", "[httpc]") {
    trunkline::testing::run(accept_address());
}

TEST_CASE("a certificate for another host is refused", "[httpc]") {
    trunkline::testing::run(refuse("elsewhere", "localhost", "ca.pem", "ostname mismatch"));
    trunkline::testing::run(refuse("localhost", "127.0.0.1", "ca.pem", "IP address mismatch"));
}

TEST_CASE("a certificate of an unknown authority is refused", "[httpc]") {
    trunkline::testing::run(refuse("localhost", "localhost", "alien.pem", "certificate refused"));
}

TEST_CASE("the system's certificates do not vouch for our own", "[httpc]") {
    asio::awaitable<void> (*const refuse_by_default)() = []() -> asio::awaitable<void> {
        auto tls = authority().server("localhost");
        TlsBench bench(co_await asio::this_coro::executor, tls, Settings{}, answer_all);
        const auto outcome = co_await bench.send("localhost");
        CHECK_FALSE(outcome.has_value());
        co_await bench.end();
    };
    trunkline::testing::run(refuse_by_default());
}

TEST_CASE("TLS 1.2 is enough, 1.1 is not", "[httpc]") {
    trunkline::testing::run(accept_tls_1_2());
    trunkline::testing::run(refuse_old_tls());
}

TEST_CASE("a TLS connection that the peer has closed is found out before it is used", "[httpc]") {
    trunkline::testing::run(find_closed_connection());
}

TEST_CASE("a body without length needs TLS's own end", "[httpc]") {
    trunkline::testing::run(refuse_truncation());
}

TEST_CASE("an operator's connection does not serve a tenant", "[httpc]") {
    trunkline::testing::run(keep_pools_apart());
}

TEST_CASE("an allowed host may be private", "[httpc]") {
    trunkline::testing::run(let_allowed_host_pass());
}
