#pragma once

#include <string>
#include <vector>

#include "suite.hpp"

namespace trunkline::e2e {

/// What tests of all connectors know of one: its service, and an account of the sandbox.
struct Crm {
    std::string service;  ///< `moysklad`
    std::string key;      ///< In integrations_config: `ms`.
    /// Where the service finds the CRM if no tenant says so.
    Suite::Environment settings;
    /// Members of the section for the account of an enterprise: name and value.
    using Members = std::vector<std::pair<std::string, std::string>>;
    Members (*members)(const std::string& sandbox, const std::string& account);
    /// The member that holds an address of the tenant's; empty if there is none.
    std::string address;
};

/// All connectors of this build.
std::vector<Crm> connectors(const Suite& suite);

/// The values of a section's members that are secrets.
std::vector<std::string> secrets_of(const Crm::Members& members);

/// The section as JSON text, enabled, as it lies in the table where nothing is sealed.
std::string plain_section(const Crm::Members& members);

/// Starts the gateway, ingest and a connector for each; `more` is set for the connectors. The
/// enterprises lose their bots: nobody looks at chats.
void start_connectors(
    Suite& suite, const std::vector<Crm>& crms, const Suite::Environment& more = {}
);

}  // namespace trunkline::e2e
