#pragma once

#include "ami/client.hpp"
#include "base/error.hpp"
#include "exchange_row.hpp"
#include "pbx/call_tracker.hpp"

namespace trunkline::pbx_gateway {

/// What a row says of how to connect; without its secret. invalid_input: pbx_servers.settings names
/// something wrong, all places in fields.
base::Result<ami::ClientSettings> client_settings(const ExchangeRow& row);
/// What it says of who is who.
base::Result<pbx::CallTrackerSettings> tracker_settings(const ExchangeRow& row);

}  // namespace trunkline::pbx_gateway
