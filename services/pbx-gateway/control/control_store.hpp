#pragma once

#include <cstdint>
#include <string>

#include "access.hpp"
#include "dialling.hpp"
#include "guard.hpp"
#include "pg/pool.hpp"

namespace trunkline::pbx_control {

/// What control reads from the database. Writers are trunkctl and people.
class ControlStore : public KeyStore {
public:
    explicit ControlStore(pg::Pool& pool) : pool_(pool) {}

    asio::awaitable<base::Result<Caller>> find(std::string digest, net::Deadline deadline) override;

    struct Site {
        Dialling dialling;
        GuardSettings guard;
    };
    /// Of one exchange and its enterprise. not_found: its row has gone.
    asio::awaitable<base::Result<Site>> site(std::string pbx, net::Deadline deadline);

    /// How calls went at an enterprise, over the last `hours`.
    struct Quality {
        std::int64_t total = 0;
        std::int64_t completed = 0;
        std::int64_t missed = 0;
        double average_talk = 0;  ///< Seconds.
        double average_wait = 0;
    };
    asio::awaitable<base::Result<Quality>> quality(
        std::string enterprise, int hours, net::Deadline deadline
    );

private:
    pg::Pool& pool_;
};

}  // namespace trunkline::pbx_control
