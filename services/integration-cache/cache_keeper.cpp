#include "cache_keeper.hpp"

#include <ctime>
#include <random>
#include <utility>

#include "json/writer.hpp"
#include "net/sleep.hpp"

namespace trunkline::integration_cache {
namespace {

constexpr auto tend_period = std::chrono::milliseconds(250);
constexpr auto tell_period = std::chrono::minutes(1);
constexpr auto refresh_limit = std::chrono::seconds(10);
constexpr auto retry_pause = std::chrono::seconds(1);
/// Bulk changes of customers ring for each; beyond this Redis gets no own command for each.
constexpr std::size_t most_tasks = 256;

std::chrono::milliseconds spread(std::chrono::seconds middle) {
    static std::minstd_rand generator(std::random_device{}());
    const auto ninth = std::chrono::milliseconds(middle).count() / 9;
    std::uniform_int_distribution<std::int64_t> around(-ninth, ninth);
    return std::chrono::milliseconds(middle) + std::chrono::milliseconds(around(generator));
}

}  // namespace

std::string local_time(base::WallTime time) {
    const auto seconds =
        std::chrono::system_clock::to_time_t(std::chrono::floor<std::chrono::seconds>(time));
    std::tm local{};
    localtime_r(&seconds, &local);
    char text[32];
    const auto length = std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &local);
    return {text, length};
}

CacheKeeper::CacheKeeper(
    const asio::any_io_executor& executor, const Parts& parts, std::chrono::seconds full_refresh
)
    : executor_(executor), parts_(parts), full_refresh_(full_refresh), tasks_(executor, "cache") {
    parts_.directory.on_change([this](const std::string& number) { follow(number); });
}

void CacheKeeper::listen(pg::Listener& listener) {
    listener.on("customer_renamed", [this](const std::string& payload) {
        forget_renamed(payload);
    });
    listener.on("names_forgotten", [this](const std::string& number) {
        obey({number, ""});
        if (tasks_.size() < most_tasks) {
            tasks_.spawn("forget", forget_shared(number, ""));
        }
    });
    // What was told meanwhile is lost: everything is asked for again, and shown until then.
    listener.on_gap([this] { parts_.customers.expire(); });
}

void CacheKeeper::start() {
    parts_.bell.on_gap([this] { parts_.customers.expire(); });
    parts_.redis.start();
    parts_.bell.start();
    tasks_.spawn("installation", find_installation());
    tasks_.spawn("tend", tend());
    tasks_.spawn("refresh", refresh_from_time_to_time());
    tasks_.spawn("statistics", tell_every_minute());
}

asio::awaitable<void> CacheKeeper::stop() {
    tasks_.cancel();
    co_await tasks_.join();
    co_await parts_.bell.stop();
    co_await parts_.redis.stop();
}

void CacheKeeper::follow(const std::string& number) {
    using Change = EnterpriseAnswers::Change;
    const auto changed = [this](const std::string& each, Change change) {
        if (change == Change::customers) {
            parts_.customers.forget(each);
        } else {
            parts_.customers.expire(each);
        }
        // Each replica hears of the change itself; in Redis the first one is enough.
        if (tasks_.size() < most_tasks) {
            tasks_.spawn("forget", forget_shared(each, ""));
        }
    };
    if (number.empty()) {
        parts_.answers.follow_all(parts_.directory.all(), changed);
    } else {
        parts_.answers.follow(number, parts_.directory.by_number(number), changed);
    }
}

// `["0367","375296254070"]`, from the trigger of `customers`.
void CacheKeeper::forget_renamed(const std::string& payload) {
    const auto document = json::parse(payload);
    if (!document || document->root().size() != 2 || !document->root().is_array()) {
        logger_.warning("customer_renamed says \"{}\", which is no enterprise and phone", payload);
        return;
    }
    const std::string enterprise(document->root()[0].string().value_or(""));
    const std::string phone(document->root()[1].string().value_or(""));
    if (enterprise.empty() || phone.empty()) {
        return;
    }
    parts_.customers.forget(enterprise, phone);
    if (tasks_.size() < most_tasks) {
        tasks_.spawn("forget", forget_shared(enterprise, phone));
    }
}

asio::awaitable<void> CacheKeeper::forget_shared(std::string enterprise, std::string phone) {
    SharedCache::Forget what{enterprise, phone};
    (void)co_await parts_.shared.forget(std::move(what));
    // Once more, for what was read in Redis meanwhile.
    if (!phone.empty()) {
        parts_.customers.forget(enterprise, phone);
    }
}

/// A replica, perhaps this one, was asked to forget.
void CacheKeeper::obey(const SharedCache::Forget& what) {
    if (what.enterprise.empty()) {
        parts_.customers.expire();
    } else {
        parts_.customers.forget(what.enterprise);
    }
    logger_.info(
        "🔄 told to forget {}",
        what.enterprise.empty() ? std::string("everything") : "enterprise " + what.enterprise
    );
}

