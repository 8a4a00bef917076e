#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "crm_targets.hpp"
#include "customer.hpp"
#include "customer_store.hpp"
#include "httpc/client.hpp"
#include "net/task_group.hpp"
#include "own_store.hpp"
#include "tenants/enterprise.hpp"

namespace trunkline::integration_cache {

/// Where customers are known: the primary CRM, the other enabled ones (the enterprise's own
/// contacts among them), our own `customers`; the first of them that knows the number counts. One
/// executor.
class CustomerSource {
public:
    struct Budgets {
        /// When the next CRM is asked beside one that has not answered: a share of this each.
        std::chrono::milliseconds all_crms{190};
        /// What one source may take, for those who ask later.
        std::chrono::milliseconds crm{1500};
        std::chrono::milliseconds own{1000};
    };

    CustomerSource(
        const asio::any_io_executor& executor,
        httpc::Client& client,
        CustomerStore& store,
        OwnStore& own,
        std::vector<Connector> connectors,
        std::string internal_token,
        Budgets budgets
    );

    struct Answer {
        Customer customer;
        /// A source that goes before the one that knew it, or any if none did, has failed.
        bool is_doubtful = false;
    };
    /// Returns when it is settled, at the latest after crm's budget. `early` is called at most
    /// once, when the askers' share of time is over and something is known by then.
    asio::awaitable<Answer> ask(
        std::shared_ptr<const tenants::Enterprise> enterprise,
        std::string phone,
        std::function<void(const Customer&)> early
    );

    asio::awaitable<void> stop();

private:
    struct Asking;

    asio::awaitable<void> ask_connector(
        std::shared_ptr<Asking> asking, std::size_t place, std::string enterprise, std::string phone
    );
    asio::awaitable<void> ask_contacts(
        std::shared_ptr<Asking> asking, std::size_t place, std::string enterprise, std::string phone
    );
    /// `customers`, where calls are counted: the last resort.
    asio::awaitable<void> ask_own(
        std::shared_ptr<Asking> asking, std::string enterprise, std::string phone
    );
    httpc::Request request_for(
        const Connector& connector, const std::string& enterprise, const std::string& phone
    ) const;

    asio::any_io_executor executor_;
    httpc::Client& client_;
    CustomerStore& store_;
    OwnStore& own_;
    std::vector<Connector> connectors_;
    std::string internal_token_;
    Budgets budgets_;
    net::TaskGroup tasks_;
};

/// Who is asked for an enterprise's customers, best first: places in `connectors`.
std::vector<std::size_t> order_of_sources(
    const tenants::Enterprise& enterprise, const std::vector<Connector>& connectors
);

}  // namespace trunkline::integration_cache
