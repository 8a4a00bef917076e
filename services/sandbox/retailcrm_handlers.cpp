#include "retailcrm_handlers.hpp"

#include <utility>

#include "base/text.hpp"
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
        const auto type = base::to_lower_ascii(request.header("Content-Type"));
        std::function<ApiAnswer()> act =
            [&state, account, method = request.method, path, key, type, parameters] {
                return state.retailcrm.call(account, method, path, key, type, parameters);
            };
        co_return co_await act_with_faults(state, std::move(record), std::move(act));
    };
}

}  // namespace trunkline::sandbox
