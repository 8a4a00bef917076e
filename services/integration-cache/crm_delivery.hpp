#pragma once

#include <chrono>
#include <expected>
#include <string>
#include <vector>

#include "attempt_log.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "crm_targets.hpp"
#include "httpc/client.hpp"
#include "metrics/registry.hpp"
#include "outbox/worker.hpp"
#include "own_calls.hpp"
#include "upload_hold.hpp"

namespace trunkline::integration_cache {

/// How patient the gateway is with connectors.
struct CrmPatience {
    /// What one step may take: the connector makes its own quick tries against the CRM.
    std::chrono::seconds step{30};
    /// The first pause after a failure; it doubles up to half an hour, for a whole day.
    std::chrono::seconds first_retry{10};
    /// For a CRM that cannot correct a record: what an answered outbound call's end waits for a
    /// transfer that brings the call to life again.
    std::chrono::seconds upload_hold{5};
};

/// Works the queue `crm`: one step at a time by POST /internal/{crm}/call-event on the connector,
/// or, for the enterprise's own CRM, by a row.
/// One executor.
class CrmDelivery {
public:
    CrmDelivery(
        httpc::Client& client,
        const std::vector<Connector>& connectors,
        AttemptLog& log,
        CallRecord& record,
        OwnCalls& own,
        metrics::Registry& registry,
        CrmPatience patience,
        std::string internal_token
    );

    asio::awaitable<outbox::Verdict> deliver(const outbox::Item& item);

    static outbox::WorkerSettings worker_settings(const CrmPatience& patience);
    /// Every message that the worker has in hand may wait for an answer, and the queue itself knows
    /// who is away.
    static httpc::Settings client_settings();

private:
    const Connector* connector_of(const std::string& name) const;
    httpc::Request request_for(
        const Connector& connector, const outbox::Item& item, const std::string& payload
    ) const;
    /// What is to be told now; or that it is too early for it.
    asio::awaitable<std::expected<std::string, outbox::Verdict>> payload_of(
        const outbox::Item& item, const Connector& connector
    );
    asio::awaitable<outbox::Verdict> deliver_to_own(const outbox::Item& item, const Connector& own);
    asio::awaitable<void> write_down(
        const outbox::Item& item, const Connector& connector, Attempt attempt
    );

    httpc::Client& client_;
    const std::vector<Connector>& connectors_;
    AttemptLog& log_;
    CallRecord& record_;
    OwnCalls& own_;
    metrics::Registry& registry_;
    CrmPatience patience_;
    std::string internal_token_;
    base::Logger logger_{"gateway"};
};

/// What an answer means for the queue. Pure.
outbox::Verdict verdict_of(const contract::ConnectorAnswer& answer);
/// What a connector's HTTP answer means for the queue. Pure.
outbox::Verdict verdict_of(const httpc::Response& response);

/// How long a pop-up is still worth a try; nothing left: it is overtaken. Other events have all the
/// time. Pure.
std::chrono::milliseconds time_left_for(const outbox::Item& item, base::WallTime now);

/// A pop-up comes again at the end of its life at the latest, so that it does not hold up what
/// stands behind it. Pure.
outbox::Verdict within_life(outbox::Verdict verdict, std::chrono::milliseconds left);

}  // namespace trunkline::integration_cache
