// How the caches are shown: /stats, /ready and /metrics.

#include <fmt/format.h>

#include <memory>

#include "cache_keeper.hpp"
#include "json/writer.hpp"

namespace trunkline::integration_cache {
namespace {

using State = app::Readiness::Part::State;

/// A counter that follows a number which is kept elsewhere.
class Follower {
public:
    explicit Follower(metrics::Counter& counter) : counter_(&counter) {}
    void follow(std::uint64_t value) {
        counter_->add(static_cast<double>(value - last_));
        last_ = value;
    }

private:
    metrics::Counter* counter_;
    std::uint64_t last_ = 0;
};

}  // namespace

std::string CacheKeeper::stats_answer() const {
    const auto& total = parts_.figures.total();
    const auto recent = parts_.figures.recent();
    const auto& cache = parts_.customers.cache();
    const auto refreshed =
        last_full_refresh_ ? std::optional(local_time(*last_full_refresh_)) : std::nullopt;
    json::Writer writer;
    writer.begin_object()
        .member("hits", total.hits)
        .member("misses", total.misses)
        .member("cache_size", parts_.answers.size())
        .member("config_cache_size", parts_.answers.size())
        .member("hit_rate_percent", total.percent())
        .member("last_full_refresh", refreshed)
        .member("recent_hit_rate_percent", recent.percent())
        .member("recent_lookups", recent.all())
        .member("customer_cache_size", cache.size())
        .member("customer_cache_bytes", cache.bytes())
        .member("evictions", cache.evictions())
        .member("stale_answers", parts_.customers.stale_answers())
        .member("questions", parts_.customers.questions())
        .member("redis", parts_.shared.is_usable())
        .end_object();
    return writer.take();
}

app::Readiness::Part CacheKeeper::cache_part() const {
    const auto enterprises = parts_.directory.size();
    if (enterprises > 0 && parts_.answers.size() == 0) {
        return {
            State::failed, fmt::format("cache_size is 0 of {} enterprises: refilling", enterprises)
        };
    }
    const auto recent = parts_.figures.recent();
    auto reason = fmt::format(
        "{} enterprises, {:.2f} % hits of {} look-ups in 10 minutes",
        enterprises,
        recent.percent(),
        recent.all()
    );
    return {parts_.figures.is_sick() ? State::degraded : State::ready, std::move(reason)};
}

app::Readiness::Part CacheKeeper::redis_part() const {
    if (parts_.redis.is_connected() && parts_.bell.is_subscribed()) {
        return {};
    }
    const auto error =
        parts_.redis.is_connected() ? parts_.bell.last_error() : parts_.redis.last_error();
    return {State::degraded, error.empty() ? "not connected yet" : error};
}

void CacheKeeper::show(app::Process& process) {
    process.readiness().add("cache", [this] { return cache_part(); });
    process.readiness().add("redis", [this] { return redis_part(); });
    auto& registry = process.metrics();
    const auto counter =
        [&registry](const char* name, const char* help, const metrics::Labels& labels) {
            return std::make_shared<Follower>(registry.counter(name, help, labels));
        };
    constexpr auto lookups = "integration_cache_lookups_total";
    constexpr auto lookups_help = "Look-ups of names, profiles, configuration and metadata.";
    const auto hits = counter(lookups, lookups_help, {{"result", "hit"}});
    const auto misses = counter(lookups, lookups_help, {{"result", "miss"}});
    const auto stale = counter(
        "integration_cache_stale_answers_total", "Hits that were older than they should be.", {}
    );
    const auto questions =
        counter("integration_cache_questions_total", "Customers asked for at their sources.", {});
    const auto evicted =
        counter("integration_cache_evictions_total", "Customers dropped for want of room.", {});
    const auto refused = counter(
        "integration_cache_questions_refused_total", "Too many questions were under way.", {}
    );
    const auto refills = counter(
        "integration_cache_refills_total", "Times that an empty cache was filled again.", {}
    );
    constexpr auto shared = "integration_cache_redis_lookups_total";
    constexpr auto shared_help = "Look-ups in Redis by what they found.";
    const auto shared_hits = counter(shared, shared_help, {{"result", "hit"}});
    const auto shared_misses = counter(shared, shared_help, {{"result", "miss"}});
    const auto shared_bad = counter(shared, shared_help, {{"result", "unreadable"}});
    auto& entries = registry.gauge(
        "integration_cache_entries", "Enterprises whose answers are ready.", {{"cache", "status"}}
    );
    auto& customers = registry.gauge(
        "integration_cache_entries",
        "Enterprises whose answers are ready.",
        {{"cache", "customers"}}
    );
    auto& wanted = registry.gauge("integration_cache_enterprises", "Enterprises in the database.");
    auto& bytes = registry.gauge("integration_cache_bytes", "Memory of the customers.");
    auto& ratio = registry.gauge(
        "integration_cache_hit_ratio", "Hits of all look-ups of the last ten minutes, 0 to 1."
    );
    auto& recent =
        registry.gauge("integration_cache_recent_lookups", "Look-ups of the last ten minutes.");
    auto& redis = registry.gauge("integration_cache_redis_up", "1 while Redis can be asked.");
    registry.on_render([=, this, &entries, &customers, &wanted, &bytes, &ratio, &recent, &redis] {
        hits->follow(parts_.figures.total().hits);
        misses->follow(parts_.figures.total().misses);
        stale->follow(parts_.customers.stale_answers());
        questions->follow(parts_.customers.questions());
        evicted->follow(parts_.customers.cache().evictions());
        refused->follow(parts_.customers.refused());
        refills->follow(refills_);
        shared_hits->follow(parts_.shared.hits());
        shared_misses->follow(parts_.shared.misses());
        shared_bad->follow(parts_.shared.unreadable());
        entries.set(static_cast<double>(parts_.answers.size()));
        customers.set(static_cast<double>(parts_.customers.cache().size()));
        wanted.set(static_cast<double>(parts_.directory.size()));
        bytes.set(static_cast<double>(parts_.customers.cache().bytes()));
        ratio.set(parts_.figures.recent().percent() / 100);
        recent.set(static_cast<double>(parts_.figures.recent().all()));
        redis.set(parts_.shared.is_usable() ? 1 : 0);
    });
}

}  // namespace trunkline::integration_cache
