#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"

namespace trunkline::redis {

/// What is said over a connection, without sockets, clocks or waiting: it is told what happened and
/// answers what to do. Link does it. An error that it returns means: close the connection for this
/// reason.
class Protocol {
public:
    virtual ~Protocol() = default;

    /// A new connection; the first output is ready.
    virtual void on_open(base::SteadyTime now) = 0;
    virtual std::optional<base::Error> on_bytes(std::string_view bytes, base::SteadyTime now) = 0;
    /// next_deadline() has come.
    virtual std::optional<base::Error> on_time(base::SteadyTime now) = 0;
    /// The connection is gone, or could not be made.
    virtual void on_lost(const base::Error& reason, base::SteadyTime now) = 0;

    /// What is to be written; it is then no longer kept here.
    virtual std::string take_output() = 0;
    virtual base::SteadyTime next_deadline() const = 0;
    /// Whether the connection serves its purpose: the greeting is over.
    virtual bool is_ready() const = 0;
};

}  // namespace trunkline::redis
