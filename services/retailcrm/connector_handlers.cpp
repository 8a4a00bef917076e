#include "connector_handlers.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "answers.hpp"
#include "httpd/problem.hpp"
#include "json/writer.hpp"

namespace trunkline::retailcrm {
namespace {

constexpr json::Limits step_limits{.max_bytes = std::size_t{512} * 1024, .max_depth = 40};

httpd::Response respond(const contract::ConnectorAnswer& answer) {
    return httpd::Response::json(contract::to_json(answer));
}

contract::ConnectorAnswer unconfigured(const base::Error& error) {
    contract::ConnectorAnswer answer;
    answer.result = contract::ConnectorAnswer::Result::permanent;
    answer.detail = error.detail;
    answer.mend = "trunkctl enterprise set-integration";
    return answer;
}

std::string text_of(std::optional<json::View> object, std::string_view key) {
    if (!object) {
        return {};
    }
    const auto member = object->find(key);
    return member ? std::string(member->scalar_text().value_or("")) : std::string();
}

std::string full_name(std::optional<json::View> person) {
    std::string name;
    for (const auto* part : {"lastName", "firstName", "patronymic"}) {
        const auto text = text_of(person, part);
        if (!text.empty()) {
            name += name.empty() ? text : " " + text;
        }
    }
    return name;
}

std::optional<std::string> text_or_null(std::string text) {
    return text.empty() ? std::nullopt : std::optional(std::move(text));
}

std::string responsible_json(std::optional<json::View> manager) {
    if (!manager || !manager->is_object()) {
        return "null";
    }
    json::Writer writer;
    writer.begin_object()
        .member("extension", text_or_null(text_of(manager, "code")))
        .member("id", text_or_null(text_of(manager, "id")))
        .member("name", text_or_null(full_name(manager)))
        .end_object();
    return writer.take();
}

std::string customer_json(json::View root) {
    const auto customer = root.find("customer");
    const auto name = full_name(customer);
    json::Writer writer;
    writer.begin_object()
        .member("found", customer && customer->is_object())
        .member("name", text_or_null(name))
        .member("id", text_or_null(text_of(customer, "id")))
        .member("company", nullptr)
        .key("responsible")
        .raw(responsible_json(root.find("manager")))
        .end_object();
    return writer.take();
}

/// How often the gateway has asked; 1 for whoever does not say.
int attempt_of(const httpd::Request& request) {
    const auto text = request.header("X-Attempt");
    int attempt = 1;
    std::from_chars(text.data(), text.data() + text.size(), attempt);
    return std::clamp(attempt, 1, 1'000'000);
}

/// Asks telephony/manager and hands its answer to `shape`.
httpd::Handler with_manager(Parts parts, std::function<std::string(json::View)> shape) {
    return [parts, shape = std::move(shape)](const httpd::Request& request
           ) -> asio::awaitable<httpd::Response> {
        const auto enterprise = co_await parts.directory.find_or_load(
            std::string(request.param("ent")), request.deadline
        );
        if (!enterprise) {
            co_return httpd::problem(404, "", "no such enterprise");
        }
        const auto account = account_of(*enterprise, parts.secrets);
        if (!account) {
            co_return httpd::to_response(account.error());
        }
        const auto outcome =
            co_await parts.api.manager_of(*account, std::string(request.param("phone")));
        if (!outcome) {
            co_return httpd::to_response(outcome.error().error);
        }
        const auto judgement = judge(*outcome);
        if (judgement.kind != Judgement::Kind::accepted) {
            co_return httpd::problem(502, "", judgement.detail);
        }
        const auto document =
            json::parse(outcome->body, {.max_bytes = std::size_t{1} << 20, .max_depth = 32});
        co_return httpd::Response::json(shape(document->root()));
    };
}

}  // namespace

httpd::Handler take_call_event(Parts parts) {
    return [parts](const httpd::Request& request) -> asio::awaitable<httpd::Response> {
        const auto document = json::parse(request.body, step_limits);
        if (!document) {
            co_return httpd::to_response(document.error());
        }
        auto event = contract::connector_event_from_json(document->root());
        if (!event) {
            co_return httpd::to_response(event.error());
        }
        const auto enterprise =
            co_await parts.directory.find_or_load(event->enterprise_number, request.deadline);
        if (!enterprise && !parts.directory.is_loaded()) {
            co_return httpd::problem(503, "", "the database is away and nothing has been read yet");
        }
        if (!enterprise) {
            co_return httpd::problem(404, "", "no such enterprise");
        }
        const auto account = account_of(*enterprise, parts.secrets);
        if (!account) {
            co_return respond(unconfigured(account.error()));
        }
        const auto answer = co_await parts.steps.take(
            *enterprise, *account, std::move(*event), request.trace, attempt_of(request)
        );
        co_return respond(answer);
    };
}

httpd::Handler find_customer(Parts parts) { return with_manager(parts, customer_json); }

httpd::Handler find_responsible(Parts parts) {
    return with_manager(parts, [](json::View root) {
        return responsible_json(root.find("manager"));
    });
}

}  // namespace trunkline::retailcrm
