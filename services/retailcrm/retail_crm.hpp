#pragma once

#include <string>
#include <vector>

#include "account.hpp"
#include "connector/service.hpp"
#include "mapping.hpp"

namespace trunkline::retailcrm {

/// The mapping to RetailCRM (contracts/retailcrm.md).
class RetailCrm : public connector::Connector {
public:
    explicit RetailCrm(const connector::Parts& parts) : parts_(parts) {}

    asio::awaitable<connector::Answer> take(const connector::Step& step) override;
    asio::awaitable<base::Result<connector::Customer>> find_customer(
        connector::EnterprisePointer enterprise, std::string phone, net::Deadline deadline
    ) override;
    asio::awaitable<base::Result<std::vector<connector::Manager>>> managers(
        connector::EnterprisePointer enterprise, net::Deadline deadline
    ) override;
    asio::awaitable<base::Result<std::string>> test_connection(
        connector::EnterprisePointer enterprise, net::Deadline deadline
    ) override;

private:
    struct Work {
        const connector::Step& step;
        Account account;
        Context context;
    };
    asio::awaitable<connector::Answer> ring(const Work& work);
    asio::awaitable<connector::Answer> hang_up(const Work& work);
    asio::awaitable<connector::Answer> upload(const Work& work);
    /// Sends one request whose effects are `keys`, and keeps what became of them.
    asio::awaitable<connector::Answer> send(
        const Work& work, connector::Order order, std::vector<std::string> keys
    );
    connector::Parts parts_;
};

}  // namespace trunkline::retailcrm
