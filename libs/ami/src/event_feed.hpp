#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "ami/client.hpp"
#include "net/event.hpp"

namespace trunkline::ami {

/// A subscriber's queue. A gap is told once however much is missing; `lost` after `lost` is one.
struct Subscription::State {
    State(const asio::any_io_executor& executor, std::size_t capacity_in, Client::Filter filter_in)
        : capacity(capacity_in), filter(std::move(filter_in)), changed(executor) {}

    std::size_t capacity;
    Client::Filter filter;
    net::Event changed;
    std::deque<Delivery> queue;
    std::uint64_t missed = 0;
    bool is_closed = false;
    bool is_left = false;  ///< Its subscriber is gone.
};

/// Hands each event to all who want it.
class EventFeed {
public:
    explicit EventFeed(asio::any_io_executor executor) : executor_(std::move(executor)) {}

    std::unique_ptr<Subscription> subscribe(
        std::size_t capacity, Client::Filter filter, base::WallTime now
    );
    void publish(const Message& event, base::WallTime now);
    void connected(base::WallTime now);
    void lost(base::WallTime now);
    void close();

    std::uint64_t missed() const { return missed_; }

private:
    using State = Subscription::State;
    void put(State& state, Delivery delivery);
    void shed(State& state, base::WallTime now);
    void drop_left();

    asio::any_io_executor executor_;
    std::vector<std::shared_ptr<State>> subscribers_;
    std::uint64_t missed_ = 0;
    bool is_connected_ = false;
    bool is_closed_ = false;
};

}  // namespace trunkline::ami
