#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "base/log.hpp"
#include "base/trace.hpp"
#include "connector/pacer.hpp"
#include "connector/verdict.hpp"
#include "httpc/breaker.hpp"
#include "httpc/client.hpp"
#include "metrics/registry.hpp"
#include "net/asio.hpp"
#include "pg/pool.hpp"

namespace trunkline::connector {

/// What a request is for; each of its tries becomes a row of integration_logs. Look-ups have none.
struct Subject {
    std::string enterprise;
    std::string event_type;
    std::string unique_id;
    std::string call_uuid;
    base::TraceContext trace = base::TraceContext::make();
    int attempt = 1;  ///< How often the gateway has asked.
};

/// One request to a CRM.
struct Order {
    /// `timeout` is that of one try; `peer` and `trace` are set here. Addresses from a tenant's
    /// configuration need tenant_given.
    httpc::Request request;
    /// As the log shows it: method, path and body, never a secret. `POST
    /// /api/v5/telephony/call/event
    /// {...}`.
    std::string shown;
    std::string account;  ///< Whose budget and circuit it is. Never a secret: it is in logs.
    Limits limits;
    Priority priority = Priority::record;
    unsigned cost = 1;
    /// May be sent again at once after an unknown outcome: it reads, or the CRM knows a repeat.
    bool repeatable = false;
    Judge judge;
    /// Everything: waiting for the account's turn, all tries, the pauses between them.
    net::Duration limit = std::chrono::seconds(20);
};

struct Reply {
    Verdict verdict;
    httpc::Response response;  ///< Of the last try; empty if none was answered.
    /// It may have taken effect all the same: an answer was lost, or said nothing about it.
    bool is_unknown = false;
};

/// Sends requests to a CRM: within the account's budget, with up to three quick tries, behind a
/// circuit per account, each try written down. One executor.
class CrmClient {
public:
    /// Six failures in a row, ten seconds: every try counts, so this is two steps.
    static httpc::BreakerSettings usual_circuit();

    /// `crm`: the name in logs and metrics; `log_key`: integration_logs.integration; `circuit`:
    /// when an account is left alone, and for how long.
    CrmClient(
        asio::any_io_executor executor,
        httpc::Client& http,
        pg::Pool& pool,
        metrics::Registry& registry,
        std::string crm,
        std::string log_key,
        httpc::BreakerSettings circuit = usual_circuit()
    );

    asio::awaitable<Reply> send(Order order, Subject subject);
    /// For look-ups: nothing is written down but a failure, in the log.
    asio::awaitable<Reply> send(Order order);

    Pacer& pacer() { return pacer_; }

private:
    struct Circuit {
        httpc::Breaker breaker;
        net::Deadline used;
    };
    asio::awaitable<Reply> send_all(Order order, const Subject* subject);
    asio::awaitable<Reply> try_once(
        const Order& order, const Subject* subject, net::Deadline until
    );
    void settle(const Order& order, const Reply& reply, httpc::Breaker::Pass admitted);
    asio::awaitable<void> write_down(
        const Order& order, const Subject& subject, const Reply& reply, std::int64_t duration_ms
    );
    Circuit& circuit_of(const std::string& account);

    httpc::Client& http_;
    pg::Pool& pool_;
    metrics::Registry& registry_;
    std::string crm_;
    std::string log_key_;
    httpc::BreakerSettings circuit_settings_;
    base::Logger logger_;
    Pacer pacer_;
    std::map<std::string, Circuit> circuits_;
};

}  // namespace trunkline::connector
