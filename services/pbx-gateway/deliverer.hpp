#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "figures.hpp"
#include "ingest_client.hpp"
#include "net/asio.hpp"
#include "net/backoff.hpp"
#include "spool.hpp"

namespace trunkline::pbx_gateway {

/// Brings one exchange's spool to ingest, in order, for as long as it takes. What happens goes as
/// it happens; what is late, or may have been taken already, goes as recovery, for then ingest
/// knows a repeat at any time. One executor.
class Deliverer {
public:
    /// What is referred to outlives it.
    Deliverer(Spool& spool, IngestClient& ingest, IngestClient::Sender sender, Figures& figures);

    /// Goes on until it is cancelled.
    asio::awaitable<void> run();
    /// Tells ingest of recordings whose call has ended, until it is cancelled. `is_whole`: whether
    /// the file is there, as far as can be seen from here.
    asio::awaitable<void> run_recordings(std::function<bool(const Recording&)> is_whole);

private:
    using Items = std::vector<Spool::Item>;

    asio::awaitable<void> deliver(Items items);
    asio::awaitable<void> deliver_one(Spool::Item item);
    asio::awaitable<std::size_t> deliver_late(std::vector<pbx::WebhookEvent> events);
    asio::awaitable<void> pause(Told told);
    bool is_late(const Spool::Item& item) const;
    void settle(const pbx::WebhookEvent& event, const Told& told);

    Spool& spool_;
    IngestClient& ingest_;
    IngestClient::Sender sender_;
    Figures& figures_;
    net::Backoff backoff_;
    base::Logger logger_{"pbx"};
    base::Logger refused_log_;
    bool told_of_trouble_ = false;
};

}  // namespace trunkline::pbx_gateway
