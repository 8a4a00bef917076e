#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/trace.hpp"
#include "httpc/client.hpp"

namespace trunkline::telegram {

/// The Bot API's methods that the notifier uses. The token is part of the address and never logged.
class BotApi {
public:
    BotApi(
        httpc::Client& client,
        std::string root,
        std::chrono::milliseconds timeout = std::chrono::milliseconds(5'000)
    )
        : client_(client), root_(std::move(root)), timeout_(timeout) {}

    struct Text {
        std::string text;
        bool is_html = true;
        std::optional<std::int64_t> reply_to = {};
        std::string keyboard = {};  ///< reply_markup as JSON, or empty: an edit takes it away then.
        std::optional<std::int64_t> thread = {};  ///< The topic of a group; only for sending.
    };
    asio::awaitable<httpc::Outcome> send_message(
        std::string token, std::int64_t chat, Text text, std::string trace_id
    );
    asio::awaitable<httpc::Outcome> edit_message_text(
        std::string token, std::int64_t chat, std::int64_t message, Text text, std::string trace_id
    );
    asio::awaitable<httpc::Outcome> edit_message_caption(
        std::string token, std::int64_t chat, std::int64_t message, Text text, std::string trace_id
    );
    asio::awaitable<httpc::Outcome> delete_message(
        std::string token, std::int64_t chat, std::int64_t message, std::string trace_id
    );
    /// Any method with a JSON body, within `limit`.
    asio::awaitable<httpc::Outcome> call(
        std::string token, std::string method, std::string body, std::chrono::milliseconds limit
    );

private:
    asio::awaitable<httpc::Outcome> post(
        std::string token, std::string method, std::string body, std::string trace_id
    );

    httpc::Client& client_;
    std::string root_;
    std::chrono::milliseconds timeout_;
};

}  // namespace trunkline::telegram