asio::awaitable<void> CacheKeeper::find_installation() {
    while (true) {
        const auto id = co_await parts_.store.installation();
        if (id) {
            parts_.shared.open(*id);
            parts_.bell.on(parts_.shared.channel(), [this](const std::string& message) {
                if (const auto what = parts_.shared.heard(message)) {
                    obey(*what);
                }
            });
            co_return;
        }
        co_await net::sleep_for(retry_pause);
    }
}

asio::awaitable<void> CacheKeeper::tend() {
    while (true) {
        co_await net::sleep_for(tend_period);
        parts_.customers.refresh_due([this](const std::string& number) {
            return parts_.directory.by_number(number);
        });
        refill_if_empty();
    }
}

/// The seed's sick state: enterprises are there, and the cache has nothing of them.
void CacheKeeper::refill_if_empty() {
    if (parts_.answers.size() < parts_.directory.size()) {
        ++refills_;
        logger_.error(
            "🔄 the cache has {} of {} enterprises; filling it again",
            parts_.answers.size(),
            parts_.directory.size()
        );
        follow("");
    }
}

asio::awaitable<void> CacheKeeper::refresh_from_time_to_time() {
    while (true) {
        const auto started = std::chrono::steady_clock::now();
        const bool done = co_await parts_.directory.reload("", net::deadline_in(refresh_limit));
        if (done) {
            last_full_refresh_ = base::system_clock().now();
            const auto took = std::chrono::steady_clock::now() - started;
            logger_.info(
                "🔄 full refresh: {} enterprises, {} customers in memory, {} ms",
                parts_.answers.size(),
                parts_.customers.cache().size(),
                std::chrono::duration_cast<std::chrono::milliseconds>(took).count()
            );
            co_await net::sleep_for(spread(full_refresh_));
        } else {
            logger_.warning("🔄 full refresh: the database does not answer; keeping what is known");
            co_await net::sleep_for(retry_pause);
        }
    }
}

asio::awaitable<bool> CacheKeeper::refresh(net::Deadline deadline) {
    const bool done = co_await parts_.directory.reload("", deadline);
    parts_.customers.expire();
    SharedCache::Forget everything;
    const bool told = co_await tell_all(std::move(everything));
    if (!done) {
        logger_.warning("🔄 refresh on demand: the database does not answer; keeping what is known"
        );
        co_return false;
    }
    last_full_refresh_ = base::system_clock().now();
    logger_.info(
        "🔄 refresh on demand: {} enterprises{}",
        parts_.answers.size(),
        told ? "" : ", in this replica alone"
    );
    co_return true;
}

asio::awaitable<void> CacheKeeper::invalidate(std::string number, net::Deadline deadline) {
    parts_.customers.forget(number);
    SharedCache::Forget what{number, ""};
    const bool told = co_await tell_all(std::move(what));
    if (!told) {
        logger_.warning("🔄 enterprise {} is forgotten in this replica alone", number);
    }
    const bool reloaded = co_await parts_.directory.reload(number, deadline);
    // Once more, for what was asked for with the old configuration meanwhile.
    parts_.customers.forget(number);
    logger_.info(
        "🔄 enterprise {} is forgotten{}",
        number,
        reloaded ? " and read again" : "; it will be read again when the database is back"
    );
}

/// By Redis, or, while that is away, by PostgreSQL. False: neither answers.
asio::awaitable<bool> CacheKeeper::tell_all(SharedCache::Forget what) {
    const auto number = what.enterprise;
    const bool told = co_await parts_.shared.forget_everywhere(std::move(what));
    if (told) {
        co_return true;
    }
    const auto told_by_postgres = co_await parts_.store.tell_forgotten(number);
    co_return told_by_postgres.has_value();
}

asio::awaitable<void> CacheKeeper::tell_every_minute() {
    while (true) {
        co_await net::sleep_for(tell_period);
        tell_statistics();
    }
}

void CacheKeeper::tell_statistics() {
    const auto& total = parts_.figures.total();
    const auto recent = parts_.figures.recent();
    const auto& cache = parts_.customers.cache();
    logger_.info(
        "📊 hits={} misses={} hit_rate_percent={:.2f} last_10_minutes={:.2f} of {} cache_size={} "
        "customers={} bytes={} evictions={} stale={} questions={} redis={}",
        total.hits,
        total.misses,
        total.percent(),
        recent.percent(),
        recent.all(),
        parts_.answers.size(),
        cache.size(),
        cache.bytes(),
        cache.evictions(),
        parts_.customers.stale_answers(),
        parts_.customers.questions(),
        parts_.shared.is_usable() ? "connected" : "away"
    );
    const bool alarms = parts_.figures.is_alarming();
    if (alarms) {
        logger_.error(
            "📊 ALERT: only {:.2f} % of {} look-ups of the last 10 minutes were hits",
            recent.percent(),
            recent.all()
        );
    } else if (is_alarmed_) {
        logger_.info("📊 the hit rate is well again: {:.2f} %", recent.percent());
    }
    is_alarmed_ = alarms;
}

}  // namespace trunkline::integration_cache
