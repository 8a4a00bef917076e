#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "customer.hpp"

namespace trunkline::integration_cache {

/// Customers by enterprise and number, absent ones too, bounded in number and bytes: the least
/// recently used goes first. An entry stays when its time is over, as something better than nothing
/// while it is asked for again or cannot be. Pure; asks the clock that it is given. Not
/// thread-safe.
class CustomerCache {
public:
    struct Limits {
        std::chrono::milliseconds present{90'000};
        std::chrono::milliseconds absent{20'000};
        /// How long nobody is asked again after a source has failed.
        std::chrono::milliseconds failed{5'000};
        std::size_t entries = 50'000;
        std::size_t bytes = std::size_t{24} * 1024 * 1024;
    };
    CustomerCache(const base::Clock& clock, Limits limits) : clock_(clock), limits_(limits) {}

    struct Entry {
        std::string enterprise;
        std::string phone;
        Customer customer;
        std::string name_answer;  ///< Ready to be sent.
        base::SteadyTime fresh_until;
        base::SteadyTime not_asked_before;  ///< A source has just failed.
        bool is_used = false;               ///< Asked for since it was put.

    private:
        friend class CustomerCache;
        std::multimap<base::SteadyTime, const Entry*>::iterator refresh_;
        bool is_scheduled_ = false;
        std::size_t bytes_ = 0;
    };

    struct Place {
        std::string enterprise;
        std::string phone;
    };

    /// Null: not known. The entry lives until the cache is changed.
    const Entry* find(std::string_view enterprise, std::string_view phone);
    bool is_fresh(const Entry& entry) const { return entry.fresh_until > clock_.steady(); }
    /// Whether it is worth asking for again now.
    bool may_ask(const Entry& entry) const { return entry.not_asked_before <= clock_.steady(); }

    /// `life` zero: known, but to be asked for again at once.
    void put(
        std::string_view enterprise,
        std::string_view phone,
        Customer customer,
        std::chrono::milliseconds life
    );
    /// As above with the life that such a customer has.
    void put(std::string_view enterprise, std::string_view phone, Customer customer);
    /// A source has failed: the entry, if there is one, is not asked for again for a while.
    void postpone(std::string_view enterprise, std::string_view phone);

    void forget(std::string_view enterprise, std::string_view phone);
    /// All of an enterprise's.
    void forget(std::string_view enterprise);
    /// All of an enterprise's, or everything if it is empty, is to be asked for again, but is shown
    /// until then.
    void expire(std::string_view enterprise);

    /// Entries that are in use and whose time will soon be over, at most `most`; each is given once
    /// until it is put or postponed.
    std::vector<Place> take_due(std::size_t most);

    const Limits& limits() const { return limits_; }
    std::size_t size() const { return index_.size(); }
    std::size_t bytes() const { return bytes_; }
    std::uint64_t evictions() const { return evictions_; }

private:
    struct Key {
        std::string_view enterprise;
        std::string_view phone;
        bool operator==(const Key&) const = default;
    };
    struct Hash {
        std::size_t operator()(const Key& key) const {
            const std::hash<std::string_view> hash;
            return hash(key.phone) ^ (hash(key.enterprise) * 0x9E3779B97F4A7C15ULL);
        }
    };
    using Order = std::list<Entry>;

    Order::iterator drop(Order::iterator entry);
    void schedule(Entry& entry, std::chrono::milliseconds life);
    void unschedule(Entry& entry);
    void evict();

    const base::Clock& clock_;
    Limits limits_;
    Order order_;                                           ///< Most recently used first.
    std::unordered_map<Key, Order::iterator, Hash> index_;  ///< Keys look into the entries.
    std::multimap<base::SteadyTime, const Entry*> refreshes_;
    std::size_t bytes_ = 0;
    std::uint64_t evictions_ = 0;
    std::uint64_t jitter_ = 0;
};

}  // namespace trunkline::integration_cache
