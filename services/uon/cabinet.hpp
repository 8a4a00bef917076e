#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "account.hpp"
#include "connector/crm_client.hpp"
#include "mapping.hpp"
#include "people.hpp"

namespace trunkline::uon {

/// What is read from cabinets, remembered for a while: managers for ten minutes, clients for one.
/// An enterprise's cabinet as it is now; one executor.
class Cabinet {
public:
    Cabinet(connector::CrmClient& crm, std::string base_url)
        : crm_(crm), base_url_(std::move(base_url)) {}

    // Errors: forbidden: the key or the request is wrong, with the reason; unavailable: ask again
    // later.

    asio::awaitable<base::Result<std::vector<Person>>> managers(
        connector::EnterprisePointer enterprise, Account account, net::Deadline deadline
    );
    /// Without an id if U-ON knows nobody with these digits.
    asio::awaitable<base::Result<Person>> client(
        connector::EnterprisePointer enterprise,
        Account account,
        std::string digits,
        connector::Priority priority,
        net::Deadline deadline
    );
    /// The rows that may be the record's, of as many pages as its start asks for. An error: it
    /// cannot be known now.
    asio::awaitable<base::Result<std::vector<std::string>>> rows_like(
        Account account, CallRecord record, net::Deadline deadline
    );
    /// One page of a list, or whatever else is read.
    asio::awaitable<base::Result<json::Document>> read(
        Account account, std::string method, connector::Priority priority, net::Deadline deadline
    );

    /// Somebody changed in the enterprise's cabinet.
    void forget_clients(const std::string& enterprise);
    void forget_managers(const std::string& enterprise);

    const std::string& base_url() const { return base_url_; }

private:
    struct Managers {
        std::string queue;  ///< Of which key.
        std::vector<Person> people;
        net::Deadline read_at;
    };
    struct Client {
        std::string queue;
        Person person;
        net::Deadline read_at;
    };

    connector::CrmClient& crm_;
    std::string base_url_;
    std::map<std::string, Managers> managers_;                       ///< By enterprise.
    std::map<std::pair<std::string, std::string>, Client> clients_;  ///< By enterprise and digits.
    std::uint64_t changes_ = 0;  ///< Grows with each forget: what was read before is not kept.
};

}  // namespace trunkline::uon
