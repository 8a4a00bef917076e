#include "health.hpp"

#include <boost/asio/this_coro.hpp>
#include <utility>

#include "health_checks.hpp"
#include "json/writer.hpp"

namespace trunkline::pbx_control {
namespace {

constexpr std::chrono::minutes kept_for{10};

std::vector<std::string> issues_of(const HealthReport& report) {
    std::vector<std::string> issues;
    for (const auto* part :
         {&report.connection, &report.system, &report.channels, &report.queues, &report.quality}) {
        issues.insert(issues.end(), part->warnings.begin(), part->warnings.end());
    }
    return issues;
}

}  // namespace

std::string HealthReport::overall_status() const {
    if (connection.is_down) {
        return "critical";
    }
    return issues_of(*this).empty() ? "healthy" : "degraded";
}

std::string HealthReport::to_json() const {
    json::Writer writer;
    return writer.begin_object()
        .member("overall_status", overall_status())
        .member("checked_at", base::format_iso8601(at))
        .member("issues", issues_of(*this))
        .key("connection")
        .raw(connection.json)
        .key("system")
        .raw(system.json)
        .key("channels")
        .raw(channels.json)
        .key("queues")
        .raw(queues.json)
        .key("quality")
        .raw(quality.json)
        .end_object()
        .take();
}

asio::awaitable<std::shared_ptr<const HealthReport>> Health::look(Exchange exchange) {
    auto report = std::make_shared<HealthReport>();
    report->at = clock_.now();
    report->connection = co_await check_connection(exchange);
    if (!report->connection.is_down) {
        report->system = co_await check_system(*exchange.link);
        report->channels = co_await check_channels(*exchange.link);
        report->queues = co_await check_queues(*exchange.link);
    } else {
        exchange.link.reset();
    }
    report->quality = co_await check_quality(exchange, store_);
    co_return report;
}

asio::awaitable<std::shared_ptr<const HealthReport>> Health::of(Exchange exchange) {
    const auto id = exchange.id;
    for (;;) {
        auto& entry = entries_[id];
        if (entry.report && clock_.steady() - entry.taken < fresh_for) {
            co_return entry.report;
        }
        if (!entry.under_way) {
            break;
        }
        // Kept alive here: who asks may be done, and gone, before we are woken.
        const auto under_way = entry.under_way;
        co_await under_way->wait();
        under_way->notify();  // A signal that was only remembered woke one: pass it on.
    }
    forget_old(clock_.steady());
    const auto executor = co_await asio::this_coro::executor;
    const auto under_way = std::make_shared<net::Event>(executor);
    entries_[id].under_way = under_way;
    /// Also when this request is cut: the next one asks then.
    struct Leave {
        Health& health;
        std::string id;
        std::shared_ptr<net::Event> under_way;
        ~Leave() {
            const auto found = health.entries_.find(id);
            if (found != health.entries_.end() && found->second.under_way == under_way) {
                found->second.under_way.reset();
            }
            under_way->notify();
        }
    } leave{*this, id, under_way};
    auto report = co_await look(std::move(exchange));
    auto& entry = entries_[id];
    entry.report = report;
    entry.taken = clock_.steady();
    co_return report;
}

void Health::forget_old(base::SteadyTime now) {
    std::erase_if(entries_, [now](const auto& item) {
        return !item.second.under_way && now - item.second.taken > kept_for;
    });
}

}  // namespace trunkline::pbx_control
