#pragma once

#include <map>
#include <string>
#include <vector>

#include "json/document.hpp"
#include "people.hpp"
#include "tenants/enterprise.hpp"

namespace trunkline::retailcrm {

/// Our telephony as RetailCRM keeps it (contracts/retailcrm.md section 7). Pure.
struct Module {
    std::string code;
    std::string name;
    std::string logo;       ///< Address of a picture: RetailCRM wants one.
    std::string client_id;  ///< Secret: by it we know who calls.
    std::string base_url;   ///< Of the enterprise's hooks: secret too.
    std::string site;       ///< Shop code; may be empty.
    bool active = true;
    Codes codes;
    std::vector<std::string> phones;

    /// For POST /integration-modules/{code}/edit.
    std::string to_json() const;
};

/// `trunkline-0367`: two enterprises may share an account.
std::string module_code(const std::string& enterprise);

/// Where RetailCRM finds the enterprise's hooks; with `logo.svg` for the key, our picture.
std::string hooks_url(const std::string& public_url, const std::string& hook_key);

/// The outside numbers of the enterprise's lines, each once.
std::vector<std::string> phones_of(const tenants::Enterprise& enterprise);

/// Who has which extension.
struct Seats {
    Codes codes;
    std::vector<User> users_without;            ///< Nobody of the enterprise has their name.
    std::vector<std::string> managers_without;  ///< `151 Сидоров Пётр`: no user has their name.
};

/// `given` counts first (an empty code takes one away), then what the module `known`s, then names:
/// a user is a manager if all words of the shorter name are in the longer, two at least, and
/// nobody else is.
Seats seats_of(
    const std::vector<User>& users,
    const std::map<std::string, tenants::Manager, std::less<>>& managers,
    const Codes& known,
    const Codes& given
);

/// What the CRM did not know of a registration: `info` of its answer.
struct Unknown {
    std::vector<std::string> users;
    std::vector<std::string> sites;
};
Unknown unknown_in(json::View root);

}  // namespace trunkline::retailcrm
