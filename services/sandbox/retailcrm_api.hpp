#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "form.hpp"
#include "json/document.hpp"
#include "telegram_api.hpp"

namespace trunkline::sandbox {

/// RetailCRM's telephony methods as far as contracts/retailcrm.md has them, in memory, one account
/// per name in the address. Where the contract leaves open whether something is refused, it is: a
/// sandbox that forgives hides our faults.
class RetailCrmApi {
public:
    /// `path` is what follows `/api`: `/v5/telephony/call/event`. The account's key is
    /// `sandbox-retailcrm-key-<account>`.
    ApiAnswer call(
        const std::string& account,
        const std::string& method,
        const std::string& path,
        const std::string& api_key,
        const std::string& content_type,
        const Parameters& parameters
    );

    struct Account {
        std::vector<std::string> events;             ///< As received, JSON.
        std::map<std::string, std::string> uploads;  ///< By externalId, JSON.
        std::vector<std::string> upload_order;
        /// Integration modules by code, JSON. None: the account has a telephony of its own, so that
        /// nothing has to be registered before a demo.
        std::map<std::string, std::string> modules;
    };
    const std::map<std::string, Account>& accounts() const { return accounts_; }
    /// Switches a module on or off, as people do in the CRM. False: there is none.
    bool set_active(const std::string& account, const std::string& module, bool active);
    void reset() { accounts_.clear(); }

private:
    static ApiAnswer call_event(Account& account, const Parameters& parameters);
    static ApiAnswer calls_upload(Account& account, const Parameters& parameters);
    ApiAnswer telephony(
        Account& account, const std::string& path, bool is_form, const Parameters& parameters
    );

    std::map<std::string, Account> accounts_;
};

}  // namespace trunkline::sandbox
