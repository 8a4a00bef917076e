#pragma once

#include <boost/asio/this_coro.hpp>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "httpc/client.hpp"
#include "metrics/registry.hpp"
#include "net/task_group.hpp"
#include "raw_peer.hpp"
#include "testing/run.hpp"

namespace trunkline::httpc {

/// Without a connect_timeout of its own, one that a busy machine does not reach.
inline Settings patient(Settings settings) {
    if (settings.connect_timeout == Settings{}.connect_timeout) {
        settings.connect_timeout = std::chrono::seconds(20);
    }
    return settings;
}

/// What most tests of the client need together: a client, the peer it talks to, tasks beside the
/// test.
struct Bench {
    Bench(asio::any_io_executor executor_in, RawPeer::Script script, Settings settings = {})
        : executor(executor_in),
          peer(executor, std::move(script)),
          client(executor, patient(std::move(settings)), registry),
          tasks(executor, "test") {}

    Request request(std::string method, std::string_view target = "/") const {
        Request made;
        made.method = std::move(method);
        made.url = peer.url(target);
        made.timeout = std::chrono::seconds(20);
        return made;
    }

    /// Sends beside the test.
    void launch(Request made, std::optional<Outcome>& outcome) {
        tasks.spawn("send", send_into(client, std::move(made), outcome));
    }

    asio::awaitable<void> end() {
        co_await client.close();
        co_await tasks.join();
        co_await peer.stop();
    }

    static asio::awaitable<void> send_into(
        Client& client, Request made, std::optional<Outcome>& outcome
    ) {
        outcome = co_await client.send(std::move(made));
    }

    asio::any_io_executor executor;
    metrics::Registry registry;
    RawPeer peer;
    Client client;
    net::TaskGroup tasks;
};

inline asio::awaitable<void> run_on_bench(
    RawPeer::Script script, std::function<asio::awaitable<void>(Bench&)> test, Settings settings
) {
    auto executor = co_await asio::this_coro::executor;
    Bench bench(executor, std::move(script), std::move(settings));
    co_await test(bench);
    co_await bench.end();
}

/// Runs `test` with a bench of its own and tidies up behind it.
inline void with_bench(
    RawPeer::Script script,
    std::function<asio::awaitable<void>(Bench&)> test,
    Settings settings = {}
) {
    testing::run(run_on_bench(std::move(script), std::move(test), std::move(settings)));
}

}  // namespace trunkline::httpc
