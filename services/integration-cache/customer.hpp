#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace trunkline::integration_cache {

/// Who a number belongs to, as one of our sources told it.
struct Customer {
    std::string name;
    std::string company;
    std::string responsible_extension;  ///< The manager's internal number.
    std::string source;                 ///< Key of integrations_config, or `own`; "" for nobody.

    /// Whether anybody knew the number.
    bool is_known() const { return !name.empty() || !company.empty(); }
    /// What people are shown: the person, else the company.
    const std::string& display_name() const { return name.empty() ? company : name; }

    bool operator==(const Customer&) const = default;
};

/// A text of a foreign system as we keep it: no control characters, no blanks around, at most 300
/// bytes without a torn character.
std::string tidy_text(std::string_view text);

/// `{"name":"Петров Иван"}`, null for nobody.
std::string name_answer(const Customer& customer);
/// INTERFACES section 6, null where unknown. A name of two or three words is last, first and middle
/// name, as CRMs here write it, a single one a first name; longer ones are not taken apart.
std::string profile_answer(const Customer& customer);

/// What a connector answers to GET /internal/{crm}/customer/{ent}/{phone}: nothing if it is not
/// readable, an unknown customer if the CRM does not know the number.
std::optional<Customer> customer_from_connector(std::string_view json, std::string source);

/// A customer on its way through a cache that others write to as well.
struct SharedCustomer {
    Customer customer;
    base::WallTime filled;           ///< When the source said so.
    std::chrono::milliseconds life;  ///< From then on it is as good as asked for.
};
/// The text for Redis. It names the place that it belongs to.
std::string encode_shared(
    const SharedCustomer& shared, std::string_view enterprise, std::string_view phone
);
/// Nothing if it is not ours, of another version, too large, of another place, or from the future:
/// what lies in Redis may have been written by anybody.
std::optional<SharedCustomer> decode_shared(
    std::string_view text, std::string_view enterprise, std::string_view phone, base::WallTime now
);

}  // namespace trunkline::integration_cache
