#include "telegram_handlers.hpp"

#include <utility>

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
    state.record(std::move(record));
    if (fault) {
        const bool is_lost = fault->kind == Fault::Kind::lose && fault->delay.count() == 0;
        co_await net::sleep_for(is_lost ? lost_answer : fault->delay);
    }
    co_return response_of(answer);
}

httpd::Handler telegram_method(State& state) {
    return [&state](const httpd::Request& request) -> asio::awaitable<httpd::Response> {
        const std::string token(request.param("token"));
        const std::string method(request.param("method"));
        const auto parameters = parameters_of(request);
        Record record;
        record.api = "telegram";
        record.account = token.substr(0, token.find(':'));
        record.method = method;
        record.parameters = parameters.value_or(Parameters{});
        std::function<ApiAnswer()> act = [&state, token, method, parameters]() -> ApiAnswer {
            if (!parameters) {
                return {
                    .status = 400,
                    .body =
                        R"({"ok":false,"error_code":400,"description":"Bad Request: can't parse request JSON object"})",
                    .retry_after = std::nullopt
                };
            }
            return state.telegram.call(token, method, *parameters);
        };
        co_return co_await act_with_faults(state, std::move(record), std::move(act));
    };
}

}  // namespace trunkline::sandbox
