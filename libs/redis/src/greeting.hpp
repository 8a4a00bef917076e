#pragma once

#include <vector>

#include "redis/reply.hpp"
#include "url.hpp"

namespace trunkline::redis {

/// The commands that open a connection: AUTH and SELECT where the address asks for them, then PING,
/// which shows that the peer speaks Redis, lets us in and has loaded its data.
std::vector<Words> greeting(const Address& address);

}  // namespace trunkline::redis
