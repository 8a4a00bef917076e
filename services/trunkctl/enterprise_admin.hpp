#pragma once

#include <string>

#include "context.hpp"
#include "enterprise_values.hpp"

namespace trunkline::trunkctl {

// `any` is an enterprise's number, Token or name, in this order.

asio::awaitable<base::Result<>> add_enterprise(
    Context& context, std::string number, EnterpriseValues values
);
asio::awaitable<base::Result<>> list_enterprises(Context& context);
/// What is configured, secrets masked, and what is missing.
asio::awaitable<base::Result<>> show_enterprise(Context& context, std::string any);
asio::awaitable<base::Result<>> set_enterprise(
    Context& context, std::string any, EnterpriseValues values
);
/// By number only. Its events and calls stay.
asio::awaitable<base::Result<>> remove_enterprise(Context& context, std::string number);

}  // namespace trunkline::trunkctl
