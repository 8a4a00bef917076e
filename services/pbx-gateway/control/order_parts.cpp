#include "order_parts.hpp"

#include <utility>

#include "body.hpp"
#include "json/writer.hpp"
#include "talk.hpp"

namespace trunkline::pbx_control {

std::string channel_of(const Wish& wish) { return std::string(wish.request.param("channel")); }

Answer done(const std::string& channel, const char* status) {
    json::Writer writer;
    writer.begin_object().member("status", status).member("channel", channel).end_object();
    return {.json = writer.take(), .status = 200};
}

Answer queued(const std::string& id) {
    json::Writer writer;
    writer.begin_object().member("id", id).member("status", "queued").end_object();
    return {.json = writer.take(), .status = 202};
}

asio::awaitable<Outcome> do_to(
    ExchangeLink& link, std::string name, OneAction action, const char* status
) {
    const auto channel = co_await find_channel(link, std::move(name));
    if (!channel) {
        co_return std::unexpected(channel.error());
    }
    const auto reply = co_await ask(link, action(*channel));
    if (!reply) {
        co_return std::unexpected(reply.error());
    }
    co_return done(channel->name, status);
}

base::Result<Destination> destination_of(
    const Wish& wish, Order& order, const std::string& member, const std::string& to
) {
    order.target = to;
    auto destination = judge(wish.site.guard, wish.enterprise, to, wish.now);
    if (!destination) {
        return std::unexpected(at_member(member, destination.error()));
    }
    order.is_outside = destination->is_outside;
    return destination;
}

asio::awaitable<base::Result<>> check_exten(ExchangeLink& link, ami::Extension target) {
    const auto shown = co_await ask(link, ami::show_dialplan(target.context, target.exten));
    if (shown) {
        co_return base::Result<>{};
    }
    if (shown.error().code == base::Errc::unavailable ||
        shown.error().code == base::Errc::timeout) {
        co_return std::unexpected(shown.error());
    }
    const auto context = co_await ask(link, ami::show_dialplan(target.context));
    if (context) {
        for (const auto& item : context->items) {
            if (item.view().find("Switch")) {
                co_return base::Result<>{};
            }
        }
    }
    co_return base::fail(
        base::Errc::not_found,
        "the exchange's dialplan has no " + target.exten + " in the context " + target.context
    );
}

}  // namespace trunkline::pbx_control
