#pragma once

#include "app/process.hpp"
#include "net/asio.hpp"
#include "settings.hpp"

namespace trunkline::pbx_gateway {

/// The service from start to stop.
asio::awaitable<void> serve(app::Process& process, const Settings& settings);

}  // namespace trunkline::pbx_gateway
