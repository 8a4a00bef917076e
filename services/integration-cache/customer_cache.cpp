#include "customer_cache.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace trunkline::integration_cache {
namespace {

/// Nodes of list, index and schedule, roughly.
constexpr std::size_t node_bytes = 160;
/// Entries in use are asked for again between these parts of their life, spread so that what was
/// filled together is not refreshed together.
constexpr std::uint64_t earliest_percent = 65;
constexpr std::uint64_t spread_percent = 20;

std::size_t bytes_of(const CustomerCache::Entry& entry) {
    return sizeof(entry) + node_bytes + entry.enterprise.capacity() + entry.phone.capacity() +
           entry.customer.name.capacity() + entry.customer.company.capacity() +
           entry.customer.responsible_extension.capacity() + entry.customer.source.capacity() +
           entry.name_answer.capacity();
}

}  // namespace

const CustomerCache::Entry* CustomerCache::find(
    std::string_view enterprise, std::string_view phone
) {
    const auto found = index_.find({enterprise, phone});
    if (found == index_.end()) {
        return nullptr;
    }
    order_.splice(order_.begin(), order_, found->second);
    found->second->is_used = true;
    return &*found->second;
}

void CustomerCache::put(std::string_view enterprise, std::string_view phone, Customer customer) {
    const auto life = customer.is_known() ? limits_.present : limits_.absent;
    put(enterprise, phone, std::move(customer), life);
}

void CustomerCache::put(
    std::string_view enterprise,
    std::string_view phone,
    Customer customer,
    std::chrono::milliseconds life
) {
    // What the names look at may be part of the entry that goes.
    Entry fresh;
    fresh.enterprise = enterprise;
    fresh.phone = phone;
    if (const auto old = index_.find({enterprise, phone}); old != index_.end()) {
        drop(old->second);
    }
    fresh.customer = std::move(customer);
    fresh.name_answer = name_answer(fresh.customer);
    fresh.fresh_until = clock_.steady() + life;
    fresh.not_asked_before = base::SteadyTime::min();
    fresh.bytes_ = bytes_of(fresh);
    bytes_ += fresh.bytes_;
    order_.push_front(std::move(fresh));
    auto& entry = order_.front();
    index_.emplace(Key{entry.enterprise, entry.phone}, order_.begin());
    if (entry.customer.is_known()) {
        schedule(entry, life);
    }
    evict();
}

void CustomerCache::postpone(std::string_view enterprise, std::string_view phone) {
    const auto found = index_.find({enterprise, phone});
    if (found == index_.end()) {
        return;
    }
    auto& entry = *found->second;
    entry.not_asked_before = clock_.steady() + limits_.failed;
    unschedule(entry);
    entry.is_used = false;
    schedule(entry, limits_.failed * 2);
}

void CustomerCache::forget(std::string_view enterprise, std::string_view phone) {
    if (const auto found = index_.find({enterprise, phone}); found != index_.end()) {
        drop(found->second);
    }
}

void CustomerCache::forget(std::string_view enterprise) {
    for (auto entry = order_.begin(); entry != order_.end();) {
        entry = entry->enterprise == enterprise ? drop(entry) : std::next(entry);
    }
}

void CustomerCache::expire(std::string_view enterprise) {
    const auto now = clock_.steady();
    for (auto& entry : order_) {
        if (enterprise.empty() || entry.enterprise == enterprise) {
            entry.fresh_until = std::min(entry.fresh_until, now);
        }
    }
}

std::vector<CustomerCache::Place> CustomerCache::take_due(std::size_t most) {
    const auto now = clock_.steady();
    std::vector<Place> due;
    while (due.size() < most && !refreshes_.empty() && refreshes_.begin()->first <= now) {
        // The schedule hands out what it owns a place in; the entries are ours to change.
        const auto* scheduled = refreshes_.begin()->second;
        auto& entry = *index_.find({scheduled->enterprise, scheduled->phone})->second;
        unschedule(entry);
        if (entry.is_used) {
            due.push_back({entry.enterprise, entry.phone});
        }
    }
    return due;
}

CustomerCache::Order::iterator CustomerCache::drop(Order::iterator entry) {
    unschedule(*entry);
    bytes_ -= entry->bytes_;
    index_.erase(Key{entry->enterprise, entry->phone});
    return order_.erase(entry);
}

void CustomerCache::schedule(Entry& entry, std::chrono::milliseconds life) {
    jitter_ = jitter_ * 6364136223846793005ULL + 1442695040888963407ULL;
    const auto percent = earliest_percent + (jitter_ >> 33U) % spread_percent;
    const auto after = life * static_cast<std::int64_t>(percent) / 100;
    entry.refresh_ = refreshes_.emplace(clock_.steady() + after, &entry);
    entry.is_scheduled_ = true;
}

void CustomerCache::unschedule(Entry& entry) {
    if (entry.is_scheduled_) {
        refreshes_.erase(entry.refresh_);
        entry.is_scheduled_ = false;
    }
}

void CustomerCache::evict() {
    while (index_.size() > limits_.entries || (bytes_ > limits_.bytes && index_.size() > 1)) {
        drop(std::prev(order_.end()));
        ++evictions_;
    }
}

}  // namespace trunkline::integration_cache
