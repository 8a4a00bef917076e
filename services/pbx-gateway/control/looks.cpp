#include "looks.hpp"

#include <utility>

#include "json/writer.hpp"
#include "talk.hpp"
#include "views.hpp"

namespace trunkline::pbx_control {
namespace {

using Outcome = base::Result<Answer>;

/// A look that asks the exchange itself.
using Ask =
    std::function<asio::awaitable<Outcome>(const httpd::Request& request, ExchangeLink& link)>;
httpd::Handler look_at(const ControlParts& parts, Ask ask_it) {
    return look(
        parts,
        [ask_it = std::move(ask_it
         )](const httpd::Request& request, const Exchange& exchange) -> asio::awaitable<Outcome> {
            if (!exchange.link) {
                co_return base::fail(base::Errc::unavailable, "exchange not connected");
            }
            auto outcome = co_await ask_it(request, *exchange.link);
            co_return outcome;
        }
    );
}

asio::awaitable<Outcome> show_channels(const httpd::Request&, ExchangeLink& link) {
    const auto channels = co_await list_channels(link);
    if (!channels) {
        co_return std::unexpected(channels.error());
    }
    co_return Answer{channels_json(*channels), 200};
}

asio::awaitable<Outcome> show_channel(const httpd::Request& request, ExchangeLink& link) {
    const auto channel = co_await find_channel(link, std::string(request.param("channel")));
    if (!channel) {
        co_return std::unexpected(channel.error());
    }
    json::Writer writer;
    write(writer, *channel);
    co_return Answer{writer.take(), 200};
}

asio::awaitable<base::Result<ami::QueueState>> queue_of(
    const httpd::Request& request, ExchangeLink& link
) {
    const std::string name(request.param("q"));
    const auto reply = co_await ask(link, ami::queue_status(name));
    if (!reply && reply.error().code != base::Errc::invalid_input) {
        co_return std::unexpected(reply.error());
    }
    // What cannot be a queue's name is no queue.
    for (auto& queue : reply ? ami::queues_in(*reply) : std::vector<ami::QueueState>()) {
        if (queue.name == name) {
            co_return queue;
        }
    }
    co_return base::fail(base::Errc::not_found, "there is no queue " + name);
}

asio::awaitable<Outcome> show_queues(const httpd::Request&, ExchangeLink& link) {
    const auto reply = co_await ask(link, ami::queue_status());
    if (!reply) {
        co_return std::unexpected(reply.error());
    }
    co_return Answer{queues_json(ami::queues_in(*reply)), 200};
}

asio::awaitable<Outcome> show_queue(const httpd::Request& request, ExchangeLink& link) {
    const auto queue = co_await queue_of(request, link);
    if (!queue) {
        co_return std::unexpected(queue.error());
    }
    json::Writer writer;
    write(writer, *queue);
    co_return Answer{writer.take(), 200};
}

asio::awaitable<Outcome> show_summary(const httpd::Request& request, ExchangeLink& link) {
    const auto queue = co_await queue_of(request, link);
    if (!queue) {
        co_return std::unexpected(queue.error());
    }
    json::Writer writer;
    write_summary(writer, *queue);
    co_return Answer{writer.take(), 200};
}

Outcome part_of(const HealthReport& report, const std::string& part) {
    if (part == "report") {
        return Answer{report.to_json(), 200};
    }
    if (part == "connection") {
        return Answer{report.connection.json, 200};
    }
    if (part == "quality") {
        return Answer{report.quality.json, 200};
    }
    const auto* asked = part == "system"     ? &report.system
                        : part == "channels" ? &report.channels
                        : part == "queues"   ? &report.queues
                                             : nullptr;
    if (asked == nullptr) {
        return base::fail(
            base::Errc::not_found,
            "health has connection, system, channels, queues, quality and report"
        );
    }
    if (report.connection.is_down) {
        return base::fail(base::Errc::unavailable, report.connection.warnings.front());
    }
    return Answer{asked->json, 200};
}

}  // namespace

httpd::Handler list_channels(const ControlParts& parts) { return look_at(parts, show_channels); }
httpd::Handler get_channel(const ControlParts& parts) { return look_at(parts, show_channel); }
httpd::Handler list_queues(const ControlParts& parts) { return look_at(parts, show_queues); }
httpd::Handler get_queue(const ControlParts& parts) { return look_at(parts, show_queue); }
httpd::Handler get_queue_summary(const ControlParts& parts) { return look_at(parts, show_summary); }

httpd::Handler get_health(const ControlParts& parts, std::string part) {
    auto& health = parts.health;
    return look(
        parts,
        [&health, part = std::move(part)](
            const httpd::Request& request, const Exchange& exchange
        ) -> asio::awaitable<Outcome> {
            const auto report = co_await health.of(exchange);
            co_return part_of(*report, part.empty() ? std::string(request.param("part")) : part);
        }
    );
}

}  // namespace trunkline::pbx_control
