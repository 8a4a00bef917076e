#pragma once

#include "net/asio.hpp"

namespace trunkline::net {

/// Waits; a cancel ends the wait by throwing boost::system::system_error(operation_aborted), like
/// every await of ours.
asio::awaitable<void> sleep_for(Duration duration);
asio::awaitable<void> sleep_until(Deadline deadline);

}  // namespace trunkline::net
