#include "api.hpp"

#include <utility>

#include "base/text.hpp"
#include "judge.hpp"

namespace trunkline::retailcrm {
namespace {

constexpr auto attempt_limit = std::chrono::milliseconds(10'000);
constexpr auto look_up_limit = std::chrono::milliseconds(2'000);

/// 40 requests a second for telephony, 10 for the rest, counted apart (section 2). Burst and rate
/// together stay below that in any second, not only in theirs.
constexpr connector::Limits telephony_limits{.per_second = 28, .burst = 10, .parallel = 8};
constexpr connector::Limits other_limits{.per_second = 6, .burst = 3, .parallel = 4};

connector::Order order_to(const Account& account, const std::string& path) {
    connector::Order order;
    order.request.url = account.base_url + "/api" + path;
    order.request.headers.emplace_back("X-API-KEY", account.api_key);
    order.request.tenant_given = true;
    const bool is_telephony = path.starts_with("/v5/telephony/");
    order.account = account.base_url + (is_telephony ? "/telephony" : "");
    order.limits = is_telephony ? telephony_limits : other_limits;
    order.judge = judge;
    return order;
}

}  // namespace

connector::Order post(
    const Account& account,
    const std::string& path,
    const std::string& name,
    const std::string& json
) {
    auto order = order_to(account, "/v5" + path);
    order.request.method = "POST";
    order.request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
    order.request.body = name + "=" + base::percent_encode(json);
    order.request.timeout = attempt_limit;
    order.shown = "POST /api/v5" + path + " " + json;
    return order;
}

connector::Order get(const Account& account, const std::string& path) {
    auto order = order_to(account, path);
    order.request.timeout = look_up_limit;
    order.priority = connector::Priority::lookup;
    order.repeatable = true;
    order.shown = "GET /api" + path;
    return order;
}

asio::awaitable<base::Result<json::Document>> ask(
    connector::CrmClient& crm, connector::Order order, net::Deadline deadline
) {
    order.limit = net::time_left(deadline);
    const auto reply = co_await crm.send(std::move(order));
    using enum connector::Verdict::Kind;
    if (reply.verdict.kind == refused) {
        const auto& mend = reply.verdict.mend;
        co_return base::fail(
            base::Errc::forbidden, reply.verdict.detail + (mend.empty() ? "" : "; " + mend)
        );
    }
    if (reply.verdict.kind == absent) {
        co_return base::fail(base::Errc::not_found, reply.verdict.detail);
    }
    if (reply.verdict.kind != accepted) {
        co_return base::fail(base::Errc::unavailable, reply.verdict.detail);
    }
    co_return connector::body_of(reply.response);
}

}  // namespace trunkline::retailcrm
