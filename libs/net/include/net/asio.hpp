#pragma once

// The two Asio names that appear in our headers; everything heavier stays in .cpp files.
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "base/clock.hpp"

namespace trunkline {
namespace asio = boost::asio;
}

namespace trunkline::net {

using Duration = base::Duration;
/// A moment of the steady clock by which something must be over. It travels with a request and only
/// shrinks.
using Deadline = base::SteadyTime;

inline Deadline deadline_in(Duration limit) { return std::chrono::steady_clock::now() + limit; }
inline Duration time_left(Deadline deadline) { return deadline - std::chrono::steady_clock::now(); }

}  // namespace trunkline::net
