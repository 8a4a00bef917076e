#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "ami/action.hpp"
#include "ami/client.hpp"
#include "ami/reply.hpp"
#include "base/error.hpp"
#include "net/asio.hpp"

namespace trunkline::pbx_control {

/// What control needs of a connection to an exchange. One executor.
class ExchangeLink {
public:
    virtual ~ExchangeLink() = default;
    /// As ami::Client::send.
    virtual asio::awaitable<base::Result<ami::Reply>> send(
        ami::Action action, std::chrono::milliseconds limit
    ) = 0;
    virtual ami::ClientStatus status() const = 0;
};

/// A row of pbx_servers that is switched on.
struct Exchange {
    std::string id;
    std::string enterprise;
    std::string name;
    std::string kind;  ///< `asterisk`, ...
    /// Null where there is none: it has not been connected yet, or is of a kind that cannot be
    /// driven. Shared, so that an exchange may be taken out of service while an action waits.
    std::shared_ptr<ExchangeLink> link;
};

/// The exchanges of this process.
class ExchangeBook {
public:
    virtual ~ExchangeBook() = default;
    virtual std::optional<Exchange> find(const std::string& id) const = 0;
    /// It is there, and another gateway is connected to it.
    virtual bool is_elsewhere(const std::string& id) const = 0;
};

}  // namespace trunkline::pbx_control
