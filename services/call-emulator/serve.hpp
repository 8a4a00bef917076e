#pragma once

#include "app/process.hpp"
#include "evidence.hpp"
#include "httpc/client.hpp"
#include "settings.hpp"
#include "targets.hpp"

namespace trunkline::call_emulator {

/// The service from start to stop. It needs no database; the runs it remembers are gone at its end.
asio::awaitable<void> serve(app::Process& process, const Settings& settings);

/// Whom to ask what became of a run.
Witnesses::Settings witness_settings(const Settings& settings, const Targets& targets);

/// For sends to the target: no circuit breaker, since a person wants to see each answer.
httpc::Settings client_settings();

}  // namespace trunkline::call_emulator
