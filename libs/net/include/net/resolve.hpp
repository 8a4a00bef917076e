#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "net/address.hpp"
#include "net/asio.hpp"

namespace trunkline::net {

/// The host's addresses, in the resolver's order. A numeric host needs no resolver. `unavailable`
/// when the name does not resolve, `timeout` at the deadline (the resolver's thread may go on by
/// itself, asio cannot cancel it).
asio::awaitable<base::Result<std::vector<IpAddress>>> resolve(std::string host, Deadline deadline);

}  // namespace trunkline::net
