#pragma once

#include <string>
#include <vector>

#include "crm_targets.hpp"
#include "httpc/client.hpp"
#include "outbox/worker.hpp"

namespace trunkline::integration_cache {

/// Works the queue `crm`: one step at a time by POST /internal/{crm}/call-event on the connector.
class CrmDelivery {
public:
    CrmDelivery(
        httpc::Client& client, const std::vector<Connector>& connectors, std::string internal_token
    );

    asio::awaitable<outbox::Verdict> deliver(const outbox::Item& item);

    /// 10 s growing to 30 min, a whole day (INTERFACES section 5).
    static outbox::WorkerSettings worker_settings();

private:
    const Connector* connector_of(const std::string& name) const;

    httpc::Client& client_;
    const std::vector<Connector>& connectors_;
    std::string internal_token_;
};

/// What a connector's HTTP answer means for the queue. Pure.
outbox::Verdict verdict_of(const httpc::Response& response);

}  // namespace trunkline::integration_cache
