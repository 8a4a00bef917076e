#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "crm_targets.hpp"
#include "dispatch_store.hpp"
#include "httpc/client.hpp"
#include "name_cache.hpp"
#include "net/event.hpp"
#include "net/task_group.hpp"
#include "tenants/enterprise.hpp"

namespace trunkline::integration_cache {

/// Who a number belongs to: from memory, else the primary CRM, the other enabled ones, our own
/// `customers`. Many askers of one number cause one look-up. One executor.
class NameSource {
public:
    NameSource(
        asio::any_io_executor executor,
        httpc::Client& client,
        DispatchStore& store,
        const std::vector<Connector>& connectors,
        std::string internal_token
    );

    /// Empty: nobody knows, or nobody answered within the budget; a late answer is then remembered
    /// for the next asker.
    asio::awaitable<std::string> name_of(
        std::shared_ptr<const tenants::Enterprise> enterprise, std::string phone
    );

    NameCache& cache() { return cache_; }
    asio::awaitable<void> stop();

private:
    struct Pending {
        explicit Pending(asio::any_io_executor executor) : decided(std::move(executor)) {}
        net::Event decided;
        bool done = false;
        std::string name;
    };

    asio::awaitable<void> look_up(
        std::shared_ptr<const tenants::Enterprise> enterprise,
        std::string phone,
        std::shared_ptr<Pending> pending
    );
    asio::awaitable<std::string> ask_all(
        const tenants::Enterprise& enterprise, const std::string& phone, bool& certain
    );
    /// Nothing: it did not answer.
    asio::awaitable<std::optional<std::string>> ask_connector(
        const Connector& connector, std::string enterprise, std::string phone
    );

    asio::any_io_executor executor_;
    httpc::Client& client_;
    DispatchStore& store_;
    const std::vector<Connector>& connectors_;
    std::string internal_token_;
    NameCache cache_;
    std::unordered_map<std::string, std::shared_ptr<Pending>> pending_;
    net::TaskGroup tasks_;
};

}  // namespace trunkline::integration_cache
