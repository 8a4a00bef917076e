#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "connector/crm_client.hpp"
#include "metrics/registry.hpp"
#include "net/asio.hpp"
#include "pg/pool.hpp"

namespace trunkline::connector {

/// What was done in a CRM, by a key of ours (table crm_effects): for APIs that know no repeat
/// themselves. Keys begin with the call's external id: `1759225684.16:upload`.
class Effects {
public:
    /// `crm`: the column crm, the key in integrations_config. Counts
    /// `<name>_possible_doubles_total`.
    Effects(pg::Pool& pool, metrics::Registry& registry, std::string crm, const std::string& name);

    /// One of `keys` that is to be done.
    struct Effect {
        std::string key;
        /// It was begun before and its outcome stayed unknown: it may double. Whoever can ask the
        /// CRM whether it took effect asks first.
        bool repeated = false;
        /// Another process began it less than `lease` ago and may still be at it: come again later.
        bool is_taken = false;
    };
    /// Marks the keys as begun and returns those that are not done yet, in their order. With a
    /// lease, one that another process began within it is returned as taken and left alone.
    asio::awaitable<base::Result<std::vector<Effect>>> begin(
        std::string enterprise,
        std::vector<std::string> keys,
        std::chrono::seconds lease = std::chrono::seconds(0)
    );
    asio::awaitable<base::Result<>> finish(
        std::string enterprise, std::vector<std::string> keys, std::string answer
    );
    /// The request surely did not take effect: the keys may be begun anew without a doubt.
    asio::awaitable<base::Result<>> forget(std::string enterprise, std::vector<std::string> keys);
    /// finish() for what was accepted, forget() for what surely did not take effect; an unknown
    /// outcome stays begun.
    asio::awaitable<base::Result<>> settle(
        std::string enterprise, std::vector<std::string> keys, const Reply& reply
    );
    /// What finish() was told; nothing if it is not done.
    asio::awaitable<base::Result<std::optional<std::string>>> answer_to(
        std::string enterprise, std::string key
    );
    /// The key that finish() was told this answer for; nothing if there is none. With a CRM's own
    /// ids as answers: whose a thing in the CRM is. It reads all of the enterprise's effects, so it
    /// is for rare moments.
    asio::awaitable<base::Result<std::optional<std::string>>> key_with_answer(
        std::string enterprise, std::string answer
    );
    /// These are sent again without a way to know whether they took effect before: counted, in the
    /// metric and in the rows.
    asio::awaitable<base::Result<>> count_possible_doubles(
        std::string enterprise, std::vector<std::string> keys
    );

private:
    pg::Pool& pool_;
    std::string crm_;
    std::string owner_;  ///< This process.
    metrics::Counter& possible_doubles_;
};

std::vector<std::string> keys_of(const std::vector<Effects::Effect>& effects);
std::vector<std::string> repeated_keys_of(const std::vector<Effects::Effect>& effects);

}  // namespace trunkline::connector
