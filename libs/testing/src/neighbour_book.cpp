#include "neighbour_book.hpp"

#include <algorithm>
#include <exception>
#include <iterator>
#include <ranges>
#include <stdexcept>
#include <utility>

#include "base/text.hpp"

namespace trunkline::testing {

bool matches_path(std::string_view pattern, std::string_view path) {
    if (pattern.ends_with('*')) {
        return path.starts_with(pattern.substr(0, pattern.size() - 1));
    }
    return pattern == path;
}

std::string NeighbourRequest::header(std::string_view name) const {
    for (const auto& [key, value] : headers) {
        if (base::equals_ignoring_case(key, name)) {
            return value;
        }
    }
    return {};
}

NeighbourResponse NeighbourResponse::json(std::string body, unsigned status) {
    return {
        .status = status, .headers = {{"Content-Type", "application/json"}}, .body = std::move(body)
    };
}

Fault Fault::slow(std::chrono::milliseconds delay) { return {.kind = Kind::slow, .delay = delay}; }
Fault Fault::answer_status(unsigned status) { return {.kind = Kind::status, .status = status}; }
Fault Fault::never_answer() { return {.kind = Kind::never_answer}; }
Fault Fault::break_off_after(std::size_t bytes) {
    return {.kind = Kind::break_off, .bytes = bytes};
}
Fault Fault::lose_answer() { return {.kind = Kind::lose_answer}; }
Fault Fault::reset() { return {.kind = Kind::reset}; }
Fault Fault::garbage() { return {.kind = Kind::garbage}; }

NeighbourBook::NeighbourBook(HttpNeighbour::Handler fallback) : fallback_(std::move(fallback)) {}

void NeighbourBook::add_route(
    std::string method, std::string path, HttpNeighbour::Handler handler
) {
    const std::lock_guard lock(mutex_);
    routes_.push_back({std::move(method), std::move(path), std::move(handler)});
}

void NeighbourBook::add_fault(Fault fault, std::optional<std::size_t> times, std::string path) {
    const std::lock_guard lock(mutex_);
    // Of two lasting orders the newer wins; of two passing ones the older comes first.
    if (times) {
        next_.push_back({fault, *times, std::move(path)});
    } else {
        always_.push_front({fault, 0, std::move(path)});
    }
}

void NeighbourBook::clear_faults() {
    const std::lock_guard lock(mutex_);
    next_.clear();
    always_.clear();
}

void NeighbourBook::record(NeighbourRequest& request) {
    const std::lock_guard lock(mutex_);
    request.order = recorded_++;
    request.time = std::chrono::steady_clock::now();
    requests_.push_back(request);
    changed_.notify_all();
}

std::optional<Fault> NeighbourBook::take_fault(std::string_view path) {
    const std::lock_guard lock(mutex_);
    const auto fits = [path](const Order& order) { return matches_path(order.path, path); };
    const auto next = std::ranges::find_if(next_, fits);
    if (next != next_.end()) {
        const auto fault = next->fault;
        if (--next->times == 0) {
            next_.erase(next);
        }
        return fault;
    }
    const auto always = std::ranges::find_if(always_, fits);
    if (always != always_.end()) {
        return always->fault;
    }
    return std::nullopt;
}

NeighbourResponse NeighbourBook::respond(const NeighbourRequest& request) const {
    HttpNeighbour::Handler handler;
    {
        const std::lock_guard lock(mutex_);
        const auto route =
            std::ranges::find_if(routes_ | std::views::reverse, [&](const Route& each) {
                return (each.method == "*" || each.method == request.method) &&
                       matches_path(each.path, request.path);
            });
        handler = route == routes_.rend() ? fallback_ : route->handler;
    }
    try {
        return handler(request);
    } catch (const std::exception& error) {
        return {.status = 500, .body = error.what()};
    }
}

std::vector<NeighbourRequest> NeighbourBook::requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
}

std::vector<NeighbourRequest> NeighbourBook::wait_for(
    std::size_t count, std::chrono::milliseconds limit
) const {
    std::unique_lock lock(mutex_);
    // By the wall clock, for the thread sanitizer of clang 19 does not know the steady one's wait.
    const auto end = std::chrono::system_clock::now() + limit;
    if (!changed_.wait_until(lock, end, [&] { return requests_.size() >= count; })) {
        throw std::runtime_error(
            "waited " + std::to_string(limit.count()) + " ms for " + std::to_string(count) +
            " requests, but " + std::to_string(requests_.size()) + " came"
        );
    }
    return requests_;
}

void NeighbourBook::forget() {
    const std::lock_guard lock(mutex_);
    requests_.clear();
}

void NeighbourBook::count_connection() {
    const std::lock_guard lock(mutex_);
    ++connections_;
}

std::size_t NeighbourBook::connections() const {
    const std::lock_guard lock(mutex_);
    return connections_;
}

}  // namespace trunkline::testing
