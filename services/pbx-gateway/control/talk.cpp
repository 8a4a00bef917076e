#include "talk.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.hpp"

namespace trunkline::pbx_control {
namespace {

/// Which class of manager.conf's `write=` an action needs.
std::string_view right_for(std::string_view action) {
    constexpr std::array originating{std::string_view("Originate")};
    constexpr std::array agents{
        std::string_view("QueueAdd"),
        std::string_view("QueueRemove"),
        std::string_view("QueuePause"),
        std::string_view("QueuePenalty")
    };
    constexpr std::array reporting{
        std::string_view("CoreShowChannels"),
        std::string_view("CoreStatus"),
        std::string_view("CoreSettings"),
        std::string_view("DeviceStateList"),
        std::string_view("ShowDialPlan")
    };
    if (std::ranges::find(originating, action) != originating.end()) {
        return "originate";
    }
    if (std::ranges::find(agents, action) != agents.end()) {
        return "agent";
    }
    return std::ranges::find(reporting, action) != reporting.end() ? "reporting" : "call";
}

base::Error told(const base::Error& error, const std::string& action) {
    base::Error out = error;
    switch (error.code) {
        case base::Errc::forbidden:
        case base::Errc::unauthorized:
            out.code = base::Errc::unavailable;
            out.detail = "the exchange does not let us do " + action + ": add `" +
                         std::string(right_for(action)) +
                         "` to write= of our user in its manager.conf (trunkctl pbx check)";
            break;
        case base::Errc::timeout:
            out.detail = "the exchange did not answer " + action +
                         " in time; whether it was done is unknown";
            break;
        default:
            break;
    }
    return out;
}

std::string base_of(const std::string& name) {
    const auto end = name.rfind(';');
    return end == std::string::npos ? name : name.substr(0, end);
}

}  // namespace

asio::awaitable<base::Result<ami::Reply>> ask(
    ExchangeLink& link, ami::Built action, std::chrono::milliseconds limit
) {
    if (!action) {
        co_return std::unexpected(action.error());
    }
    const auto name = action->name();
    auto reply = co_await link.send(std::move(*action), limit);
    if (!reply) {
        co_return std::unexpected(told(reply.error(), name));
    }
    co_return reply;
}

asio::awaitable<base::Result<std::vector<ami::Channel>>> list_channels(ExchangeLink& link) {
    const auto reply = co_await ask(link, ami::core_show_channels());
    if (!reply) {
        co_return std::unexpected(reply.error());
    }
    co_return ami::channels_in(*reply);
}

namespace {

const ami::Channel* found_in(const std::vector<ami::Channel>& channels, const std::string& name) {
    const auto found = std::ranges::find_if(channels, [&](const ami::Channel& channel) {
        return base::equals_ignoring_case(channel.name, name) || channel.uniqueid == name;
    });
    return found == channels.end() ? nullptr : &*found;
}

std::unexpected<base::Error> no_channel(const std::string& name) {
    return base::fail(base::Errc::not_found, "there is no channel " + name + " now");
}

/// The real channel behind a conversation's other side: a Local half leads through its other half.
const ami::Channel* other_side(
    const std::vector<ami::Channel>& channels, const ami::Channel& channel, std::size_t steps
) {
    const ami::Channel* other = nullptr;
    for (const auto& one : channels) {
        if (one.bridge == channel.bridge && one.name != channel.name) {
            if (other != nullptr) {
                return nullptr;
            }
            other = &one;
        }
    }
    if (other == nullptr || !other->is_local() || steps == 0) {
        return other;
    }
    for (const auto& half : channels) {
        if (half.name != other->name && base_of(half.name) == base_of(other->name) &&
            !half.bridge.empty()) {
            return other_side(channels, half, steps - 1);
        }
    }
    return other;
}

}  // namespace

asio::awaitable<base::Result<ami::Channel>> find_channel(ExchangeLink& link, std::string name) {
    const auto channels = co_await list_channels(link);
    if (!channels) {
        co_return std::unexpected(channels.error());
    }
    const auto* found = found_in(*channels, name);
    if (found == nullptr) {
        co_return no_channel(name);
    }
    co_return *found;
}

base::Result<Pair> pair_of(const std::vector<ami::Channel>& channels, const std::string& name) {
    constexpr std::size_t most_halves = 4;
    const auto* channel = found_in(channels, name);
    if (channel == nullptr) {
        return no_channel(name);
    }
    if (channel->bridge.empty()) {
        return base::fail(base::Errc::conflict, channel->name + " is in no conversation now");
    }
    const auto* peer = other_side(channels, *channel, most_halves);
    if (peer == nullptr) {
        return base::fail(
            base::Errc::conflict, channel->name + " does not talk with exactly one other"
        );
    }
    return Pair{*channel, *peer};
}

asio::awaitable<base::Result<Pair>> find_pair(ExchangeLink& link, std::string name) {
    const auto channels = co_await list_channels(link);
    if (!channels) {
        co_return std::unexpected(channels.error());
    }
    co_return pair_of(*channels, name);
}

}  // namespace trunkline::pbx_control
