#include "hold.hpp"

#include <utility>

#include "json/writer.hpp"
#include "talk.hpp"

namespace trunkline::pbx_control {
namespace {

constexpr auto peer_variable = "TRUNKLINE_PEER";

Answer held_answer(const char* status, const std::string& channel, const std::string& peer) {
    json::Writer writer;
    writer.begin_object()
        .member("status", status)
        .member("channel", channel)
        .member("peer", peer)
        .end_object();
    return {.json = writer.take(), .status = 200};
}

asio::awaitable<base::Result<>> check_context(ExchangeLink& link, std::string context) {
    const auto shown = co_await ask(link, ami::show_dialplan(context, "hold"));
    if (shown) {
        co_return base::Result<>{};
    }
    if (shown.error().code == base::Errc::invalid_input ||
        shown.error().code == base::Errc::not_found) {
        co_return base::fail(
            base::Errc::conflict,
            "the exchange's dialplan has no context " + context +
                " to hold calls in; trunkctl pbx dialplan prints what to add"
        );
    }
    co_return std::unexpected(shown.error());
}

asio::awaitable<base::Result<>> remember(ExchangeLink& link, std::string of, std::string peer) {
    const auto set = co_await ask(link, ami::setvar(of, peer_variable, peer));
    if (!set) {
        co_return std::unexpected(set.error());
    }
    co_return base::Result<>{};
}

}  // namespace

asio::awaitable<base::Result<Answer>> hold_call(
    ExchangeLink& link, std::string channel, std::string context
) {
    const auto pair = co_await find_pair(link, std::move(channel));
    if (!pair) {
        co_return std::unexpected(pair.error());
    }
    const auto possible = co_await check_context(link, context);
    if (!possible) {
        co_return std::unexpected(possible.error());
    }
    const auto& held = pair->channel.name;
    const auto& waiting = pair->peer.name;
    const auto one = co_await remember(link, held, waiting);
    if (!one) {
        co_return std::unexpected(one.error());
    }
    const auto other = co_await remember(link, waiting, held);
    if (!other) {
        co_return std::unexpected(other.error());
    }
    const ami::Extension music{.context = context, .exten = "hold", .priority = 1};
    const ami::Extension silence{.context = context, .exten = "wait", .priority = 1};
    const auto moved = co_await ask(link, ami::redirect_both(held, music, waiting, silence));
    if (!moved) {
        co_return std::unexpected(moved.error());
    }
    co_return held_answer("held", held, waiting);
}

asio::awaitable<base::Result<Answer>> resume_call(
    ExchangeLink& link, std::string channel, std::string context
) {
    const auto found = co_await find_channel(link, std::move(channel));
    if (!found) {
        co_return std::unexpected(found.error());
    }
    if (found->context != context || !found->bridge.empty()) {
        co_return base::fail(base::Errc::conflict, found->name + " is not held");
    }
    const auto kept = co_await ask(link, ami::getvar(found->name, peer_variable));
    if (!kept) {
        co_return std::unexpected(kept.error());
    }
    const std::string peer(kept->response.view().get("Value"));
    const auto there = co_await find_channel(link, peer);
    if (!there) {
        co_return base::fail(
            base::Errc::conflict, "whom " + found->name + " talked with has hung up"
        );
    }
    // The dialplan's Bridge(), unlike the action, lets both transfer the call further.
    const ami::Extension together{.context = context, .exten = "resume", .priority = 1};
    const auto joined = co_await ask(link, ami::redirect(found->name, together));
    if (!joined) {
        co_return std::unexpected(joined.error());
    }
    co_return held_answer("resumed", found->name, there->name);
}

}  // namespace trunkline::pbx_control
