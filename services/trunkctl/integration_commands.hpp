#pragma once

#include <string>
#include <vector>

#include "context.hpp"

namespace trunkline::trunkctl {

// `any` is an enterprise's number, Token or name, in this order.

/// `assignments` are `member=value`; a value `-` is the next line of standard input, so that a
/// secret shows in no process list, and an empty one takes the member away. Nothing is stored if
/// one of them is wrong.
asio::awaitable<base::Result<>> set_integration(
    Context& context, std::string any, std::string integration, std::vector<std::string> assignments
);
asio::awaitable<base::Result<>> switch_integration(
    Context& context, std::string any, std::string integration, bool enabled
);
asio::awaitable<base::Result<>> remove_integration(
    Context& context, std::string any, std::string integration
);
/// Whose names count first.
asio::awaitable<base::Result<>> set_primary(
    Context& context, std::string any, std::string integration
);
/// Every CRM with its members, secrets as ***, and what is missing.
asio::awaitable<base::Result<>> show_integrations(Context& context, std::string any);

}  // namespace trunkline::trunkctl
