#include "api.hpp"

#include "base/text.hpp"

namespace trunkline::retailcrm {
namespace {

constexpr auto attempt_limit = std::chrono::milliseconds(10'000);
constexpr auto look_up_limit = std::chrono::milliseconds(2'000);

httpc::Request request_to(const Account& account, const std::string& path) {
    httpc::Request request;
    request.url = account.base_url + "/api/v5" + path;
    request.headers.emplace_back("X-API-KEY", account.api_key);
    request.tenant_given = true;
    request.peer = "retailcrm";
    return request;
}

}  // namespace

asio::awaitable<httpc::Outcome> Api::post(
    Account account, std::string path, std::string name, std::string json, base::TraceContext trace
) {
    auto request = request_to(account, path);
    request.method = "POST";
    request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
    request.body = name + "=" + base::percent_encode(json);
    request.timeout = attempt_limit;
    request.trace = std::move(trace);
    request.max_tries = 2;  // Repeated by the client only if nothing has left it.
    co_return co_await client_.send(std::move(request));
}

asio::awaitable<httpc::Outcome> Api::manager_of(Account account, std::string phone) {
    const auto path =
        "/telephony/manager?phone=" + base::percent_encode("+" + base::digits_of(phone)) +
        "&details=1&ignoreStatus=1";
    auto request = request_to(account, path);
    request.timeout = look_up_limit;
    request.retry_safe = true;
    request.max_tries = 2;
    co_return co_await client_.send(std::move(request));
}

}  // namespace trunkline::retailcrm
