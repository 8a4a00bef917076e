#pragma once

#include <string>

#include "account.hpp"
#include "connector/crm_client.hpp"
#include "settings.hpp"

namespace trunkline::moysklad {

/// Requests of MoySklad's two APIs (contracts/moysklad.md). Keys go as headers, never in addresses.
class Api {
public:
    explicit Api(const Settings& settings);

    connector::Order create(const Account& account, const std::string& call) const;
    connector::Order update(
        const Account& account, const std::string& external_id, const std::string& fields
    ) const;
    connector::Order card_event(
        const Account& account, const std::string& external_id, const std::string& event
    ) const;
    connector::Order employees(const Account& account) const;
    /// GET below Remap's base, with its query.
    connector::Order remap(const Account& account, const std::string& path) const;

private:
    connector::Order phone(
        const Account& account,
        const std::string& method,
        const std::string& path,
        const std::string& body
    ) const;

    std::string phone_url_;
    std::string remap_url_;
    unsigned remap_cost_;
};

}  // namespace trunkline::moysklad
