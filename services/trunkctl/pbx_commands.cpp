#include "pbx_commands.hpp"

#include <fmt/format.h>

#include <boost/asio/this_coro.hpp>
#include <cstdlib>
#include <functional>
#include <utility>

#include "ami/actions.hpp"
#include "base/text.hpp"
#include "json/writer.hpp"
#include "net/sleep.hpp"
#include "pbx_probe.hpp"
#include "pbx_rows.hpp"

namespace trunkline::trunkctl {
namespace {

std::string header(const ami::Reply& reply, std::string_view name) {
    return base::replace_invalid_utf8(reply.response.view().get(name));
}

/// One exchange to look at, its secret in the clear.
struct Looked {
    PbxRow row;
    std::string secret;
};

asio::awaitable<base::Result<std::vector<Looked>>> targets_of(Context& context, PbxTarget target) {
    std::vector<Looked> out;
    if (!target.host.empty()) {
        PbxRow row;
        row.id = target.host;
        row.host = target.host;
        row.port = target.port;
        row.username = target.username;
        row.use_ssl = target.use_ssl;
        if (const auto checked = check_pbx_row(row); !checked) {
            co_return std::unexpected(checked.error());
        }
        out.push_back({std::move(row), target.secret});
        co_return out;
    }
    const auto rows = co_await read_pbx_rows(context, target.id, target.enterprise);
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    for (const auto& row : *rows) {
        if (row.kind != "asterisk" || (!row.enabled && target.id.empty())) {
            continue;
        }
        auto secret = pbx_secret(context, row);
        if (!secret) {
            co_return std::unexpected(secret.error());
        }
        out.push_back({row, std::move(*secret)});
    }
    if (out.empty()) {
        co_return base::fail(base::Errc::not_found, "there is no Asterisk among these exchanges");
    }
    co_return out;
}

/// Connects, does the work, closes; whatever comes of it.
using Looking = std::function<asio::awaitable<base::Result<>>(PbxProbe&)>;
asio::awaitable<base::Result<>> with_probe(Looked looked, Looking work) {
    const auto executor = co_await asio::this_coro::executor;
    PbxProbe probe(executor, looked.row, looked.secret);
    auto outcome = co_await probe.open();
    if (outcome) {
        outcome = co_await work(probe);
    }
    co_await probe.close();
    co_return outcome;
}

/// What is told of one exchange, for people and for programs.
struct Told {
    std::string people;
    json::Writer json;
};

void tell_queue(Told& told, const ami::QueueState& queue, bool with_members) {
    told.people += fmt::format(
        "Queue: {}\n  Calls waiting: {}\n  Longest wait: {} s\n  Agents: {} ({} available, {} "
        "busy, "
        "{} paused)\n  Completed: {}\n  Abandoned: {}\n  Average hold time: {} s\n"
        "  Service level: {:.1f} % in {} s\n",
        queue.name,
        queue.calls,
        queue.longest_wait(),
        queue.members.size(),
        queue.available(),
        queue.busy(),
        queue.paused(),
        queue.completed,
        queue.abandoned,
        queue.hold_time,
        queue.service_level_percent,
        queue.service_level
    );
    told.json.begin_object()
        .member("queue", queue.name)
        .member("calls_waiting", queue.calls)
        .member("longest_wait", queue.longest_wait())
        .member("total_agents", queue.members.size())
        .member("available_agents", queue.available())
        .member("busy_agents", queue.busy())
        .member("paused_agents", queue.paused())
        .member("completed_calls", queue.completed)
        .member("abandoned_calls", queue.abandoned)
        .member("average_hold_time", queue.hold_time);
    if (with_members) {
        told.json.key("members").begin_array();
        for (const auto& member : queue.members) {
            told.people += fmt::format(
                "    {:<24} {:<20} {}{}, penalty {}, {} calls\n",
                member.interface,
                member.name,
                member.status(),
                member.paused ? ", paused" + (member.paused_reason.empty()
                                                  ? std::string()
                                                  : " (" + member.paused_reason + ")")
                              : "",
                member.penalty,
                member.calls_taken
            );
            told.json.begin_object()
                .member("interface", member.interface)
                .member("name", member.name)
                .member("status", member.status())
                .member("paused", member.paused)
                .member("penalty", member.penalty)
                .member("calls_taken", member.calls_taken)
                .end_object();
        }
        told.json.end_array();
        for (const auto& caller : queue.callers) {
            told.people += fmt::format(
                "    {}. {} waits {} s\n",
                caller.position,
                caller.number.empty() ? "hidden" : caller.number,
                caller.wait
            );
        }
    }
    told.json.end_object();
}

asio::awaitable<base::Result<>> tell_queues(PbxProbe& probe, Told& told, bool with_members) {
    const auto reply = co_await probe.ask(ami::queue_status());
    if (!reply) {
        co_return std::unexpected(reply.error());
    }
    told.json.key("queues").begin_array();
    for (const auto& queue : ami::queues_in(*reply)) {
        told.people += "\n";
        tell_queue(told, queue, with_members);
    }
    told.json.end_array();
    co_return base::Result<>{};
}

asio::awaitable<base::Result<>> tell_connection(PbxProbe& probe, Told& told, bool full) {
    const auto time = co_await probe.response_time();
    if (!time) {
        co_return std::unexpected(time.error());
    }
    const auto settings = co_await probe.ask(ami::core_settings());
    if (!settings) {
        co_return std::unexpected(settings.error());
    }
    const auto status = co_await probe.ask(ami::core_status());
    if (!status) {
        co_return std::unexpected(status.error());
    }
    const auto version = short_version(header(*settings, "AsteriskVersion"));
    const auto calls = header(*status, "CoreCurrentCalls");
    told.people += fmt::format(
        "✓ Connected (response time: {:.1f}ms)\nVersion: Asterisk {}\nActive calls: {}\n",
        *time,
        version,
        calls
    );
    told.json.member("connected", true)
        .member("response_time_ms", *time)
        .member("version", "Asterisk " + version)
        .member("active_calls", std::strtoll(calls.c_str(), nullptr, 10));
    if (!full) {
        co_return base::Result<>{};
    }
    const auto channels = co_await probe.ask(ami::core_show_channels());
    if (!channels) {
        co_return std::unexpected(channels.error());
    }
    const auto devices = co_await probe.ask(ami::device_state_list());
    if (!devices) {
        co_return std::unexpected(devices.error());
    }
    std::size_t online = 0;
    const auto states = ami::devices_in(*devices);
    for (const auto& [device, state] : states) {
        online += state != "unavailable" && state != "invalid" ? 1 : 0;
    }
    const auto active = ami::channels_in(*channels).size();
    told.people += fmt::format(
        "AMI version: {}\nSystem name: {}\nStarted: {} {}\nActive channels: {}\nCalls processed: "
        "{}\n"
        "Phones and trunks: {} of {} there\n",
        header(*settings, "AMIversion"),
        header(*settings, "SystemName"),
        header(*status, "CoreStartupDate"),
        header(*status, "CoreStartupTime"),
        active,
        header(*status, "CoreProcessedCalls"),
        online,
        states.size()
    );
    told.json.member("active_channels", active)
        .member("devices_online", online)
        .member("devices_total", states.size());
    co_return base::Result<>{};
}

}  // namespace

asio::awaitable<base::Result<>> test_asterisk_connection(
    Context& context, PbxTarget target, bool full, bool queues
) {
    const auto targets = co_await targets_of(context, std::move(target));
    if (!targets) {
        co_return std::unexpected(targets.error());
    }
    Told told;
    told.people = "Testing Asterisk AMI Connection\n================================\n";
    told.json.begin_array();
    std::size_t failed = 0;
    for (const auto& looked : *targets) {
        told.people += fmt::format(
            "Host: {}\nPort: {}\nUsername: {}\nTLS: {}\n",
            looked.row.host,
            looked.row.port,
            looked.row.username,
            looked.row.use_ssl ? "yes" : "no"
        );
        told.json.begin_object()
            .member("id", looked.row.id)
            .member("host", looked.row.host)
            .member("port", looked.row.port);
        const Looking work = [&told, full, queues](PbxProbe& probe
                             ) -> asio::awaitable<base::Result<>> {
            auto done = co_await tell_connection(probe, told, full);
            if (done && queues) {
                done = co_await tell_queues(probe, told, true);
            }
            co_return done;
        };
        const auto done = co_await with_probe(looked, work);
        if (!done) {
            ++failed;
            told.people += "✗ " + done.error().detail + "\n";
            told.json.member("error", done.error().detail);
        }
        told.json.end_object();
    }
    told.people.erase(told.people.find_last_not_of('\n') + 1);
    context.out.print(told.people, told.json.end_array().take());
    if (failed > 0) {
        co_return base::fail(
            base::Errc::unavailable, fmt::format("{} of {} failed", failed, targets->size())
        );
    }
    co_return base::Result<>{};
}

asio::awaitable<base::Result<>> check_pbx(
    Context& context, std::string id, std::string enterprise
) {
    PbxTarget target;
    target.id = std::move(id);
    target.enterprise = std::move(enterprise);
    const auto targets = co_await targets_of(context, std::move(target));
    if (!targets) {
        co_return std::unexpected(targets.error());
    }
    Told told;
    told.json.begin_array();
    std::size_t faults = 0;
    for (const auto& looked : *targets) {
        std::vector<Finding> findings;
        const Looking work = [&findings, row = looked.row](PbxProbe& probe
                             ) -> asio::awaitable<base::Result<>> {
            findings = co_await check_exchange(probe, row);
            co_return base::Result<>{};
        };
        const auto done = co_await with_probe(looked, work);
        if (!done) {
            findings.push_back({Finding::Kind::fault, "not connected: " + done.error().detail, ""});
        }
        if (context.secrets && !crypto::SecretBox::is_sealed(looked.row.secret)) {
            findings.push_back(
                {Finding::Kind::warning,
                 "its secret lies in the clear in the database",
                 "trunkctl pbx set " + looked.row.id + " --secret -"}
            );
        }
        told.people += fmt::format(
            "{}exchange {} ({}:{})\n",
            told.people.empty() ? "" : "\n",
            looked.row.id,
            looked.row.host,
            looked.row.port
        );
        told.json.begin_object().member("id", looked.row.id).key("findings").begin_array();
        for (const auto& finding : findings) {
            const bool is_fault = finding.kind == Finding::Kind::fault;
            const bool is_good = finding.kind == Finding::Kind::good;
            faults += is_fault ? 1 : 0;
            told.people += fmt::format(
                "{} {}\n{}",
                is_fault  ? "✗"
                : is_good ? "✓"
                          : "!",
                finding.what,
                finding.mend.empty() ? "" : "  " + finding.mend + "\n"
            );
            told.json.begin_object()
                .member(
                    "kind",
                    is_fault  ? "fault"
                    : is_good ? "good"
                              : "warning"
                )
                .member("what", finding.what)
                .member("mend", finding.mend)
                .end_object();
        }
        told.json.end_array().end_object();
    }
    told.people.erase(told.people.find_last_not_of('\n') + 1);
    context.out.print(told.people, told.json.end_array().take());
    if (faults > 0) {
        co_return base::fail(base::Errc::unavailable, fmt::format("{} faults", faults));
    }
    co_return base::Result<>{};
}

namespace {

/// One look at the queues.
asio::awaitable<base::Result<>> show_queues(
    PbxProbe& probe, Context& context, QueueStatsOptions options
) {
    const auto reply = co_await probe.ask(ami::queue_status(options.queue));
    if (!reply) {
        co_return std::unexpected(reply.error());
    }
    const auto queues = ami::queues_in(*reply);
    if (queues.empty() && !options.queue.empty()) {
        co_return base::fail(base::Errc::not_found, "there is no queue " + options.queue);
    }
    Told told;
    told.people = "Asterisk Queue Statistics\n=========================\n";
    told.json.begin_array();
    if (options.summary) {
        told.people += fmt::format(
            "{:<20} {:>8} {:>10} {:>6} {:>7} {:>10} {:>10}\n",
            "Queue",
            "Waiting",
            "Available",
            "Busy",
            "Paused",
            "Completed",
            "Abandoned"
        );
    }
    for (const auto& queue : queues) {
        Told full;
        tell_queue(full, queue, !options.summary);
        told.json.raw(full.json.take());
        told.people += options.summary ? fmt::format(
                                             "{:<20} {:>8} {:>10} {:>6} {:>7} {:>10} {:>10}\n",
                                             queue.name,
                                             queue.calls,
                                             queue.available(),
                                             queue.busy(),
                                             queue.paused(),
                                             queue.completed,
                                             queue.abandoned
                                         )
                                       : full.people;
    }
    told.people += queues.empty() ? "no queues\n" : "";
    told.people.erase(told.people.find_last_not_of('\n') + 1);
    context.out.print(told.people, told.json.end_array().take());
    co_return base::Result<>{};
}

}  // namespace

asio::awaitable<base::Result<>> asterisk_queue_stats(
    Context& context, PbxTarget target, QueueStatsOptions options
) {
    const auto targets = co_await targets_of(context, std::move(target));
    if (!targets) {
        co_return std::unexpected(targets.error());
    }
    for (const auto& looked : *targets) {
        const Looking work = [&context,
                              options](PbxProbe& probe) -> asio::awaitable<base::Result<>> {
            for (int round = 1;; ++round) {
                const auto shown = co_await show_queues(probe, context, options);
                if (!shown || !options.watch || round == options.times) {
                    co_return shown;
                }
                co_await net::sleep_for(std::chrono::seconds(options.interval));
            }
        };
        const auto done = co_await with_probe(looked, work);
        if (!done) {
            co_return done;
        }
    }
    co_return base::Result<>{};
}

}  // namespace trunkline::trunkctl
