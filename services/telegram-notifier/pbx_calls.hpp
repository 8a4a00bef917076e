#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/log.hpp"
#include "httpc/client.hpp"
#include "net/task_group.hpp"
#include "pg/pool.hpp"

namespace trunkline::telegram {

/// Asks pbx-gateway to place calls. Which enterprises have an exchange is read from pbx_servers now
/// and then; without PBX_GATEWAY_URL, or without that table, nobody can call. One executor.
class PbxCalls {
public:
    PbxCalls(
        asio::any_io_executor executor,
        pg::Pool& pool,
        httpc::Client& client,
        std::string gateway_url,
        std::string internal_token
    );

    void start();
    asio::awaitable<void> stop();

    bool can_call(const std::string& enterprise) const { return exchanges_.contains(enterprise); }

    struct Order {
        std::string enterprise;
        std::string extension;  ///< Rings first.
        std::string phone;
        std::string call_uuid;  ///< The call that is called back.
        std::int64_t chat = 0;  ///< Who asked, for the gateway's audit.
    };
    /// `POST /pbx/{id}/calls`. conflict: the same was asked a moment ago.
    asio::awaitable<base::Result<>> place(Order order);

private:
    asio::awaitable<void> refresh_loop();
    asio::awaitable<base::Result<>> refresh();
    bool is_pressed_twice(const std::string& call_uuid);

    pg::Pool& pool_;
    httpc::Client& client_;
    std::string url_;
    std::string internal_token_;
    std::map<std::string, std::string> exchanges_;  ///< Enterprise -> id of its exchange.
    std::map<std::string, base::SteadyTime> recent_;
    net::TaskGroup tasks_;
    base::Logger logger_{"telegram"};
};

}  // namespace trunkline::telegram
