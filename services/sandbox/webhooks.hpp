#pragma once

#include <set>

#include "httpc/client.hpp"
#include "net/task_group.hpp"
#include "state.hpp"

namespace trunkline::sandbox {

/// Brings updates to the bots' webhooks as Telegram does: one after another, each again and again
/// with growing pauses until it is answered with 2xx. One executor.
class Webhooks {
public:
    Webhooks(asio::any_io_executor executor, State& state, httpc::Client& client)
        : state_(state), client_(client), tasks_(std::move(executor), "webhooks") {}

    void start();
    asio::awaitable<void> stop();

private:
    asio::awaitable<void> run();
    asio::awaitable<void> serve(std::int64_t bot);
    asio::awaitable<bool> deliver(std::int64_t bot, TelegramUpdates::Pending update);

    State& state_;
    httpc::Client& client_;
    std::set<std::int64_t> busy_;
    net::TaskGroup tasks_;
};

}  // namespace trunkline::sandbox
