#pragma once

#include "httpd/router.hpp"
#include "state.hpp"

namespace trunkline::sandbox {

/// /bot{token}/{method}
httpd::Handler telegram_method(State& state);

/// Runs `act` as the fault that meets this request says, and records request and answer.
asio::awaitable<httpd::Response> act_with_faults(
    State& state, Record record, std::function<ApiAnswer()> act
);

}  // namespace trunkline::sandbox
