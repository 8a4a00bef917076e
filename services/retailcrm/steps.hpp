#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "account.hpp"
#include "api.hpp"
#include "base/log.hpp"
#include "contract/connector.hpp"
#include "effect_store.hpp"
#include "mapping.hpp"
#include "metrics/registry.hpp"

namespace trunkline::retailcrm {

/// One step for RetailCRM: what a dispatched event asks for, each effect once.
class Steps {
public:
    Steps(Api& api, EffectStore& effects, metrics::Registry& registry);

    /// `attempt` is how often the gateway has asked, for the log. A step of a call that another
    /// one of it is under way for is to come again.
    asio::awaitable<contract::ConnectorAnswer> take(
        const tenants::Enterprise& enterprise,
        Account account,
        contract::ConnectorEvent event,
        base::TraceContext trace,
        int attempt
    );

private:
    struct Step {
        const contract::ConnectorEvent& event;
        Account account;
        Context context;
        base::TraceContext trace;
        int attempt = 1;
    };
    asio::awaitable<contract::ConnectorAnswer> take_step(const Step& step);
    asio::awaitable<contract::ConnectorAnswer> ring(const Step& step);
    asio::awaitable<contract::ConnectorAnswer> hang_up(const Step& step);
    asio::awaitable<contract::ConnectorAnswer> upload(const Step& step);
    /// Sends one request whose effects are `keys`, keeps the outcome, logs it.
    asio::awaitable<contract::ConnectorAnswer> post(
        const Step& step,
        std::string path,
        std::string field,
        std::string json,
        std::vector<std::string> keys
    );
    asio::awaitable<void> log(
        const Step& step,
        const std::string& path,
        const std::string& json,
        const httpc::Outcome& outcome,
        const contract::ConnectorAnswer& answer,
        std::int64_t duration_ms
    );

    Api& api_;
    EffectStore& effects_;
    base::Logger logger_{"retailcrm"};
    metrics::Counter& possible_doubles_;
    std::set<std::string> under_way_;  ///< Enterprise and id of the call.
};

}  // namespace trunkline::retailcrm
