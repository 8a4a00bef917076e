#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "base/error.hpp"
#include "net/asio.hpp"

namespace trunkline::connector {

/// What one account of a CRM allows. Requests beyond it wait here, not there.
struct Limits {
    double per_second = 10;  ///< Units that come back in a second.
    double burst = 10;       ///< Units that a quiet account has.
    unsigned parallel = 4;   ///< Requests under way at once.

    bool operator==(const Limits&) const = default;
};

/// Who goes first where several wait: what a person is looking at, then who is asked for, then what
/// only has to be kept.
enum class Priority { popup, lookup, record };

/// Keeps requests within each account's limits, live pop-ups first. One executor. Accounts that
/// nobody used for a while are forgotten.
class Pacer {
public:
    explicit Pacer(asio::any_io_executor executor);
    ~Pacer();

    /// Leave to send one request; the account's place is free again when it is destroyed.
    class Pass {
    public:
        Pass(Pass&& other) noexcept;
        Pass& operator=(Pass&& other) = delete;
        ~Pass();

    private:
        friend class Pacer;
        struct Place;
        explicit Pass(std::shared_ptr<Place> place);
        std::shared_ptr<Place> place_;
    };

    /// Waits for its turn. `cost`: units. timeout: it would not come by `deadline`; rate_limited:
    /// too many wait already.
    asio::awaitable<base::Result<Pass>> admit(
        std::string account, Limits limits, Priority priority, unsigned cost, net::Deadline deadline
    );
    /// The CRM has said so: nothing more to this account until then.
    void pause(const std::string& account, net::Duration time);
    /// How long it is paused still; zero if it is not.
    net::Duration paused_for(const std::string& account) const;

    struct State;

private:
    std::shared_ptr<State> state_;
};

}  // namespace trunkline::connector
