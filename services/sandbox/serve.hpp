#pragma once

#include "app/process.hpp"
#include "settings.hpp"

namespace trunkline::sandbox {

/// The service from start to stop. It needs no database; what it remembers is gone at its end.
asio::awaitable<void> serve(app::Process& process, const Settings& settings);

}  // namespace trunkline::sandbox
