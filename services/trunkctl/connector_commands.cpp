#include "connector_commands.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <boost/asio/this_coro.hpp>
#include <chrono>
#include <utility>

#include "base/text.hpp"
#include "httpc/client.hpp"
#include "integration_rules.hpp"
#include "json/writer.hpp"
#include "metrics/registry.hpp"

namespace trunkline::trunkctl {
namespace {

constexpr auto patience = std::chrono::milliseconds(30'000);

/// The service's name in paths.
std::string service_of(const std::string& integration) {
    return integration == "ms" ? "moysklad" : integration;
}

std::string detail_of(const httpc::Response& response) {
    const auto document = json::parse(response.body);
    const auto detail = document ? document->root().find("detail") : std::nullopt;
    return detail ? std::string(detail->string().value_or("")) : std::string();
}

/// POST /internal/{crm}/{action}/{any}; the answer's JSON, or what the connector says is wrong.
asio::awaitable<base::Result<json::Document>> ask_connector(
    Context& context, std::string integration, std::string action, std::string any, std::string body
) {
    if (const auto known = check_integration(integration); !known) {
        co_return std::unexpected(known.error());
    }
    const auto address = context.connectors.find(integration);
    if (address == context.connectors.end() || address->second.empty()) {
        co_return base::fail(base::Errc::not_found, integration + " has no connector here");
    }
    metrics::Registry registry;
    httpc::Client client(co_await asio::this_coro::executor, httpc::Settings{}, registry);
    httpc::Request request;
    request.method = "POST";
    request.url = address->second + "/internal/" + service_of(integration) + "/" + action + "/" +
                  base::percent_encode(any);
    request.timeout = patience;
    if (!body.empty()) {
        request.headers.emplace_back("Content-Type", "application/json");
        request.body = std::move(body);
    }
    if (!context.internal_token.empty()) {
        request.headers.emplace_back("Authorization", "Bearer " + context.internal_token);
    }
    const auto outcome = co_await client.send(std::move(request));
    co_await client.close();
    if (!outcome) {
        co_return base::fail(
            base::Errc::unavailable,
            fmt::format(
                "the connector at {} does not answer: {}",
                address->second,
                outcome.error().error.detail
            )
        );
    }
    if (outcome->status >= 300) {
        co_return base::fail(
            base::Errc::unavailable,
            fmt::format("the connector answered {}: {}", outcome->status, detail_of(*outcome))
        );
    }
    co_return json::parse(outcome->body);
}

base::Result<std::string> body_of(const TelephonyWish& wish) {
    json::Writer writer;
    writer.begin_object().member("active", !wish.is_off);
    if (!wish.name.empty()) {
        writer.member("name", wish.name);
    }
    if (!wish.logo.empty()) {
        writer.member("logo", wish.logo);
    }
    writer.key("codes").begin_object();
    for (const auto& text : wish.codes) {
        const auto equals = text.find('=');
        if (equals == std::string::npos || equals == 0) {
            return base::fail(
                base::Errc::invalid_input, "\"" + text + "\" is not of the form USER_ID=EXTENSION"
            );
        }
        writer.member(text.substr(0, equals), text.substr(equals + 1));
    }
    return writer.end_object().end_object().take();
}

std::vector<std::string> names_in(json::View root, std::string_view list) {
    std::vector<std::string> out;
    if (const auto items = root.find(list)) {
        for (const auto item : items->elements()) {
            const auto name = item.find("name");
            const auto id = item.find("id");
            out.push_back(
                name && id
                    ? fmt::format(
                          "{} {}", id->scalar_text().value_or(""), name->string().value_or("")
                      )
                    : std::string(item.scalar_text().value_or(""))
            );
        }
    }
    return out;
}

std::string in_words(json::View root) {
    auto out = fmt::format(
        "{} {}",
        root.find("module")->string().value_or(""),
        root.find("active")->boolean().value_or(false) ? "включён (on)" : "выключен (off)"
    );
    for (const auto item : root.find("codes")->elements()) {
        out += fmt::format(
            "\n  {} -> {}",
            item.find("user_id")->scalar_text().value_or(""),
            item.find("extension")->string().value_or("")
        );
    }
    const auto tell = [&](std::string_view list, std::string_view words) {
        const auto names = names_in(root, list);
        if (!names.empty()) {
            out += fmt::format("\n  {}: {}", words, fmt::join(names, ", "));
        }
    };
    tell("phones", "линии (lines)");
    tell("users_without_extension", "без добавочного (users without an extension)");
    tell("managers_without_user", "нет в CRM (managers without a user)");
    tell("unknown_users", "неизвестны CRM (users unknown to the CRM)");
    tell("unknown_sites", "неизвестны CRM (shops unknown to the CRM)");
    return out;
}

}  // namespace

asio::awaitable<base::Result<>> test_integration(
    Context& context, std::string any, std::string integration
) {
    const auto answer =
        co_await ask_connector(context, integration, "test-connection", std::move(any), "");
    if (!answer) {
        co_return std::unexpected(answer.error());
    }
    const auto detail = answer->root().find("detail");
    const auto text = detail ? std::string(detail->string().value_or("")) : std::string();
    const auto ok = answer->root().find("ok");
    if (!ok || !ok->boolean().value_or(false)) {
        co_return base::fail(base::Errc::unavailable, integration + ": " + text);
    }
    context.out.print(integration + ": " + text, answer->root().dump());
    co_return base::Result<>{};
}

asio::awaitable<base::Result<>> register_telephony(
    Context& context, std::string any, std::string integration, TelephonyWish wish
) {
    if (integration != "retailcrm") {
        co_return base::fail(
            base::Errc::invalid_input, "only retailcrm has a telephony to be registered"
        );
    }
    auto body = body_of(wish);
    if (!body) {
        co_return std::unexpected(body.error());
    }
    const auto answer = co_await ask_connector(
        context, integration, "register-module", std::move(any), std::move(*body)
    );
    if (!answer) {
        co_return std::unexpected(answer.error());
    }
    context.out.print(in_words(answer->root()), answer->root().dump());
    co_return base::Result<>{};
}

}  // namespace trunkline::trunkctl
