#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "codec.hpp"
#include "protocol.hpp"
#include "redis/settings.hpp"
#include "url.hpp"

namespace trunkline::redis {

/// Subscriptions of one connection. A subscribed connection may send little else in RESP2
/// (https://redis.io/docs/interact/pubsub/), so it carries nothing else.
class SubscribeProtocol final : public Protocol {
public:
    /// Both are called from inside on_bytes and must not throw.
    struct Events {
        std::function<void(std::string channel, std::string message)> message;
        std::function<void()> subscribed;  ///< To all channels, once again.
    };

    SubscribeProtocol(Settings settings, const Address& address, Events events);

    void add_channel(std::string channel, base::SteadyTime now);

    void on_open(base::SteadyTime now) override;
    std::optional<base::Error> on_bytes(std::string_view bytes, base::SteadyTime now) override;
    std::optional<base::Error> on_time(base::SteadyTime now) override;
    void on_lost(const base::Error& reason, base::SteadyTime now) override;
    std::string take_output() override;
    base::SteadyTime next_deadline() const override;
    bool is_ready() const override;

private:
    std::optional<base::Error> accept(const Reply& reply);
    std::optional<base::Error> accept_greeting(const Reply& reply);
    void confirm(const std::string& channel);
    void subscribe(const std::vector<std::string>& channels, base::SteadyTime now);

    Settings settings_;
    std::vector<Words> greeting_;
    Events events_;
    std::set<std::string> channels_;
    std::multiset<std::string> unconfirmed_;  ///< Of this connection.
    std::unique_ptr<Decoder> decoder_;        ///< Empty: there is no connection.
    std::size_t greetings_due_ = 0;
    std::string output_;
    base::SteadyTime last_heard_;
    std::optional<base::SteadyTime> answer_due_;  ///< A reply must come by then.
};

}  // namespace trunkline::redis
