#include "bitrix24_handlers.hpp"

#include <utility>

#include "base/text.hpp"
#include "bitrix24_events.hpp"
#include "httpd/problem.hpp"
#include "json/reader.hpp"
#include "json/writer.hpp"
#include "telegram_handlers.hpp"

namespace trunkline::sandbox {
namespace {

constexpr auto event_limit = std::chrono::milliseconds(9'000);
constexpr json::Limits body_limits{.max_bytes = std::size_t{256} * 1024, .max_depth = 16};

/// What comes after `rest/`: a method alone, or a webhook's user and code before it.
struct Place {
    std::string user, code, method;
};

Place place_of(std::string_view path) {
    Place place;
    std::vector<std::string> parts = base::split(path, '/');
    while (!parts.empty() && parts.back().empty()) {
        parts.pop_back();
    }
    if (parts.size() == 3) {
        place.user = parts[0];
        place.code = parts[1];
    }
    place.method = parts.empty() ? std::string() : parts.back();
    return place;
}

/// Query, form or JSON as one JSON object. Nested fields of forms are not read: nobody here sends
/// them.
base::Result<json::Document> body_of(const httpd::Request& request) {
    const auto type = base::to_lower_ascii(request.header("Content-Type"));
    if (request.method == "POST" && type.starts_with("application/json")) {
        return json::parse(request.body, body_limits);
    }
    const auto parameters = parameters_of(request);
    if (!parameters) {
        return std::unexpected(parameters.error());
    }
    json::Writer writer;
    writer.begin_object();
    for (const auto& [name, value] : *parameters) {
        if (!name.empty()) {
            writer.member(name, value);
        }
    }
    return json::parse(writer.end_object().take(), body_limits);
}

std::string self_of(const httpd::Request& request) {
    return "http://" + std::string(request.header("Host"));
}

ApiAnswer moved_to(const httpd::Request& request, const std::string& portal, const Place& place) {
    const auto way = place.code.empty() ? std::string() : place.user + "/" + place.code + "/";
    return {
        .status = 302,
        .body = "",
        .retry_after = std::nullopt,
        .location = self_of(request) + "/bitrix24/" + portal + "/rest/" + way + place.method
    };
}

Parameters shown_parameters(const json::Document& body) {
    Parameters parameters;
    for (const auto& [name, value] : body.root().members()) {
        if (name != "auth") {
            const auto text = value.scalar_text();
            parameters[std::string(name)] = text ? std::string(*text) : value.dump();
        }
    }
    return parameters;
}

void write_account(json::Writer& writer, const Bitrix24Api::Account& account) {
    writer.begin_object();
    account.portal.write(writer);
    writer.member("requests", account.requests)
        .member("highest_level", account.highest)
        .member("refreshes", account.tokens.refreshes())
        .end_object();
}

httpd::Response ok() { return httpd::Response::json(R"({"status":"ok"})"); }

}  // namespace

httpd::Handler bitrix24_method(State& state) {
    return [&state](const httpd::Request& request) -> asio::awaitable<httpd::Response> {
        const std::string portal(request.param("portal"));
        const auto place = place_of(request.param("path"));
        const auto body = body_of(request);
        Record record;
        record.api = "bitrix24";
        record.account = portal;
        record.method = place.method;
        if (body) {
            record.parameters = shown_parameters(*body);
        }
        const auto new_name = state.bitrix24.new_name_of(portal);
        auto moved = new_name.empty() ? ApiAnswer() : moved_to(request, new_name, place);
        const bool accepts =
            request.header("Accept").find("application/json") != std::string_view::npos;
        std::function<ApiAnswer()> act = [&state, portal, place, body, moved, accepts] {
            if (moved.status != 200) {
                return moved;
            }
            if (!accepts) {
                state.bitrix24.account(portal).portal.violate("no Accept: application/json");
            }
            if (!body || !body->root().is_object()) {
                return bitrix24::error(400, "INVALID_REQUEST", "The body is no object");
            }
            return place.code.empty()
                       ? state.bitrix24.call(portal, place.method, body->root())
                       : state.bitrix24.call_by_webhook(
                             portal, place.user, place.code, place.method, body->root()
                         );
        };
        co_return co_await act_with_faults(state, std::move(record), std::move(act));
    };
}

httpd::Handler bitrix24_oauth(State& state) {
    return [&state](const httpd::Request& request) -> asio::awaitable<httpd::Response> {
        const auto parameters = parse_form(request.query);
        Record record;
        record.api = "bitrix24";
        record.account = "oauth";
        record.method = "oauth/" + std::string(request.param("path"));
        std::function<ApiAnswer()> act = [&state, parameters] {
            return state.bitrix24.refresh(parameters);
        };
        co_return co_await act_with_faults(state, std::move(record), std::move(act));
    };
}

httpd::Handler get_bitrix24(State& state) {
    return [&state](const httpd::Request&) -> asio::awaitable<httpd::Response> {
        json::Writer writer;
        writer.begin_object().key("portals").begin_object();
        for (const auto& [name, account] : state.bitrix24.accounts()) {
            writer.key(name);
            write_account(writer, account);
        }
        writer.end_object().end_object();
        co_return httpd::Response::json(writer.take());
    };
}

httpd::Handler set_bitrix24(State& state) {
    return [&state](const httpd::Request& request) -> asio::awaitable<httpd::Response> {
        const auto document = json::parse(request.body);
        if (!document) {
            co_return httpd::to_response(document.error());
        }
        json::Reader reader(document->root());
        const auto portal = reader.required_string("portal");
        const auto webhook_may_call = reader.optional_bool("webhook_may_call");
        const auto sees_statistics = reader.optional_bool("sees_statistics");
        const auto token_life = reader.optional_integer("token_life_s");
        const auto per_second = reader.optional_number("per_second");
        const auto burst = reader.optional_number("burst");
        const auto expire = reader.optional_bool("expire_token");
        const auto renamed_to = reader.optional_string("renamed_to");
        if (const auto finished = reader.finish(); !finished) {
            co_return httpd::to_response(finished.error());
        }
        auto& account = state.bitrix24.account(portal);
        account.webhook_may_call = webhook_may_call.value_or(account.webhook_may_call);
        account.per_second = per_second.value_or(account.per_second);
        account.burst = burst.value_or(account.burst);
        if (sees_statistics) {
            account.portal.let_see_statistics(*sees_statistics);
        }
        if (token_life) {
            account.tokens.set_life(std::chrono::seconds(*token_life));
        }
        if (expire.value_or(false)) {
            account.tokens.expire();
        }
        if (renamed_to) {
            state.bitrix24.rename(portal, *renamed_to);
        }
        co_return ok();
    };
}

httpd::Handler send_bitrix24_event(State& state) {
    return [&state](const httpd::Request& request) -> asio::awaitable<httpd::Response> {
        const auto document = json::parse(request.body);
        if (!document) {
            co_return httpd::to_response(document.error());
        }
        const auto event = event_from_json(document->root());
        if (!event) {
            co_return httpd::to_response(event.error());
        }
        auto& account = state.bitrix24.account(event->portal);
        httpc::Request post;
        post.url = event->url;
        if (const auto bound = account.portal.handlers().find(event->event);
            post.url.empty() && bound != account.portal.handlers().end()) {
            post.url = bound->second;
        }
        if (post.url.empty()) {
            co_return httpd::problem(409, "", "nobody has bound " + event->event);
        }
        std::string call_id;
        post.method = "POST";
        post.body = form_of(*event, account, self_of(request), call_id);
        post.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
        post.timeout = event_limit;
        post.peer = "webhook";
        const auto outcome = co_await state.http->send(std::move(post));
        json::Writer writer;
        writer.begin_object()
            .member("status", outcome ? outcome->status : 0U)
            .member("body", outcome ? outcome->body : base::describe(outcome.error().error))
            .member("call_id", call_id)
            .end_object();
        co_return httpd::Response::json(writer.take());
    };
}

}  // namespace trunkline::sandbox
