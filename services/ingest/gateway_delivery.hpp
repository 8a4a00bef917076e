#pragma once

#include <string>

#include "httpc/client.hpp"
#include "outbox/worker.hpp"

namespace trunkline::ingest {

/// Hands the messages of the queue `gateway` to 8020's POST /dispatch/call-event.
class GatewayDelivery {
public:
    /// `client` must outlive it.
    GatewayDelivery(httpc::Client& client, std::string gateway_url, std::string internal_token);

    asio::awaitable<outbox::Verdict> deliver(const outbox::Item& item);

    /// One attempt takes at most two seconds, as the original's; attempts go on for days.
    static outbox::WorkerSettings worker_settings();

private:
    httpc::Client& client_;
    std::string url_;
    std::string internal_token_;
};

}  // namespace trunkline::ingest
