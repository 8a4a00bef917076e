#include <algorithm>
#include <chrono>
#include <utility>

#include "body.hpp"
#include "call_orders.hpp"
#include "json/writer.hpp"
#include "net/sleep.hpp"
#include "order_parts.hpp"
#include "talk.hpp"

namespace trunkline::pbx_control {

namespace {

/// `channel` itself goes there; whom it talked with is let go.
asio::awaitable<Outcome> move_channel(ExchangeLink& link, std::string name, ami::Extension target) {
    const auto channel = co_await find_channel(link, std::move(name));
    if (!channel) {
        co_return std::unexpected(channel.error());
    }
    const auto known = co_await check_exten(link, target);
    if (!known) {
        co_return std::unexpected(known.error());
    }
    const auto reply = co_await ask(link, ami::redirect(channel->name, target));
    if (!reply) {
        co_return std::unexpected(reply.error());
    }
    co_return done(channel->name, "transferred");
}

constexpr std::chrono::milliseconds look_pause{250};
constexpr int most_looks = 20;

/// Whether the consultation has begun: the agent has left the conversation, or the exchange calls
/// the other one for him.
bool is_consulting(
    const std::vector<ami::Channel>& channels, const Pair& before, const ami::Extension& target
) {
    const auto call = "Local/" + target.exten + "@" + target.context;
    return std::ranges::any_of(channels, [&](const ami::Channel& one) {
        return one.name.starts_with(call) ||
               (one.name == before.channel.name && one.bridge != before.channel.bridge);
    });
}

/// Atxfer only presses the feature's keys: where the call knows no such feature nothing follows,
/// and nobody tells.
asio::awaitable<base::Result<>> wait_for_consultation(
    ExchangeLink& link, Pair before, ami::Extension target
) {
    for (int look = 0; look < most_looks; ++look) {
        co_await net::sleep_for(look_pause);
        const auto channels = co_await list_channels(link);
        if (!channels) {
            co_return std::unexpected(channels.error());
        }
        if (is_consulting(*channels, before, target)) {
            co_return base::Result<>{};
        }
    }
    co_return base::fail(
        base::Errc::conflict,
        "the exchange began no attended transfer: the call was not dialled with t or T, or atxfer "
        "is not set in its features.conf"
    );
}

/// Whom `channel` talks with goes there: by itself, or once they have talked.
asio::awaitable<Outcome> hand_over(
    ExchangeLink& link, std::string name, ami::Extension target, bool is_attended
) {
    const auto pair = co_await find_pair(link, std::move(name));
    if (!pair) {
        co_return std::unexpected(pair.error());
    }
    const auto known = co_await check_exten(link, target);
    if (!known) {
        co_return std::unexpected(known.error());
    }
    const auto& channel = pair->channel.name;
    auto action = is_attended ? ami::attended_transfer(channel, target.context, target.exten)
                              : ami::blind_transfer(channel, target.context, target.exten);
    const auto reply = co_await ask(link, std::move(action));
    if (!reply) {
        co_return std::unexpected(reply.error());
    }
    if (is_attended) {
        const auto begun = co_await wait_for_consultation(link, *pair, target);
        if (!begun) {
            co_return std::unexpected(begun.error());
        }
    }
    co_return done(channel, is_attended ? "consulting" : "transferred");
}

}  // namespace

base::Result<> prepare_transfer(const Wish& wish, Order& order) {
    order.channel = channel_of(wish);
    const auto document = body_of(wish.request);
    if (!document) {
        return std::unexpected(document.error());
    }
    json::Reader reader(document->root());
    const auto mode = word_of(reader, "mode", {"blind", "attended", "cancel"}, "blind");
    const auto party = word_of(reader, "party", {"self", "peer"}, "self");
    const auto to = mode == "cancel" ? std::string() : reader.required_string("to");
    if (auto finished = reader.finish(); !finished) {
        return finished;
    }
    json::Writer arguments;
    arguments.begin_object().member("mode", mode).member("party", party).end_object();
    order.arguments = arguments.take();
    if (mode == "cancel") {
        order.run = [channel = order.channel](ExchangeLink& link) {
            return do_to(
                link,
                channel,
                [](const ami::Channel& found) { return ami::cancel_attended_transfer(found.name); },
                "canceled"
            );
        };
        return {};
    }
    const auto destination = destination_of(wish, order, "to", to);
    if (!destination) {
        return std::unexpected(destination.error());
    }
    const ami::Extension target{
        wish.site.dialling.context, wish.site.dialling.exten_of(*destination), 1
    };
    const bool is_attended = mode == "attended";
    if (is_attended || party == "peer") {
        order.run = [channel = order.channel, target, is_attended](ExchangeLink& link) {
            return hand_over(link, channel, target, is_attended);
        };
    } else {
        order.run = [channel = order.channel, target](ExchangeLink& link) {
            return move_channel(link, channel, target);
        };
    }
    return {};
}

}  // namespace trunkline::pbx_control
