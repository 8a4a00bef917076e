#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "customer.hpp"
#include "net/asio.hpp"
#include "redis/client.hpp"
#include "redis/subscriber.hpp"

namespace trunkline::integration_cache {

/// What replicas know of customers, in Redis, and the bell by which they tell each other to forget.
/// Redis away, slow or full of garbage: nothing is found, nothing is kept, nobody waits long. One
/// executor.
///
/// Keys begin with `trunkline:names:1:<installation>:`, since several installations may share a
/// Redis; `c:<enterprise>:<phone>` is a customer, `g` and `g:<enterprise>` are generations. A
/// customer counts only under the generations that it was asked for in, so that to forget an
/// enterprise is to change one key, and what was asked before is never kept after.
class SharedCache {
public:
    /// The client must outlive it.
    SharedCache(redis::Client& client, std::string replica);

    /// Does nothing until it is told which installation this is.
    void open(const std::string& installation);
    bool is_open() const { return !prefix_.empty(); }
    /// Whether it can be asked now.
    bool is_usable() const { return is_open() && client_.is_connected(); }
    /// Where the bell rings; after open().
    std::string channel() const { return prefix_ + "forget"; }

    struct Found {
        std::optional<SharedCustomer> shared;
        /// For put(); empty: Redis did not answer, keep nothing.
        std::string generation;
    };
    asio::awaitable<Found> get(std::string enterprise, std::string phone);
    asio::awaitable<void> put(
        std::string enterprise, std::string phone, SharedCustomer shared, std::string generation
    );

    /// What is to be forgotten: a customer, an enterprise (`phone` empty), everything (both empty).
    struct Forget {
        std::string enterprise;
        std::string phone;
    };
    /// In Redis. False: Redis did not do it.
    asio::awaitable<bool> forget(Forget what);
    /// In Redis, and tells the other replicas: for what PostgreSQL does not tell them.
    asio::awaitable<bool> forget_everywhere(Forget what);
    /// A bell's message: nothing if it is our own or not readable.
    std::optional<Forget> heard(std::string_view message) const;

    std::uint64_t hits() const { return hits_; }
    std::uint64_t misses() const { return misses_; }
    std::uint64_t unreadable() const { return unreadable_; }

private:
    redis::Words forget_words(const Forget& what) const;
    std::string customer_key(const std::string& enterprise, const std::string& phone) const;
    std::string generation_key(const std::string& enterprise) const;

    redis::Client& client_;
    std::string replica_;
    std::string prefix_;
    std::uint64_t hits_ = 0;
    std::uint64_t misses_ = 0;
    std::uint64_t unreadable_ = 0;
};

}  // namespace trunkline::integration_cache
