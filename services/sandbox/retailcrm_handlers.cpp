#include "retailcrm_handlers.hpp"

#include <utility>

#include "base/text.hpp"
#include "httpd/problem.hpp"
#include "json/reader.hpp"
#include "json/writer.hpp"
#include "telegram_handlers.hpp"

namespace trunkline::sandbox {

httpd::Handler retailcrm_method(State& state) {
    return [&state](const httpd::Request& request) -> asio::awaitable<httpd::Response> {
        const std::string account(request.param("account"));
        const auto path = "/" + std::string(request.param("path"));
        const auto parameters = parameters_of(request).value_or(Parameters{});
        auto key = std::string(request.header("X-API-KEY"));
        if (const auto field = parameters.find("apiKey");
            key.empty() && field != parameters.end()) {
            key = field->second;
        }
        Record record;
        record.api = "retailcrm";
        record.account = account;
        record.method = request.method + " " + path;
        record.parameters = parameters;
        record.parameters.erase("apiKey");
        if (state.retailcrm_limits.breaks(account, path)) {
            record.status = 503;
            record.answer = "<html><body>503</body></html>";
            auto response =
                httpd::Response::content(record.answer, "text/html; charset=utf-8", record.status);
            state.record(std::move(record));
            co_return response;
        }
        const auto type = base::to_lower_ascii(request.header("Content-Type"));
        std::function<ApiAnswer()> act =
            [&state, account, method = request.method, path, key, type, parameters] {
                return state.retailcrm.call(account, method, path, key, type, parameters);
            };
        co_return co_await act_with_faults(state, std::move(record), std::move(act));
    };
}

httpd::Handler get_retailcrm(State& state) {
    return [&state](const httpd::Request&) -> asio::awaitable<httpd::Response> {
        json::Writer writer;
        writer.begin_object().key("accounts").begin_object();
        for (const auto& [name, account] : state.retailcrm.accounts()) {
            writer.key(name).begin_object().key("events").begin_array();
            for (const auto& event : account.events) {
                writer.raw(event);
            }
            writer.end_array().key("calls").begin_array();
            for (const auto& id : account.upload_order) {
                writer.raw(account.uploads.at(id));
            }
            writer.end_array().key("modules").begin_object();
            for (const auto& [code, module] : account.modules) {
                writer.key(code).raw(module);
            }
            const auto broken = state.retailcrm_limits.broken(name);
            writer.end_object()
                .key("limits")
                .begin_object()
                .member("telephony_broken", broken.telephony)
                .member("other_broken", broken.other)
                .end_object()
                .end_object();
        }
        writer.end_object().end_object();
        co_return httpd::Response::json(writer.take());
    };
}

httpd::Handler set_retailcrm_limits(State& state) {
    return [&state](const httpd::Request& request) -> asio::awaitable<httpd::Response> {
        const auto document = json::parse(request.body);
        if (!document) {
            co_return httpd::to_response(document.error());
        }
        json::Reader reader(document->root());
        const bool enforce = reader.required_bool("enforce");
        if (const auto finished = reader.finish(); !finished) {
            co_return httpd::to_response(finished.error());
        }
        state.retailcrm_limits.enforce(enforce);
        co_return httpd::Response::json(R"({"status":"ok"})");
    };
}

}  // namespace trunkline::sandbox
