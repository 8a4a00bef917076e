#include "telegram_handlers.hpp"

#include <charconv>
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
    if (!answer.location.empty()) {
        response.add_header("Location", answer.location);
    }
    return response;
}

std::int64_t number_of(const std::string& text) {
    std::int64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

/// Messages, edits and deletes share the limits; the other methods have none.
std::optional<int> wait_by_limits(State& state, const Record& record) {
    const auto method = base::to_lower_ascii(record.method);
    const auto chat = record.parameters.find("chat_id");
    const bool counts =
        method.starts_with("send") || method.starts_with("edit") || method.starts_with("delete");
    if (!counts || chat == record.parameters.end()) {
        return std::nullopt;
    }
    return state.limits.take(number_of(record.account), number_of(chat->second));
}

}  // namespace

asio::awaitable<httpd::Response> act_with_faults(
    State& state, Record record, std::function<ApiAnswer()> act
) {
    const auto chat = record.parameters.find("chat_id");
    const auto fault = state.faults.take(
        record.api,
        record.method,
        chat == record.parameters.end() ? std::string_view() : std::string_view(chat->second)
    );
    const auto kind = fault ? fault->kind : Fault::Kind::slow;
    const bool is_never = kind == Fault::Kind::never;
    const bool is_reset = kind == Fault::Kind::reset;
    const bool is_refused =
        kind == Fault::Kind::status || kind == Fault::Kind::garbage || is_never || is_reset;
    ApiAnswer answer;
    if (!is_refused || (fault && fault->is_done)) {
        answer = act();
    }
    if (is_refused && fault) {
        answer = refusal_of(*fault);
    }
    if (record.api == "telegram" && answer.retry_after && chat != record.parameters.end()) {
        state.limits.told_to_wait(
            number_of(record.account), number_of(chat->second), *answer.retry_after
        );
    }
    record.status = is_reset ? 0 : answer.status;
    record.answer = is_reset ? "" : answer.body;
    record.fault = fault ? to_string(fault->kind) : "";
    // A poll that found nothing says nothing, and there are many.
    if (fault || answer.body != R"({"ok":true,"result":[]})") {
        state.record(std::move(record));
    }
    if (fault) {
        const bool is_lost = (kind == Fault::Kind::lose || is_never) && fault->delay.count() == 0;
        co_await net::sleep_for(is_lost ? lost_answer : fault->delay);
    }
    if (is_reset) {
        co_return httpd::Response::reset();
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
        if (const auto seconds = wait_by_limits(state, record)) {
            Fault flood;
            flood.api = "telegram";
            flood.status = 429;
            flood.retry_after = seconds;
            const auto answer = refusal_of(flood);
            record.status = answer.status;
            record.answer = answer.body;
            state.record(std::move(record));
            co_return response_of(answer);
        }
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
