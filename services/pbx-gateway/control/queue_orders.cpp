#include "queue_orders.hpp"

#include <algorithm>
#include <utility>

#include "body.hpp"
#include "json/writer.hpp"
#include "talk.hpp"

namespace trunkline::pbx_control {
namespace {

using Outcome = base::Result<Answer>;

std::string queue_of(const Wish& wish) { return std::string(wish.request.param("q")); }

/// An extension stands for its phone; anything else is as the exchange knows it.
std::string member_of(const Wish& wish, std::string_view text) {
    return is_extension(text) ? wish.site.dialling.device_of(text) : std::string(text);
}

Answer answer_of(const Order& order, const char* status) {
    json::Writer writer;
    writer.begin_object()
        .member("status", status)
        .member("queue", order.channel)
        .member("interface", order.target)
        .end_object();
    return {.json = writer.take(), .status = 200};
}

asio::awaitable<Outcome> act(ExchangeLink& link, ami::Built action, Answer answer) {
    const auto reply = co_await ask(link, std::move(action));
    if (!reply) {
        co_return std::unexpected(reply.error());
    }
    co_return answer;
}

/// Some actions answer of a queue that does not exist as if it did, or of the member alone.
asio::awaitable<Outcome> act_in_queue(
    ExchangeLink& link, std::string queue, std::string member, ami::Built action, Answer answer
) {
    const auto status = co_await ask(link, ami::queue_status(queue));
    if (!status) {
        co_return std::unexpected(status.error());
    }
    const auto queues = ami::queues_in(*status);
    if (queues.empty()) {
        co_return base::fail(base::Errc::not_found, "there is no queue " + queue);
    }
    const auto& members = queues.front().members;
    const bool is_there =
        member.empty() ||
        std::ranges::find(members, member, &ami::QueueMemberState::interface) != members.end();
    if (!is_there) {
        co_return base::fail(base::Errc::not_found, member + " is no member of " + queue);
    }
    auto outcome = co_await act(link, std::move(action), std::move(answer));
    co_return outcome;
}

/// `member`: who must be in the queue already; empty: nobody.
void run_in_queue(
    Order& order, const ami::Action& action, const char* status, const std::string& member = ""
) {
    order.run = [queue = order.channel, member, action, answer = answer_of(order, status)](
                    ExchangeLink& link
                ) { return act_in_queue(link, queue, member, action, answer); };
}

/// A builder's refusal, by the members that people wrote.
base::Error refused(base::Error error) {
    for (auto& field : error.fields) {
        if (field.path == "/Interface") {
            field.path = "/interface";
        } else if (field.path == "/MemberName") {
            field.path = "/name";
        } else if (field.path == "/Queue") {
            field.path = "/q";
        } else if (field.path == "/Reason") {
            field.path = "/reason";
        } else if (field.path == "/StateInterface") {
            field.path = "/state_interface";
        }
    }
    if (!error.fields.empty()) {
        error.detail = error.fields.front().path.substr(1) + ": " + error.fields.front().detail;
    }
    return error;
}

/// A phone that calls of the queue may go to, at `member` of the body.
std::string phone_at(const Wish& wish, json::Reader& reader, const char* member, std::string text) {
    if (text.empty()) {
        return text;
    }
    auto phone = phone_of(wish.site.dialling, text);
    if (!phone) {
        reader.fail(member, phone.error().detail);
        return text;
    }
    return *phone;
}

}  // namespace

base::Result<> prepare_queue_add(const Wish& wish, Order& order) {
    order.channel = queue_of(wish);
    const auto document = body_of(wish.request);
    if (!document) {
        return std::unexpected(document.error());
    }
    json::Reader reader(document->root());
    ami::QueueMember member;
    member.queue = order.channel;
    member.interface = phone_at(wish, reader, "interface", reader.required_string("interface"));
    member.state_interface = phone_at(
        wish, reader, "state_interface", reader.optional_string("state_interface").value_or("")
    );
    member.name = reader.optional_string("name").value_or("");
    member.penalty = static_cast<unsigned>(integer_of(reader, "penalty", 0, 1000).value_or(0));
    member.paused = reader.optional_bool("paused").value_or(false);
    if (auto finished = reader.finish(); !finished) {
        return finished;
    }
    order.target = member.interface;
    json::Writer arguments;
    arguments.begin_object()
        .member("name", member.name)
        .member("penalty", member.penalty)
        .member("paused", member.paused)
        .end_object();
    order.arguments = arguments.take();
    const auto action = ami::queue_add(member);
    if (!action) {
        return std::unexpected(refused(action.error()));
    }
    run_in_queue(order, *action, "added");
    return {};
}

base::Result<> prepare_queue_remove(const Wish& wish, Order& order) {
    order.channel = queue_of(wish);
    const auto document = body_of(wish.request);
    if (!document) {
        return std::unexpected(document.error());
    }
    json::Reader reader(document->root());
    // Many clients send no body with DELETE.
    const auto asked = wish.request.query_param("interface");
    const auto interface = asked ? *asked : reader.required_string("interface");
    if (auto finished = reader.finish(); !finished) {
        return finished;
    }
    order.target = member_of(wish, interface);
    const auto action = ami::queue_remove(order.channel, order.target);
    if (!action) {
        return std::unexpected(refused(action.error()));
    }
    run_in_queue(order, *action, "removed");
    return {};
}

base::Result<> prepare_queue_pause(const Wish& wish, Order& order) {
    order.channel = queue_of(wish);
    order.target = member_of(wish, wish.request.param("interface"));
    const auto document = body_of(wish.request);
    if (!document) {
        return std::unexpected(document.error());
    }
    json::Reader reader(document->root());
    const bool paused = reader.optional_bool("paused").value_or(true);
    const auto reason = reader.optional_string("reason").value_or("");
    if (auto finished = reader.finish(); !finished) {
        return finished;
    }
    json::Writer arguments;
    arguments.begin_object().member("paused", paused).member("reason", reason).end_object();
    order.arguments = arguments.take();
    const auto action = ami::queue_pause(order.channel, order.target, paused, reason);
    if (!action) {
        return std::unexpected(refused(action.error()));
    }
    run_in_queue(order, *action, paused ? "paused" : "unpaused", order.target);
    return {};
}

base::Result<> prepare_queue_penalty(const Wish& wish, Order& order) {
    order.channel = queue_of(wish);
    order.target = member_of(wish, wish.request.param("interface"));
    const auto document = body_of(wish.request);
    if (!document) {
        return std::unexpected(document.error());
    }
    json::Reader reader(document->root());
    reader.required_integer("penalty");
    const auto penalty = integer_of(reader, "penalty", 0, 1000);
    if (auto finished = reader.finish(); !finished) {
        return finished;
    }
    order.arguments = R"({"penalty":)" + std::to_string(*penalty) + "}";
    const auto action =
        ami::queue_penalty(order.channel, order.target, static_cast<unsigned>(*penalty));
    if (!action) {
        return std::unexpected(refused(action.error()));
    }
    run_in_queue(order, *action, "ok", order.target);
    return {};
}

base::Result<> prepare_queue_reload(const Wish& wish, Order& order) {
    const auto document = body_of(wish.request);
    if (!document) {
        return std::unexpected(document.error());
    }
    json::Reader reader(document->root());
    order.channel = reader.optional_string("queue").value_or("");
    if (auto finished = reader.finish(); !finished) {
        return finished;
    }
    const auto action = ami::queue_reload(order.channel);
    if (!action) {
        return std::unexpected(refused(action.error()));
    }
    if (!order.channel.empty()) {
        run_in_queue(order, *action, "reloaded");
        return {};
    }
    order.run = [action = *action](ExchangeLink& link) {
        return act(link, action, Answer{R"({"status":"reloaded"})", 200});
    };
    return {};
}

}  // namespace trunkline::pbx_control
