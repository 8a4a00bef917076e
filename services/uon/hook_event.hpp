#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace trunkline::uon {

// What U-ON calls us with (contracts/uon.md section 3.7): form fields, JSON or the query, nested
// ones as `client[u_id]`. Pure.

using HookFields = std::map<std::string, std::string, std::less<>>;

/// Query and body together; the body wins. malformed: a JSON body that is none.
base::Result<HookFields> hook_fields(
    std::string_view query, std::string_view content_type, std::string_view body
);

/// "" if it is absent.
std::string field(const HookFields& fields, std::string_view name);

/// Somebody clicked on a phone.
struct Click {
    std::string phone;       ///< Digits.
    std::string manager_id;  ///< Who clicked.
    std::string request_id;  ///< The same for the same click; "" if U-ON told no time.
};
/// invalid_input if it does not say whom to call or who clicked.
base::Result<Click> click_in(const HookFields& fields);

}  // namespace trunkline::uon
