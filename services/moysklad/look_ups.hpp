#pragma once

#include <map>
#include <string>
#include <vector>

#include "api.hpp"
#include "brief_cache.hpp"
#include "connector/service.hpp"
#include "people.hpp"

namespace trunkline::moysklad {

/// Who a number belongs to and who the employees are. What was just asked is not asked again: a
/// Remap request costs dearly (contracts/moysklad.md section 2.2). One executor.
class LookUps {
public:
    LookUps(const connector::Parts& parts, const Api& api);

    asio::awaitable<base::Result<connector::Customer>> find_customer(
        connector::EnterprisePointer enterprise, std::string phone, net::Deadline deadline
    );
    asio::awaitable<base::Result<std::vector<connector::Manager>>> managers(
        connector::EnterprisePointer enterprise, net::Deadline deadline
    );
    asio::awaitable<base::Result<std::string>> test_connection(
        connector::EnterprisePointer enterprise, net::Deadline deadline
    );

private:
    using Employees = std::vector<Employee>;

    asio::awaitable<base::Result<std::vector<Match>>> matches_of(
        const Account& account, std::string phone, net::Deadline deadline
    );
    asio::awaitable<base::Result<std::vector<Match>>> search(
        const Account& account, std::string text, std::string phone, net::Deadline deadline
    );
    asio::awaitable<base::Result<Employees>> extensions(
        const Account& account, net::Deadline deadline
    );
    asio::awaitable<base::Result<Employees>> names(const Account& account, net::Deadline deadline);
    asio::awaitable<void> describe(
        const Account& account, connector::Manager& manager, net::Deadline deadline
    );
    /// `null` for what is not there; the error says what is wrong.
    asio::awaitable<base::Result<json::Document>> get(
        connector::Order order, net::Deadline deadline
    );

    connector::Parts parts_;
    const Api& api_;
    BriefCache<connector::Customer> customers_;
    BriefCache<Employees> extensions_;
    BriefCache<Employees> names_;
};

}  // namespace trunkline::moysklad
