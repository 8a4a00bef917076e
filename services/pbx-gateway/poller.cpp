#include "poller.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <string>

#include "ami/actions.hpp"
#include "base/text.hpp"
#include "net/sleep.hpp"

namespace trunkline::pbx_gateway {
namespace {

using namespace std::chrono_literals;

constexpr auto pause = 20s;
constexpr auto limit = 10s;
constexpr std::array<std::string_view, 4> agent_states{"free", "busy", "paused", "away"};

double number_in(std::string_view text) {
    double out = 0;
    std::from_chars(text.data(), text.data() + text.size(), out);
    return out;
}

/// Of QueueMember's Status: AST_DEVICE_NOT_INUSE is 1, unavailable 5, invalid 4, unknown 0.
std::string_view agent_state(const ami::Message& member) {
    if (member.get("Paused") == "1") {
        return "paused";
    }
    const auto status = member.get("Status");
    if (status == "1") {
        return "free";
    }
    return status == "0" || status == "4" || status == "5" ? "away" : "busy";
}

struct Queue {
    double waiting = 0;
    double longest = 0;
    std::map<std::string_view, double> agents;
};

}  // namespace

asio::awaitable<void> Poller::run() {
    for (;;) {
        co_await net::sleep_for(pause);
        co_await follower_.tick();
        if (client_.status().state == ami::ClientState::ready) {
            co_await look_at_channels();
            co_await look_at_phones();
            co_await look_at_queues();
        }
    }
}

asio::awaitable<void> Poller::look_at_channels() {
    const auto reply = co_await client_.send(*ami::core_show_channels(), limit);
    if (reply) {
        figures_.channels.set(static_cast<double>(reply->items.size()));
        co_await follower_.sweep(reply->items);
    }
}

asio::awaitable<void> Poller::look_at_phones() {
    const auto reply = co_await client_.send(*ami::pjsip_show_endpoints(), limit);
    if (!reply) {
        co_return;
    }
    std::map<std::string_view, double> counts{{"available", 0}, {"busy", 0}, {"unavailable", 0}};
    for (const auto& item : reply->items) {
        const auto state = item.view().get("DeviceState");
        if (state == "Unavailable" || state == "Invalid" || state == "Unknown") {
            ++counts["unavailable"];
        } else {
            ++counts[state == "Not in use" ? "available" : "busy"];
        }
    }
    for (const auto& [state, count] : counts) {
        figures_.peers(state, count);
    }
}

asio::awaitable<void> Poller::look_at_queues() {
    const auto reply = co_await client_.send(*ami::queue_status(), limit);
    if (!reply) {
        co_return;
    }
    std::map<std::string, Queue, std::less<>> queues;
    for (const auto& item : reply->items) {
        const auto message = item.view();
        auto& queue = queues[std::string(message.get("Queue"))];
        if (message.is("QueueParams")) {
            queue.waiting = number_in(message.get("Calls"));
        } else if (message.is("QueueMember")) {
            ++queue.agents[agent_state(message)];
        } else if (message.is("QueueEntry")) {
            queue.longest = std::max(queue.longest, number_in(message.get("Wait")));
        }
    }
    for (auto& [name, queue] : queues) {
        figures_.queue(name, queue.waiting, queue.longest);
        for (const auto state : agent_states) {
            figures_.agents(name, state, queue.agents[state]);
        }
    }
}

}  // namespace trunkline::pbx_gateway
