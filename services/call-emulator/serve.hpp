#pragma once

#include "app/process.hpp"
#include "httpc/client.hpp"
#include "settings.hpp"

namespace trunkline::call_emulator {

/// The service from start to stop. It needs no database; the runs it remembers are gone at its end.
asio::awaitable<void> serve(app::Process& process, const Settings& settings);

/// For sends to the target: no circuit breaker, since a person wants to see each answer.
httpc::Settings client_settings();

}  // namespace trunkline::call_emulator
