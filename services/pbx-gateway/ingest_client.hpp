#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "httpc/client.hpp"
#include "net/asio.hpp"
#include "pbx/call_tracker.hpp"
#include "spool.hpp"

namespace trunkline::pbx_gateway {

/// What became of something that ingest was told.
struct Told {
    enum class Kind {
        done,     ///< Taken, or known already.
        refused,  ///< Never to be taken as it is (4xx).
        again,    ///< Try later.
    };
    Kind kind = Kind::again;
    unsigned status = 0;  ///< 0: no answer.
    std::string detail;
    std::chrono::milliseconds retry_after{0};
    bool may_be_taken = false;  ///< Of `again`: whether it was taken is unknown.
};

/// Speaks with ingest: events one by one as they happen, or many that are late (INTERFACES section
/// 4). One executor.
class IngestClient {
public:
    /// An empty token: only from loopback are recordings taken then.
    IngestClient(httpc::Client& http, std::string url, std::string internal_token)
        : http_(http), url_(std::move(url)), internal_token_(std::move(internal_token)) {}

    /// Whose events they are.
    struct Sender {
        std::string pbx;
        std::string enterprise;
        std::string signing_key;  ///< Of Standard Webhooks, raw; empty: unsigned.
    };

    asio::awaitable<Told> send(const Sender& sender, const pbx::WebhookEvent& event);
    /// As recovery; one outcome for each. No answer at all: one `again` for all of them.
    asio::awaitable<std::vector<Told>> catch_up(
        const Sender& sender, std::vector<pbx::WebhookEvent> events
    );
    /// not known yet is `again`.
    asio::awaitable<Told> send_recording(const Sender& sender, const Recording& recording);

private:
    httpc::Client& http_;
    std::string url_;
    std::string internal_token_;
};

/// A body for POST /events.
std::string catch_up_body(const std::string& pbx, const std::vector<pbx::WebhookEvent>& events);
/// What an answer's status means.
Told judge(unsigned status, std::string detail);

}  // namespace trunkline::pbx_gateway
