#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>

#include "testing/neighbour.hpp"

namespace trunkline::testing {

/// Whether `path` is `pattern`, or begins with it if it ends with `*`.
bool matches_path(std::string_view pattern, std::string_view path);

/// What a neighbour knows and is told: routes, faults, requests. Shared by its thread and the
/// test's.
class NeighbourBook {
public:
    explicit NeighbourBook(HttpNeighbour::Handler fallback);

    void add_route(std::string method, std::string path, HttpNeighbour::Handler handler);
    void add_fault(Fault fault, std::optional<std::size_t> times, std::string path);
    void clear_faults();

    /// Gives the request its order and time, and wakes those who wait for it.
    void record(NeighbourRequest& request);
    std::optional<Fault> take_fault(std::string_view path);
    /// Runs the route's handler; one that throws gives 500 with its message.
    NeighbourResponse respond(const NeighbourRequest& request) const;

    std::vector<NeighbourRequest> requests() const;
    std::vector<NeighbourRequest> wait_for(std::size_t count, std::chrono::milliseconds limit)
        const;
    void forget();

    void count_connection();
    std::size_t connections() const;

private:
    struct Route {
        std::string method;
        std::string path;
        HttpNeighbour::Handler handler;
    };
    struct Order {
        Fault fault;
        std::size_t times = 0;  ///< Counts for passing orders only.
        std::string path;
    };

    mutable std::mutex mutex_;
    mutable std::condition_variable changed_;
    HttpNeighbour::Handler fallback_;
    std::vector<Route> routes_;
    std::deque<Order> next_;
    std::deque<Order> always_;
    std::vector<NeighbourRequest> requests_;
    std::size_t recorded_ = 0;
    std::size_t connections_ = 0;
};

}  // namespace trunkline::testing
