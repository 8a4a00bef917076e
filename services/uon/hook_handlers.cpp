#include "hook_handlers.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "api.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "hook_event.hpp"
#include "httpd/problem.hpp"
#include "json/writer.hpp"

namespace trunkline::uon {
namespace {

constexpr auto click_type = "47";
constexpr std::string_view client_types[] = {"3", "4", "5"};
constexpr std::string_view manager_types[] = {"60", "61", "67"};
constexpr std::string_view wanted_types[] = {"47", "3", "4", "5", "60", "61", "67"};
constexpr auto invalidation_limit = std::chrono::milliseconds(3'000);

base::Logger logger() { return base::Logger("uon.hooks"); }

template <class List>
bool holds(const List& list, const std::string& text) {
    return std::ranges::find(list, text) != std::end(list);
}

httpd::Response ok(std::string_view detail) {
    json::Writer writer;
    writer.begin_object().member("status", "ok").member("detail", detail).end_object();
    return httpd::Response::json(writer.take());
}

using Enterprise = connector::EnterprisePointer;

/// Whose address was called; a problem if it is nobody's.
base::Result<Enterprise> enterprise_of(const HookParts& hooks, const httpd::Request& request) {
    auto enterprise = hooks.parts.directory.by_hook_key(request.param("key"));
    if (!enterprise) {
        return base::fail(base::Errc::not_found, "no enterprise has this address");
    }
    if (!enterprise->is_enabled("uon")) {
        return base::fail(base::Errc::forbidden, "U-ON is switched off for this enterprise");
    }
    return enterprise;
}

asio::awaitable<httpd::Response> place_call(
    const HookParts& hooks, Enterprise enterprise, HookFields fields, net::Deadline deadline
) {
    const auto click = click_in(fields);
    if (!click) {
        co_return httpd::to_response(click.error());
    }
    const auto staff = co_await hooks.uon.managers(enterprise, deadline);
    if (!staff) {
        co_return httpd::to_response(staff.error());
    }
    const auto* manager = manager_by_id(*staff, click->manager_id);
    if (manager == nullptr || manager->extension.empty()) {
        co_return httpd::problem(
            422, "", "nobody knows the extension of U-ON's manager " + click->manager_id
        );
    }
    connector::PbxGateway::Order order;
    order.enterprise = enterprise->number;
    order.extension = manager->extension;
    order.phone = "+" + click->phone;
    order.requested_by = "uon:" + click->manager_id;
    order.request_id = click->request_id;
    const auto placed = co_await hooks.parts.pbx.place(std::move(order), deadline);
    if (!placed) {
        logger().warning(
            "{}: the call of {} could not be placed: {}",
            enterprise->number,
            manager->extension,
            base::describe(placed.error())
        );
        co_return httpd::to_response(placed.error());
    }
    co_return ok("the call is being placed");
}

/// The gateway remembers names too.
asio::awaitable<void> tell_to_forget(const HookParts& hooks, std::string enterprise) {
    if (hooks.settings.integration_cache_url.empty()) {
        co_return;
    }
    httpc::Request request;
    request.method = "POST";
    request.url = hooks.settings.integration_cache_url + "/cache/invalidate/" +
                  base::percent_encode(enterprise);
    if (!hooks.settings.common.internal_token.empty()) {
        request.headers.emplace_back(
            "Authorization", "Bearer " + hooks.settings.common.internal_token
        );
    }
    request.timeout = invalidation_limit;
    request.retry_safe = true;
    request.max_tries = 2;
    request.peer = "integration-cache";
    const auto outcome = co_await hooks.parts.http.send(std::move(request));
    if (!outcome || outcome->status != 200) {
        logger().warning(
            "{}: integration-cache was not told that a client has changed: {}",
            enterprise,
            outcome ? std::to_string(outcome->status) : base::describe(outcome.error().error)
        );
    }
}

asio::awaitable<httpd::Response> take_event(
    const HookParts& hooks, Enterprise enterprise, HookFields fields, net::Deadline deadline
) {
    const auto type = field(fields, "type_id");
    logger().info("{}: U-ON tells of event {}", enterprise->number, type);
    if (type == click_type) {
        co_return co_await place_call(hooks, std::move(enterprise), std::move(fields), deadline);
    }
    if (holds(client_types, type)) {
        hooks.uon.cabinet().forget_clients(enterprise->number);
        co_await tell_to_forget(hooks, enterprise->number);
        co_return ok("names will be asked for anew");
    }
    if (holds(manager_types, type)) {
        hooks.uon.cabinet().forget_managers(enterprise->number);
        co_return ok("managers will be asked for anew");
    }
    co_return ok("nothing to do");
}

using Act = asio::awaitable<httpd::Response> (*)(
    const HookParts& hooks, Enterprise enterprise, HookFields fields, net::Deadline deadline
);

httpd::Handler hook(HookParts hooks, Act act) {
    return [hooks, act](const httpd::Request& request) -> asio::awaitable<httpd::Response> {
        auto enterprise = enterprise_of(hooks, request);
        if (!enterprise) {
            co_return httpd::to_response(enterprise.error());
        }
        auto fields = hook_fields(request.query, request.header("Content-Type"), request.body);
        if (!fields) {
            co_return httpd::to_response(fields.error());
        }
        auto response =
            co_await act(hooks, std::move(*enterprise), std::move(*fields), request.deadline);
        co_return response;
    };
}

/// The types that call `url` already.
std::set<std::string> registered_types(json::View root, const std::string& url) {
    std::set<std::string> types;
    for (const auto& [key, list] : root.members()) {
        for (const auto webhook : list.elements()) {
            const auto address = webhook.find("url");
            const auto type = webhook.find("type_id");
            if (address && type && address->scalar_text() == url) {
                types.emplace(type->scalar_text().value_or(""));
            }
        }
    }
    return types;
}

std::string webhook_form(std::string_view type, const std::string& url) {
    return "type_id=" + std::string(type) + "&url=" + base::percent_encode(url) + "&method=POST";
}

/// All webhooks of a cabinet that call `url`, of all pages.
asio::awaitable<base::Result<std::set<std::string>>> read_registered(
    const HookParts& hooks, Account account, std::string url, net::Deadline deadline
) {
    constexpr int most_pages = 20;
    std::set<std::string> types;
    for (int page = 1; page <= most_pages; ++page) {
        const auto answer = co_await hooks.uon.cabinet().read(
            account, "webhook/" + std::to_string(page), connector::Priority::lookup, deadline
        );
        if (!answer) {
            co_return std::unexpected(answer.error());
        }
        types.merge(registered_types(answer->root(), url));
        bool is_empty = true;
        for (const auto& [key, list] : answer->root().members()) {
            is_empty = is_empty && list.size() == 0;
        }
        if (is_empty) {
            break;
        }
    }
    co_return types;
}

httpd::Response registration(
    const std::vector<std::string>& made, const std::set<std::string>& present
) {
    json::Writer writer;
    writer.begin_object().member("status", "ok").member("registered", made);
    writer.member("present", std::vector<std::string>(present.begin(), present.end()));
    return httpd::Response::json(writer.end_object().take());
}

}  // namespace

httpd::Handler take_hook(HookParts hooks) { return hook(hooks, take_event); }

httpd::Handler take_click(HookParts hooks) { return hook(hooks, place_call); }

httpd::Handler register_hooks(HookParts hooks) {
    return [hooks](const httpd::Request& request) -> asio::awaitable<httpd::Response> {
        const auto enterprise = co_await hooks.parts.directory.find_or_load(
            std::string(request.param("ent")), request.deadline
        );
        if (!enterprise) {
            co_return httpd::problem(404, "", "no such enterprise");
        }
        auto public_url = hooks.settings.common.public_url;
        while (public_url.ends_with('/')) {
            public_url.pop_back();
        }
        if (public_url.empty() || enterprise->hook_key.empty()) {
            co_return httpd::problem(409, "", "PUBLIC_URL is not set: U-ON could not reach us");
        }
        const auto account = account_of(*enterprise, hooks.parts.secrets);
        if (!account) {
            co_return httpd::to_response(account.error());
        }
        base::add_log_secret(enterprise->hook_key);
        const auto url = public_url + "/uon/hooks/" + enterprise->hook_key + "/event";
        const auto present = co_await read_registered(hooks, *account, url, request.deadline);
        if (!present) {
            co_return httpd::to_response(present.error());
        }
        std::vector<std::string> made;
        for (const auto type : wanted_types) {
            if (present->contains(std::string(type))) {
                continue;
            }
            auto order = post(
                hooks.uon.cabinet().base_url(), *account, "webhook/create", webhook_form(type, url)
            );
            order.shown = "POST webhook/create.json type_id=" + std::string(type);
            order.limit = net::time_left(request.deadline);
            const auto reply = co_await hooks.parts.crm.send(std::move(order));
            if (reply.verdict.kind != connector::Verdict::Kind::accepted) {
                co_return httpd::problem(
                    502,
                    "",
                    "U-ON did not take webhook " + std::string(type) + ": " + reply.verdict.detail
                );
            }
            made.emplace_back(type);
        }
        co_return registration(made, *present);
    };
}

}  // namespace trunkline::uon
