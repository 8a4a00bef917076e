#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "control_store.hpp"
#include "exchange.hpp"
#include "httpd/message.hpp"
#include "tenants/enterprise.hpp"

namespace trunkline::pbx_control {

/// What was asked for, and of whom.
struct Wish {
    const httpd::Request& request;
    const Exchange& exchange;
    const ControlStore::Site& site;
    const tenants::Enterprise& enterprise;
    base::WallTime now;
};

struct Answer {
    std::string json;
    unsigned status = 200;
};

/// A wish that was understood and may be done: what the audit writes down, and how it is done.
struct Order {
    std::string channel;
    std::string target;
    std::string arguments = "{}";
    std::string request_id;
    std::string call_id;
    bool is_outside = false;  ///< It calls somebody outside: counts for the limit an hour.
    /// Called once, and lives until it has ended.
    std::function<asio::awaitable<base::Result<Answer>>(ExchangeLink&)> run;
};

/// Understands a request and judges it; asks the exchange nothing. An error that is a refusal of
/// the guard's has `native`. Even then `order` says what was wanted, as far as it was understood.
using Prepare = std::function<base::Result<>(const Wish& wish, Order& order)>;

}  // namespace trunkline::pbx_control
