#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "crypto/secret_box.hpp"
#include "json/document.hpp"
#include "net/address.hpp"
#include "numbers/plan.hpp"

namespace trunkline::tenants {

struct Manager {
    std::string full_name;
    std::string short_name;
};

struct Line {
    std::string name;
    std::string operator_name;
    std::string number;  ///< The outside number that callers dial.
};

/// Which calls a subscriber wants to see. The default is everything, at any time.
struct Preferences {
    bool missed_only = false;
    bool internal = true;                 ///< Calls between extensions too.
    std::vector<std::string> extensions;  ///< Only calls that one of these is part of; empty: all.
    std::vector<std::string> lines;       ///< Only outside calls over one of these; empty: all.
    /// Minutes of the enterprise's day, both or neither, never equal; may go over midnight.
    std::optional<int> quiet_from;
    std::optional<int> quiet_to;

    bool operator==(const Preferences&) const = default;
};

struct Subscriber {
    std::int64_t chat_id = 0;
    std::string language = "ru";
    std::optional<std::int64_t> thread_id = {};  ///< The topic of a group that messages go to.
    bool is_admin = false;
    Preferences wants = {};
};

/// One client company as the database has it at some moment. Immutable once published by the
/// Directory.
struct Enterprise {
    std::string number;
    std::string name;
    std::string token;  ///< enterprises.name2, what exchanges send.
    std::string bot_token;
    std::string timezone;
    std::string region;
    std::string recordings;  ///< answered | all | none
    std::string hook_key;
    bool debug_log = false;
    bool restricts_sources = false;  ///< Only `allowed_networks` may send, even if that is nobody.
    std::vector<net::Network> allowed_networks;  ///< The readable ones of the table's list.
    std::string webhook_secret;  ///< As stored: plain or sealed, several separated by blanks.
    std::optional<std::int64_t>
        rate_limit;  ///< Events/s of each of its exchanges; 0: none; nothing: the installation's.
    json::Document integrations;  ///< integrations_config; secrets as stored, plain or sealed.
    std::map<std::string, Manager, std::less<>> managers;  ///< By extension.
    std::map<std::string, Line, std::less<>> lines;        ///< By line id.
    std::vector<Subscriber> subscribers;  ///< Active ones of this enterprise's own bot.
    /// Which number a writing means here: region, line ids and number rules, compiled. Never null
    /// in what the Directory gives.
    std::shared_ptr<const numbers::Plan> numbers;

    /// The number as calls carry it (numbers/plan.hpp). `line`: the Trunk it came over, "" if
    /// unknown.
    std::string canonical_number(std::string_view raw, std::string_view line = {}) const;
    /// As calls.phone and customers.phone have it; "" for what is no number.
    std::string match_key(std::string_view raw) const;

    bool is_enabled(std::string_view integration) const;
    /// Config key of the primary CRM (`smart.primary`), or empty.
    std::string primary() const;
    /// The keys of all enabled CRMs, in the fixed order of `integration_keys`.
    std::vector<std::string> enabled_integrations() const;
    /// A text member of an integration's section; `found` false if absent.
    std::optional<std::string> setting(std::string_view integration, std::string_view member) const;
    /// The raw keys of `webhook_secret`, those that cannot be read left out; empty if there is no
    /// secret. forbidden if there is one and none can be read: nothing can be verified then.
    base::Result<std::vector<std::string>> webhook_keys(const crypto::SecretBox* box) const;
    /// A secret member in the clear. Sealed ones need `box`; not_found, or forbidden when it cannot
    /// be opened.
    base::Result<std::string> secret(
        std::string_view integration, std::string_view member, const crypto::SecretBox* box
    ) const;
};

/// retailcrm, ms, uon, bitrix24, own: the keys of integrations_config that name a CRM.
const std::vector<std::string>& integration_keys();
/// Whether `member` of an integration's section is a secret: sealed at rest, shown as `***`.
bool is_secret_member(std::string_view member);
/// What binds a sealed secret to its place, so that it cannot be moved to another enterprise's row.
std::string secret_context(
    std::string_view enterprise, std::string_view integration, std::string_view member
);
/// The same for enterprises.webhook_secret.
std::string webhook_secret_context(std::string_view enterprise);
/// The same for pbx_servers.secret of one exchange.
std::string pbx_secret_context(std::string_view pbx);
/// The whole configuration with every secret replaced by `***`, as JSON text.
std::string masked_config(const json::Document& config);

}  // namespace trunkline::tenants
