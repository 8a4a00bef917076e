#pragma once

#include <optional>
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

    asio::awaitable<contract::ConnectorAnswer> take(
        const tenants::Enterprise& enterprise,
        Account account,
        contract::ConnectorEvent event,
        base::TraceContext trace
    );

private:
    struct Step {
        const contract::ConnectorEvent& event;
        Account account;
        Context context;
        base::TraceContext trace;
    };
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
};

}  // namespace trunkline::retailcrm
