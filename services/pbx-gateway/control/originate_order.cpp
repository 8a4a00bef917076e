#include <algorithm>
#include <utility>

#include "base/ids.hpp"
#include "base/text.hpp"
#include "body.hpp"
#include "call_orders.hpp"
#include "json/writer.hpp"
#include "order_parts.hpp"
#include "talk.hpp"

namespace trunkline::pbx_control {
namespace {

asio::awaitable<base::Result<>> check_is_free(
    ExchangeLink& link, std::string device, std::string extension
) {
    const auto channels = co_await list_channels(link);
    if (!channels) {
        co_return std::unexpected(channels.error());
    }
    const bool is_busy = std::ranges::any_of(*channels, [&](const ami::Channel& channel) {
        return channel.name.starts_with(device + "-");
    });
    if (is_busy) {
        co_return base::fail(base::Errc::conflict, extension + " is in a call");
    }
    co_return base::Result<>{};
}

asio::awaitable<Outcome> place(ExchangeLink& link, ami::Originate request, std::string extension) {
    const auto is_free = co_await check_is_free(link, request.channel, std::move(extension));
    if (!is_free) {
        co_return std::unexpected(is_free.error());
    }
    const auto known = co_await check_exten(link, request.target);
    if (!known) {
        co_return std::unexpected(known.error());
    }
    const auto reply = co_await ask(link, ami::originate(request));
    if (!reply) {
        co_return std::unexpected(reply.error());
    }
    co_return queued(request.channel_id);
}

struct OriginateBody {
    std::string enterprise, from, to, caller_id, call_uuid, request_id, requested_by;
    std::int64_t timeout = 30;
};

base::Result<OriginateBody> read_originate(const httpd::Request& request) {
    constexpr std::size_t longest = 200;
    const auto document = body_of(request);
    if (!document) {
        return std::unexpected(document.error());
    }
    json::Reader reader(document->root());
    OriginateBody out;
    out.enterprise = reader.optional_string("enterprise_number").value_or("");
    out.from = reader.required_string("from");
    out.to = reader.required_string("to");
    out.caller_id = reader.optional_string("caller_id").value_or("");
    out.call_uuid = reader.optional_string("call_uuid").value_or("");
    out.request_id = reader.optional_string("request_id").value_or("");
    out.requested_by = reader.optional_string("requested_by").value_or("");
    out.timeout = integer_of(reader, "timeout_s", 5, 120).value_or(out.timeout);
    if (reader.view("from") && !is_extension(out.from)) {
        reader.fail("from", "must be an extension: 1 to 6 digits");
    }
    if (!out.call_uuid.empty() && !base::is_uuid(out.call_uuid)) {
        reader.fail("call_uuid", "must be a uuid");
    }
    for (const auto& [key, value] :
         {std::pair("request_id", &out.request_id), std::pair("requested_by", &out.requested_by)}) {
        if (value->size() > longest || value->find('\0') != std::string::npos) {
            reader.fail(key, "must be at most 200 bytes without NUL");
        }
    }
    const auto digits = std::string_view(out.caller_id).substr(out.caller_id.starts_with('+'));
    if (!out.caller_id.empty() &&
        (digits.empty() || digits.size() > 32 || base::digits_of(digits) != digits)) {
        reader.fail("caller_id", "must be digits, with or without + in front");
    }
    if (const auto finished = reader.finish(); !finished) {
        return std::unexpected(finished.error());
    }
    return out;
}

std::string arguments_of(const OriginateBody& body) {
    json::Writer writer;
    writer.begin_object();
    for (const auto& [key, value] :
         {std::pair("caller_id", &body.caller_id),
          std::pair("call_uuid", &body.call_uuid),
          std::pair("requested_by", &body.requested_by)}) {
        if (!value->empty()) {
            writer.member(key, *value);
        }
    }
    return writer.end_object().take();
}

}  // namespace

base::Result<> prepare_originate(const Wish& wish, Order& order) {
    const auto body = read_originate(wish.request);
    if (!body) {
        return std::unexpected(body.error());
    }
    order.channel = body->from;
    order.target = body->to;
    order.request_id = body->request_id;
    order.arguments = arguments_of(*body);
    if (!body->enterprise.empty() && body->enterprise != wish.exchange.enterprise) {
        return base::fail(
            base::Errc::forbidden, "exchange " + wish.exchange.id + " is not that enterprise's"
        );
    }
    if (!body->caller_id.empty()) {
        if (auto judged = judge_caller_id(wish.enterprise, body->caller_id); !judged) {
            return judged;
        }
    }
    const auto destination = destination_of(wish, order, "to", body->to);
    if (!destination) {
        return std::unexpected(destination.error());
    }
    order.call_id = base::make_uuid();
    ami::Originate request;
    request.channel = wish.site.dialling.device_of(body->from);
    request.target = {wish.site.dialling.context, wish.site.dialling.exten_of(*destination), 1};
    request.timeout = std::chrono::seconds(body->timeout);
    request.channel_id = order.call_id;
    if (!body->caller_id.empty()) {
        request.caller_id = ami::CallerId{"", body->caller_id};
    }
    if (!body->call_uuid.empty()) {
        request.variables.emplace_back("__TRUNKLINE_CALLED_BACK", body->call_uuid);
    }
    order.run = [request, from = body->from](ExchangeLink& link) {
        return place(link, request, from);
    };
    return {};
}

}  // namespace trunkline::pbx_control
