#include "health_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>

#include "base/text.hpp"
#include "json/writer.hpp"
#include "talk.hpp"
#include "views.hpp"

namespace trunkline::pbx_control {
namespace {

constexpr std::chrono::milliseconds look_limit{2'000};
constexpr int quality_hours = 24;
constexpr std::size_t most_sounds = 20;
constexpr double lossy_percent = 3;
constexpr double slow_ms = 1'000;

HealthPart failed(std::string_view what, const base::Error& error) {
    HealthPart part;
    json::Writer writer;
    writer.begin_object().member("error", error.detail).end_object();
    part.json = writer.take();
    part.warnings.push_back(std::string(what) + ": " + error.detail);
    return part;
}

std::string header(const ami::Reply& reply, std::string_view name) {
    return base::replace_invalid_utf8(reply.response.view().get(name));
}

double rounded(double value, double steps) { return std::round(value * steps) / steps; }

}  // namespace

asio::awaitable<HealthPart> check_connection(Exchange exchange) {
    HealthPart part;
    json::Writer writer;
    writer.begin_object();
    if (!exchange.link) {
        part.is_down = true;
        part.warnings.emplace_back("the exchange is not connected");
        writer.member("connected", false).member("state", "stopped");
        part.json = writer.member("last_error", "").end_object().take();
        co_return part;
    }
    const auto begun = std::chrono::steady_clock::now();
    const auto pong = co_await ask(*exchange.link, ami::ping(), look_limit);
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(
        std::chrono::steady_clock::now() - begun
    );
    const auto status = exchange.link->status();
    const bool connected = pong.has_value();
    std::optional<double> response_time;
    if (connected) {
        const double answered_ms = rounded(static_cast<double>(took.count()) / 1000.0, 10);
        response_time = answered_ms;
        if (answered_ms > slow_ms) {
            part.warnings.push_back(fmt::format("connection: an answer took {:.0f} ms", answered_ms)
            );
        }
    } else {
        part.is_down = true;
        part.warnings.push_back("connection: " + pong.error().detail);
    }
    part.json = writer.member("connected", connected)
                    .member("state", ami::to_string(status.state))
                    .member("response_time_ms", response_time)
                    .member("banner", status.banner)
                    .member("last_error", status.last_error)
                    .member("connections", status.connections)
                    .member("events", status.events)
                    .member("missed_events", status.missed)
                    .end_object()
                    .take();
    co_return part;
}

asio::awaitable<HealthPart> check_system(ExchangeLink& link) {
    const auto settings = co_await ask(link, ami::core_settings(), look_limit);
    if (!settings) {
        co_return failed("system", settings.error());
    }
    const auto status = co_await ask(link, ami::core_status(), look_limit);
    if (!status) {
        co_return failed("system", status.error());
    }
    const auto number = [&status](std::string_view name) {
        return std::strtoll(header(*status, name).c_str(), nullptr, 10);
    };
    json::Writer writer;
    writer.begin_object()
        .member("version", "Asterisk " + header(*settings, "AsteriskVersion"))
        .member("ami_version", header(*settings, "AMIversion"))
        .member("system_name", header(*settings, "SystemName"))
        .member(
            "started_at",
            header(*status, "CoreStartupDate") + " " + header(*status, "CoreStartupTime")
        )
        .member(
            "reloaded_at",
            header(*status, "CoreReloadDate") + " " + header(*status, "CoreReloadTime")
        )
        .member("current_calls", number("CoreCurrentCalls"))
        .member("processed_calls", number("CoreProcessedCalls"))
        .member("max_calls", std::strtoll(header(*settings, "CoreMaxCalls").c_str(), nullptr, 10))
        .end_object();
    HealthPart part;
    part.json = writer.take();
    co_return part;
}

asio::awaitable<HealthPart> check_channels(ExchangeLink& link) {
    const auto shown = co_await ask(link, ami::core_show_channels(), look_limit);
    if (!shown) {
        co_return failed("channels", shown.error());
    }
    const auto listed = co_await ask(link, ami::device_state_list(), look_limit);
    if (!listed) {
        co_return failed("channels", listed.error());
    }
    const auto channels = ami::channels_in(*shown);
    std::map<std::string, std::size_t> technologies;
    std::map<std::string, bool> calls;
    for (const auto& channel : channels) {
        ++technologies[channel.name.substr(0, channel.name.find('/'))];
        calls[channel.linkedid] = true;
    }
    std::vector<std::string> offline;
    std::size_t online = 0;
    for (const auto& [device, state] : ami::devices_in(*listed)) {
        if (state == "unavailable" || state == "invalid") {
            offline.push_back(device);
        } else if (state != "unknown") {
            ++online;
        }
    }
    HealthPart part;
    json::Writer writer;
    writer.begin_object()
        .member("active_channels", channels.size())
        .member("active_calls", calls.size())
        .key("technologies")
        .begin_object();
    for (const auto& [technology, count] : technologies) {
        writer.member(technology, count);
    }
    part.json = writer.end_object()
                    .member("devices_online", online)
                    .member("devices_offline", offline.size())
                    .member("offline", offline)
                    .end_object()
                    .take();
    if (online == 0 && !offline.empty()) {
        part.warnings.emplace_back("channels: no phone and no trunk is registered");
    }
    co_return part;
}

asio::awaitable<HealthPart> check_queues(ExchangeLink& link) {
    const auto reply = co_await ask(link, ami::queue_status(), look_limit);
    if (!reply) {
        co_return failed("queues", reply.error());
    }
    HealthPart part;
    json::Writer writer;
    std::int64_t waiting = 0;
    std::int64_t available = 0;
    writer.begin_object().key("queues").begin_array();
    for (const auto& queue : ami::queues_in(*reply)) {
        write_summary(writer, queue);
        waiting += queue.calls;
        available += queue.available();
        if (queue.calls > 0 && queue.available() == 0) {
            part.warnings.push_back(
                fmt::format("queue {}: {} waiting and no agent available", queue.name, queue.calls)
            );
        }
    }
    part.json = writer.end_array()
                    .member("calls_waiting", waiting)
                    .member("available_agents", available)
                    .end_object()
                    .take();
    co_return part;
}

std::optional<Sound> sound_of(std::string_view rtcp) {
    std::map<std::string, double> values;
    for (const auto& part : base::split(rtcp, ';')) {
        const auto equals = part.find('=');
        if (equals != std::string::npos) {
            values[part.substr(0, equals)] = std::strtod(part.c_str() + equals + 1, nullptr);
        }
    }
    // Of fewer packets nothing can be said: a second of sound has fifty.
    constexpr double least = 50;
    const double received = values["rxcount"];
    if (received < least) {
        return std::nullopt;
    }
    const double lost = values["lp"];
    Sound out;
    out.lost_percent = received + lost > 0 ? 100.0 * lost / (received + lost) : 0;
    // In seconds.
    out.jitter_ms = values["rxjitter"] * 1000.0;
    out.round_trip_ms = values["rtt"] * 1000.0;
    return out;
}

namespace {

/// The sound of what is up now, averaged; nothing if the exchange tells none.
struct Sounds {
    std::size_t channels = 0;
    Sound average;
    double worst_lost = 0;
};

asio::awaitable<Sounds> listen(ExchangeLink& link) {
    Sounds out;
    const auto shown = co_await ask(link, ami::core_show_channels(), look_limit);
    if (!shown) {
        co_return out;
    }
    std::size_t asked = 0;
    for (const auto& channel : ami::channels_in(*shown)) {
        if (!channel.name.starts_with("PJSIP/") || channel.bridge.empty() || asked == most_sounds) {
            continue;
        }
        ++asked;
        const auto told =
            co_await ask(link, ami::getvar(channel.name, "CHANNEL(rtcp,all)"), look_limit);
        const auto sound =
            told ? sound_of(told->response.view().get("Value")) : std::optional<Sound>();
        if (!sound) {
            continue;
        }
        ++out.channels;
        out.average.lost_percent += sound->lost_percent;
        out.average.jitter_ms += sound->jitter_ms;
        out.average.round_trip_ms += sound->round_trip_ms;
        out.worst_lost = std::max(out.worst_lost, sound->lost_percent);
    }
    co_return out;
}

void write(json::Writer& writer, const Sounds& sounds) {
    if (sounds.channels == 0) {
        writer.member("rtcp", std::optional<std::string>());
        return;
    }
    const auto channels = static_cast<double>(sounds.channels);
    writer.key("rtcp")
        .begin_object()
        .member("channels", sounds.channels)
        .member("average_lost_percent", rounded(sounds.average.lost_percent / channels, 100))
        .member("worst_lost_percent", rounded(sounds.worst_lost, 100))
        .member("average_jitter_ms", rounded(sounds.average.jitter_ms / channels, 100))
        .member("average_round_trip_ms", rounded(sounds.average.round_trip_ms / channels, 100))
        .end_object();
}

}  // namespace

asio::awaitable<HealthPart> check_quality(Exchange exchange, ControlStore& store) {
    const auto quality =
        co_await store.quality(exchange.enterprise, quality_hours, net::deadline_in(look_limit));
    if (!quality) {
        co_return failed("quality", quality.error());
    }
    Sounds sounds;
    if (exchange.link) {
        sounds = co_await listen(*exchange.link);
    }
    std::optional<double> rate;
    if (quality->total > 0) {
        rate = rounded(
            100.0 * static_cast<double>(quality->completed) / static_cast<double>(quality->total),
            10
        );
    }
    HealthPart part;
    json::Writer writer;
    writer.begin_object()
        .member("period_hours", quality_hours)
        .member("total_calls", quality->total)
        .member("completed_calls", quality->completed)
        .member("missed_calls", quality->missed)
        .member("completion_rate_percent", rate)
        .member("average_talk_s", rounded(quality->average_talk, 10))
        .member("average_wait_s", rounded(quality->average_wait, 10));
    write(writer, sounds);
    part.json = writer.end_object().take();
    if (sounds.worst_lost > lossy_percent) {
        part.warnings.push_back(
            fmt::format("quality: a call loses {:.1f} % of its packets", sounds.worst_lost)
        );
    }
    co_return part;
}

}  // namespace trunkline::pbx_control
