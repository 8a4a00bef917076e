#include "event_feed.hpp"

#include <algorithm>
#include <utility>

namespace trunkline::ami {

Subscription::~Subscription() { state_->is_left = true; }

asio::awaitable<std::optional<Delivery>> Subscription::next() {
    const auto state = state_;
    while (state->queue.empty()) {
        if (state->is_closed) {
            co_return std::nullopt;
        }
        co_await state->changed.wait();
    }
    Delivery delivery = std::move(state->queue.front());
    state->queue.pop_front();
    co_return delivery;
}

std::size_t Subscription::waiting() const { return state_->queue.size(); }

std::uint64_t Subscription::missed() const { return state_->missed; }

std::unique_ptr<Subscription> EventFeed::subscribe(
    std::size_t capacity, Client::Filter filter, base::WallTime now
) {
    auto state =
        std::make_shared<State>(executor_, std::max<std::size_t>(capacity, 4), std::move(filter));
    state->is_closed = is_closed_;
    subscribers_.push_back(state);
    if (is_connected_) {
        put(*state, {.kind = Delivery::Kind::connected, .event = nullptr, .missed = 0, .at = now});
    }
    return std::make_unique<Subscription>(std::move(state));
}

void EventFeed::put(State& state, Delivery delivery) {
    state.queue.push_back(std::move(delivery));
    state.changed.notify();
}

/// Who is so far behind is better served by the exchange's present state than by old events.
void EventFeed::shed(State& state, base::WallTime now) {
    std::uint64_t lost = 0;
    for (const Delivery& each : state.queue) {
        lost += each.kind == Delivery::Kind::event ? 1 : each.missed;
    }
    const auto again =
        state.queue.front().kind == Delivery::Kind::gap ? state.queue.front().missed : 0;
    state.queue.clear();
    state.missed += lost - again;
    missed_ += lost - again;
    put(state, {.kind = Delivery::Kind::gap, .event = nullptr, .missed = lost, .at = now});
}

void EventFeed::publish(const Message& event, base::WallTime now) {
    drop_left();
    std::shared_ptr<const StoredMessage> stored;
    for (const auto& state : subscribers_) {
        if (state->filter && !state->filter(event)) {
            continue;
        }
        if (state->queue.size() >= state->capacity) {
            shed(*state, now);
        }
        if (!stored) {
            stored = std::make_shared<const StoredMessage>(event);
        }
        put(*state, {.kind = Delivery::Kind::event, .event = stored, .missed = 0, .at = now});
    }
}

void EventFeed::connected(base::WallTime now) {
    is_connected_ = true;
    drop_left();
    for (const auto& state : subscribers_) {
        put(*state, {.kind = Delivery::Kind::connected, .event = nullptr, .missed = 0, .at = now});
    }
}

void EventFeed::lost(base::WallTime now) {
    if (!std::exchange(is_connected_, false)) {
        return;
    }
    drop_left();
    for (const auto& state : subscribers_) {
        auto& queue = state->queue;
        // Nobody needs to hear of a connection that brought nothing.
        if (queue.size() >= 2 && queue.back().kind == Delivery::Kind::connected &&
            queue[queue.size() - 2].kind == Delivery::Kind::gap &&
            queue[queue.size() - 2].missed == 0) {
            queue.pop_back();
            continue;
        }
        put(*state, {.kind = Delivery::Kind::gap, .event = nullptr, .missed = 0, .at = now});
    }
}

void EventFeed::close() {
    is_closed_ = true;
    for (const auto& state : subscribers_) {
        state->is_closed = true;
        state->changed.notify();
    }
}

void EventFeed::drop_left() {
    std::erase_if(subscribers_, [](const auto& state) { return state->is_left; });
}

}  // namespace trunkline::ami
