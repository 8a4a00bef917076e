#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "net/sleep.hpp"
#include "net/task_group.hpp"
#include "redis/client.hpp"
#include "redis/subscriber.hpp"
#include "testing/catch.hpp"
#include "testing/eventually.hpp"
#include "testing/run.hpp"

namespace trunkline::redis {
namespace {

using asio::ip::tcp;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::eventually;
constexpr auto use_tuple = asio::as_tuple(asio::use_awaitable);

// A peer that answers every piece that it reads by the next of its lines, the last one again and
// again.
class HostilePeer {
public:
    HostilePeer(asio::any_io_executor executor, std::vector<std::string> answers)
        : acceptor_(executor, {asio::ip::address_v4::loopback(), 0}),
          answers_(std::move(answers)),
          tasks_(executor, "test") {
        tasks_.spawn("accept", accept_loop());
    }

    std::string url() const {
        return "redis://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
    }
    int connections() const { return connections_; }

    asio::awaitable<void> stop() {
        tasks_.cancel();
        co_await tasks_.join();
    }

private:
    asio::awaitable<void> accept_loop() {
        while (true) {
            auto socket = co_await acceptor_.async_accept(asio::use_awaitable);
            ++connections_;
            tasks_.spawn("talk", talk(std::move(socket)));
        }
    }

    asio::awaitable<void> talk(tcp::socket socket) {
        std::array<char, 4096> buffer{};
        for (std::size_t turn = 0;; ++turn) {
            auto [read_error, size] =
                co_await socket.async_read_some(asio::buffer(buffer), use_tuple);
            if (read_error || answers_.empty()) {
                co_return;
            }
            const auto& answer = answers_[std::min(turn, answers_.size() - 1)];
            auto [write_error, written] =
                co_await asio::async_write(socket, asio::buffer(answer), use_tuple);
            if (write_error) {
                co_return;
            }
        }
    }

    tcp::acceptor acceptor_;
    std::vector<std::string> answers_;
    net::TaskGroup tasks_;
    int connections_ = 0;
};

Settings settings_for(const HostilePeer& peer) {
    Settings settings;
    settings.url = peer.url();
    settings.max_reply_bytes = 1024;
    settings.command_timeout = seconds(20);
    settings.reconnect = {.initial = milliseconds(1), .maximum = milliseconds(5)};
    return settings;
}

struct Case {
    std::string name;
    std::vector<std::string> answers;
    std::string error;
};

asio::awaitable<void> survives(const Case& each) {
    const auto executor = co_await asio::this_coro::executor;
    HostilePeer peer(executor, each.answers);
    Client client(executor, settings_for(peer));
    Subscriber subscriber(executor, settings_for(peer));
    subscriber.on("a", [](const std::string&) {});
    client.start();
    subscriber.start();
    bool refused = false;
    bool told = false;
    // Commands make a peer show its worst that is friendly at first.
    const auto deadline = net::deadline_in(seconds(20));
    while ((peer.connections() < 6 || !refused || !told) && net::time_left(deadline) > seconds(0)) {
        const auto reply = co_await client.get("k");
        refused = refused || !reply;
        told = told || client.last_error().find(each.error) != std::string::npos;
        co_await net::sleep_for(milliseconds(1));
    }
    co_await client.stop();
    co_await subscriber.stop();
    co_await peer.stop();
    REQUIRE(refused);
    REQUIRE(told);
    REQUIRE(peer.connections() >= 6);
}

asio::awaitable<void> silence_is_bounded() {
    const auto executor = co_await asio::this_coro::executor;
    HostilePeer peer(executor, {""});
    auto settings = settings_for(peer);
    settings.command_timeout = milliseconds(50);
    Client client(executor, settings);
    client.start();
    co_await eventually([&] { return peer.connections() >= 3; }, "further tries");
    const auto error = client.last_error();
    co_await client.stop();
    co_await peer.stop();
    REQUIRE_THAT(error, ContainsSubstring("timeout"));
}

}  // namespace

TEST_CASE("whatever a peer sends, clients lose the connection and nothing more", "[redis]") {
    const std::string pong = "+PONG\r\n";
    const std::vector<Case> cases = {
        {"closes at once", {}, "lost"},
        {"speaks HTTP", {"HTTP/1.1 400 Bad Request\r\n\r\n"}, "malformed"},
        {"is still loading", {"-LOADING Redis is loading the dataset in memory\r\n"}, "LOADING"},
        {"answers too often", {pong + pong}, "nobody asked for"},
        {"sends garbage later", {pong, "\xff\xfe garbage"}, "malformed"},
        {"sends a long string",
         {pong, "$100000\r\n" + std::string(100000, 'x') + "\r\n"},
         "too_large"},
        {"sends a huge string", {pong, "$536870912\r\n" + std::string(40000, 'x')}, "too_large"},
        {"sends a deep array",
         {"*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n"},
         "malformed"}
    };
    for (const auto& each : cases) {
        INFO(each.name);
        testing::run(survives(each));
    }
}

TEST_CASE("a peer that never answers is given up", "[redis]") {
    testing::run(silence_is_bounded());
}

}  // namespace trunkline::redis
