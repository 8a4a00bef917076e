#pragma once

#include <string>
#include <vector>

#include "context.hpp"

namespace trunkline::trunkctl {

// What a CRM's connector is asked to do. `any` is an enterprise's number, Token or name,
// `integration` a key of integrations_config.

/// Prints what the connector says of the account; an error if it does not work.
asio::awaitable<base::Result<>> test_integration(
    Context& context, std::string any, std::string integration
);

struct TelephonyWish {
    std::vector<std::string> codes;  ///< `27=150`: the user's id there and his extension.
    std::string name;
    std::string logo;
    bool is_off = false;
};
/// Registers our telephony with the CRM, so that its users can call by a click. RetailCRM only: the
/// others have no such thing.
asio::awaitable<base::Result<>> register_telephony(
    Context& context, std::string any, std::string integration, TelephonyWish wish
);

}  // namespace trunkline::trunkctl
