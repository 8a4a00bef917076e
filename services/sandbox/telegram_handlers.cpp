#include "telegram_handlers.hpp"

#include <utility>

#include "base/text.hpp"
#include "json/writer.hpp"
#include "net/sleep.hpp"

namespace trunkline::sandbox {
namespace {

constexpr auto lost_answer = std::chrono::milliseconds(15'000);

std::string telegram_error(const Fault& fault) {
    json::Writer writer;
    writer.begin_object().member("ok", false).member("error_code", fault.status);
    writer.member(
        "description",
        fault.retry_after ? "Too Many Requests: retry after " + std::to_string(*fault.retry_after)
                          : std::string("Internal Server Error")
    );
    if (fault.retry_after) {
        writer.key("parameters")
            .begin_object()
            .member("retry_after", *fault.retry_after)
            .end_object();
    }
    return writer.end_object().take();
}

ApiAnswer refusal_of(const Fault& fault) {
    if (fault.kind == Fault::Kind::garbage) {
        return {
            .status = 200, .body = "<html><body>nginx</body></html>", .retry_after = std::nullopt
        };
    }
    std::string body = fault.body;
    if (body.empty()) {
        body = fault.api == "telegram" ? telegram_error(fault) : "<html><body>nginx</body></html>";
    }
    return {.status = fault.status, .body = std::move(body), .retry_after = fault.retry_after};
}

httpd::Response response_of(const ApiAnswer& answer) {
    const bool is_json = answer.body.starts_with('{');
    auto response = httpd::Response::content(
        answer.body, is_json ? "application/json" : "text/html; charset=utf-8", answer.status
    );
    if (answer.retry_after) {
        response.add_header("Retry-After", std::to_string(*answer.retry_after));
    }
    return response;
}

std::string name_of(Fault::Kind kind) {
    switch (kind) {
        case Fault::Kind::status:
            return "status";
        case Fault::Kind::slow:
            return "slow";
        case Fault::Kind::lose:
            return "lose";
        case Fault::Kind::garbage:
            return "garbage";
    }
    return {};
}

}  // namespace

asio::awaitable<httpd::Response> act_with_faults(
    State& state, Record record, std::function<ApiAnswer()> act
) {
    const auto fault = state.faults.take(record.api, record.method);
    const bool refused =
        fault && (fault->kind == Fault::Kind::status || fault->kind == Fault::Kind::garbage);
    const auto answer = refused ? refusal_of(*fault) : act();
    record.status = answer.status;
    record.answer = answer.body;
    record.fault = fault ? name_of(fault->kind) : "";
    // A poll that found nothing says nothing, and there are many.
    if (fault || answer.body != R"({"ok":true,"result":[]})") {
        state.record(std::move(record));
    }
    if (fault) {
        const bool is_lost = fault->kind == Fault::Kind::lose && fault->delay.count() == 0;
        co_await net::sleep_for(is_lost ? lost_answer : fault->delay);
    }
    co_return response_of(answer);
}

namespace {

/// The methods that are about updates; the others are TelegramApi's.
ApiAnswer call_method(
    State& state,
    const std::string& token,
    const std::string& method,
    const Parameters& parameters,
    std::uint64_t turn
) {
    const auto bot = telegram::bot_of(token);
    const auto name = base::to_lower_ascii(method);
    if (!bot) {
        return state.telegram.call(token, method, parameters);
    }
    if (name == "getupdates") {
        return state.updates.get(*bot, parameters, turn);
    }
    if (name == "setwebhook") {
        return state.updates.set_webhook(*bot, parameters);
    }
    if (name == "deletewebhook") {
        return state.updates.delete_webhook(*bot, parameters);
    }
    if (name == "getwebhookinfo") {
        return state.updates.webhook_info(*bot);
    }
    if (name == "answercallbackquery") {
        return state.updates.answer_press(*bot, parameters);
    }
    return state.telegram.call(token, method, parameters);
}

bool is_get_updates(const std::string& method) {
    return base::equals_ignoring_case(method, "getUpdates");
}

}  // namespace

httpd::Handler telegram_method(State& state) {
    return [&state](const httpd::Request& request) -> asio::awaitable<httpd::Response> {
        const std::string token(request.param("token"));
        const std::string method(request.param("method"));
        const auto parameters = parameters_of(request);
        std::uint64_t turn = 0;
        const auto bot = telegram::bot_of(token);
        if (bot && parameters && is_get_updates(method) &&
            !state.faults.meets("telegram", method)) {
            turn = state.updates.begin(*bot, *parameters);
            co_await state.updates.wait(*bot, *parameters, turn);
        }
        Record record;
        record.api = "telegram";
        record.account = token.substr(0, token.find(':'));
        record.method = method;
        record.parameters = parameters.value_or(Parameters{});
        std::function<ApiAnswer()> act = [&state, token, method, parameters, turn]() -> ApiAnswer {
            if (!parameters) {
                return {
                    .status = 400,
                    .body =
                        R"({"ok":false,"error_code":400,"description":"Bad Request: can't parse request JSON object"})",
                    .retry_after = std::nullopt
                };
            }
            return call_method(state, token, method, *parameters, turn);
        };
        co_return co_await act_with_faults(state, std::move(record), std::move(act));
    };
}

}  // namespace trunkline::sandbox
