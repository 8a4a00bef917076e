#pragma once

#include "app/process.hpp"
#include "settings.hpp"

namespace trunkline::telegram {

/// The service from start to stop.
asio::awaitable<void> serve(app::Process& process, const Settings& settings);

}  // namespace trunkline::telegram
