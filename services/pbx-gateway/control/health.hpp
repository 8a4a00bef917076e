#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "control_store.hpp"
#include "exchange.hpp"
#include "net/event.hpp"

namespace trunkline::pbx_control {

/// One part of an exchange's health: its JSON, and what is wrong, in words.
struct HealthPart {
    std::string json = "null";
    std::vector<std::string> warnings;
    bool is_down = false;  ///< Nothing else can be asked.
};

/// Everything about one exchange at one moment.
struct HealthReport {
    HealthPart connection;
    HealthPart system;
    HealthPart channels;
    HealthPart queues;
    HealthPart quality;
    base::WallTime at;

    /// `healthy`, `degraded` (something is wrong) or `critical` (not connected).
    std::string overall_status() const;
    /// The whole, with `overall_status` and `issues`.
    std::string to_json() const;
};

/// Asks an exchange how it is, five seconds apart at the most however many ask; those who ask at
/// the same moment share one look. One executor.
class Health {
public:
    Health(ControlStore& store, const base::Clock& clock) : store_(store), clock_(clock) {}

    static constexpr std::chrono::seconds fresh_for{5};

    asio::awaitable<std::shared_ptr<const HealthReport>> of(Exchange exchange);

private:
    struct Entry {
        std::shared_ptr<const HealthReport> report;
        base::SteadyTime taken{};
        std::shared_ptr<net::Event> under_way;  ///< Somebody is asking.
    };
    asio::awaitable<std::shared_ptr<const HealthReport>> look(Exchange exchange);
    void forget_old(base::SteadyTime now);

    ControlStore& store_;
    const base::Clock& clock_;
    std::map<std::string, Entry> entries_;
};

}  // namespace trunkline::pbx_control
