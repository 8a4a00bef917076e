#include "handlers.hpp"

#include <algorithm>
#include <charconv>
#include <functional>
#include <optional>
#include <utility>

#include "httpd/problem.hpp"
#include "json/writer.hpp"

namespace trunkline::connector {
namespace {

constexpr json::Limits step_limits{.max_bytes = std::size_t{512} * 1024, .max_depth = 40};

std::optional<std::string> text_or_null(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional(text);
}

void write_responsible(json::Writer& writer, const std::optional<Manager>& manager) {
    if (!manager) {
        writer.raw("null");
        return;
    }
    writer.begin_object()
        .member("extension", text_or_null(manager->extension))
        .member("id", text_or_null(manager->id))
        .member("name", text_or_null(manager->name))
        .end_object();
}

std::string customer_json(const Customer& customer) {
    json::Writer writer;
    writer.begin_object()
        .member("found", customer.found)
        .member("name", text_or_null(customer.name))
        .member("id", text_or_null(customer.id))
        .member("company", text_or_null(customer.company))
        .key("responsible");
    write_responsible(writer, customer.responsible);
    return writer.end_object().take();
}

std::string responsible_json(const Customer& customer) {
    json::Writer writer;
    write_responsible(writer, customer.responsible);
    return writer.take();
}

std::string managers_json(const std::vector<Manager>& managers) {
    json::Writer writer;
    writer.begin_object().key("managers").begin_array();
    for (const auto& manager : managers) {
        writer.begin_object()
            .member("id", manager.id)
            .member("name", manager.name)
            .member("extension", text_or_null(manager.extension))
            .end_object();
    }
    return writer.end_array().end_object().take();
}

/// How often the gateway has asked; 1 for whoever does not say.
int attempt_of(const httpd::Request& request) {
    const auto text = request.header("X-Attempt");
    int attempt = 1;
    std::from_chars(text.data(), text.data() + text.size(), attempt);
    return std::clamp(attempt, 1, 1'000'000);
}

httpd::Response nobody(const tenants::Directory& directory) {
    return directory.is_loaded()
               ? httpd::problem(404, "", "no such enterprise")
               : httpd::problem(503, "", "the database is away and nothing has been read yet");
}

using WithEnterprise =
    std::function<asio::awaitable<httpd::Response>(EnterprisePointer, const httpd::Request&)>;

/// Finds `{ent}`, then lets `act` answer.
httpd::Handler for_enterprise(tenants::Directory& directory, WithEnterprise act) {
    return [&directory, act = std::move(act)](const httpd::Request& request
           ) -> asio::awaitable<httpd::Response> {
        const auto enterprise =
            co_await directory.find_or_load(std::string(request.param("ent")), request.deadline);
        if (!enterprise) {
            co_return nobody(directory);
        }
        auto response = co_await act(enterprise, request);
        co_return response;
    };
}

httpd::Handler find_customer(
    tenants::Directory& directory, Connector& connector, std::string (*shape)(const Customer&)
) {
    return for_enterprise(
        directory,
        [&connector, shape](
            EnterprisePointer enterprise, const httpd::Request& request
        ) -> asio::awaitable<httpd::Response> {
            const auto customer = co_await connector.find_customer(
                std::move(enterprise), std::string(request.param("phone")), request.deadline
            );
            if (!customer) {
                co_return httpd::to_response(customer.error());
            }
            co_return httpd::Response::json(shape(*customer));
        }
    );
}

httpd::Handler list_managers(tenants::Directory& directory, Connector& connector) {
    return for_enterprise(
        directory,
        [&connector](
            EnterprisePointer enterprise, const httpd::Request& request
        ) -> asio::awaitable<httpd::Response> {
            const auto managers =
                co_await connector.managers(std::move(enterprise), request.deadline);
            if (!managers) {
                co_return httpd::to_response(managers.error());
            }
            co_return httpd::Response::json(managers_json(*managers));
        }
    );
}

/// Always 200: what is wrong with the account is the answer.
httpd::Handler test_connection(tenants::Directory& directory, Connector& connector) {
    return for_enterprise(
        directory,
        [&connector](
            EnterprisePointer enterprise, const httpd::Request& request
        ) -> asio::awaitable<httpd::Response> {
            const auto result =
                co_await connector.test_connection(std::move(enterprise), request.deadline);
            json::Writer writer;
            writer.begin_object()
                .member("ok", result.has_value())
                .member("detail", result ? *result : result.error().detail)
                .end_object();
            co_return httpd::Response::json(writer.take());
        }
    );
}

httpd::Handler take_call_event(tenants::Directory& directory, Steps& steps) {
    return [&directory, &steps](const httpd::Request& request) -> asio::awaitable<httpd::Response> {
        const auto document = json::parse(request.body, step_limits);
        if (!document) {
            co_return httpd::to_response(document.error());
        }
        auto event = contract::connector_event_from_json(document->root());
        if (!event) {
            co_return httpd::to_response(event.error());
        }
        Step step;
        step.enterprise =
            co_await directory.find_or_load(event->enterprise_number, request.deadline);
        if (!step.enterprise) {
            co_return nobody(directory);
        }
        step.external_id = external_id(event->call);
        step.event = std::move(*event);
        step.trace = request.trace;
        step.attempt = attempt_of(request);
        const auto answer = co_await steps.take(std::move(step));
        co_return httpd::Response::json(contract::to_json(answer));
    };
}

}  // namespace

void add_internal_routes(
    httpd::Router& router,
    const std::string& name,
    tenants::Directory& directory,
    Connector& connector,
    Steps& steps
) {
    const httpd::RouteOptions step{
        .body_limit = 512UL * 1024,
        .access = httpd::Access::internal,
        .deadline = std::chrono::milliseconds(40'000)
    };
    const httpd::RouteOptions look_up{
        .body_limit = 0,
        .access = httpd::Access::internal,
        .deadline = std::chrono::milliseconds(5'000)
    };
    const httpd::RouteOptions test{
        .body_limit = 1024,
        .access = httpd::Access::internal,
        .deadline = std::chrono::milliseconds(20'000)
    };
    const auto prefix = "/internal/" + name;
    router.add("POST", prefix + "/call-event", take_call_event(directory, steps), step);
    router.add(
        "GET",
        prefix + "/customer/{ent}/{phone}",
        find_customer(directory, connector, customer_json),
        look_up
    );
    router.add(
        "GET",
        prefix + "/responsible/{ent}/{phone}",
        find_customer(directory, connector, responsible_json),
        look_up
    );
    router.add("GET", prefix + "/managers/{ent}", list_managers(directory, connector), look_up);
    router.add(
        "POST", prefix + "/test-connection/{ent}", test_connection(directory, connector), test
    );
}

}  // namespace trunkline::connector
