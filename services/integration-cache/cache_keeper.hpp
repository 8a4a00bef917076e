#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "app/process.hpp"
#include "base/log.hpp"
#include "customer_store.hpp"
#include "customers.hpp"
#include "enterprise_answers.hpp"
#include "hit_figures.hpp"
#include "net/task_group.hpp"
#include "pg/listener.hpp"
#include "redis/client.hpp"
#include "redis/subscriber.hpp"
#include "shared_cache.hpp"
#include "tenants/directory.hpp"

namespace trunkline::integration_cache {

/// Keeps the caches right: follows the Directory, hears what other replicas forget, refreshes
/// everything from time to time, tells how it goes. One executor.
class CacheKeeper {
public:
    struct Parts {
        tenants::Directory& directory;
        Customers& customers;
        EnterpriseAnswers& answers;
        SharedCache& shared;
        CustomerStore& store;
        HitFigures& figures;
        redis::Client& redis;
        redis::Subscriber& bell;
    };
    /// `full_refresh`: the middle of the times between two, which are spread by a ninth each way.
    CacheKeeper(
        const asio::any_io_executor& executor, const Parts& parts, std::chrono::seconds full_refresh
    );

    /// Adds its channels; before listener.start().
    void listen(pg::Listener& listener);
    /// Readiness parts `cache` and `redis`, and the figures at /metrics.
    void show(app::Process& process);
    void start();
    asio::awaitable<void> stop();

    /// Reads all enterprises again and asks for all customers anew when they are next needed, in
    /// every replica that can be reached. False: the database did not answer.
    asio::awaitable<bool> refresh(net::Deadline deadline);
    /// Forgets what is known of one enterprise, in every replica.
    asio::awaitable<void> invalidate(std::string number, net::Deadline deadline);

    /// `{"hits":..., ...}` (INTERFACES section 6).
    std::string stats_answer() const;

private:
    void follow(const std::string& number);
    void forget_renamed(const std::string& payload);
    void obey(const SharedCache::Forget& what);
    void refill_if_empty();

    asio::awaitable<void> find_installation();
    asio::awaitable<void> tend();
    asio::awaitable<void> refresh_from_time_to_time();
    asio::awaitable<void> tell_every_minute();
    asio::awaitable<bool> tell_all(SharedCache::Forget what);
    asio::awaitable<void> forget_shared(std::string enterprise, std::string phone);
    void tell_statistics();

    app::Readiness::Part cache_part() const;
    app::Readiness::Part redis_part() const;

    asio::any_io_executor executor_;
    Parts parts_;
    std::chrono::seconds full_refresh_;
    base::Logger logger_{"cache"};
    std::optional<base::WallTime> last_full_refresh_;
    std::uint64_t refills_ = 0;
    bool is_alarmed_ = false;
    net::TaskGroup tasks_;
};

/// `YYYY-MM-DDTHH:MM:SS` in the time zone of the logs.
std::string local_time(base::WallTime time);

}  // namespace trunkline::integration_cache
