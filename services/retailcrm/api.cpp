#include "api.hpp"

#include "base/text.hpp"
#include "judge.hpp"

namespace trunkline::retailcrm {
namespace {

constexpr auto attempt_limit = std::chrono::milliseconds(10'000);
constexpr auto look_up_limit = std::chrono::milliseconds(2'000);

/// 40 requests a second for telephony, 10 for the rest, counted apart (section 2); a little less,
/// since their second is not ours.
constexpr connector::Limits telephony_limits{.per_second = 36, .burst = 36, .parallel = 8};
constexpr connector::Limits other_limits{.per_second = 9, .burst = 9, .parallel = 4};

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

}  // namespace trunkline::retailcrm
