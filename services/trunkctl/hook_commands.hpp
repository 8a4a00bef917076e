#pragma once

#include <string>

#include "context.hpp"

namespace trunkline::trunkctl {

/// Prints the addresses that an enterprise's CRMs call, for whoever has to enter them there: the
/// CRM, what it calls and the address with the enterprise's own key, by which alone the CRM is let
/// in. Needs PUBLIC_URL. Fails with not_found, or invalid_input without PUBLIC_URL.
asio::awaitable<base::Result<>> show_hooks(Context& context, std::string any);

}  // namespace trunkline::trunkctl
