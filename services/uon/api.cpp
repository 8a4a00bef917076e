#include "api.hpp"

#include "base/text.hpp"
#include "judge.hpp"

namespace trunkline::uon {
namespace {

constexpr auto attempt_limit = std::chrono::milliseconds(10'000);
constexpr auto look_up_limit = std::chrono::milliseconds(4'000);

/// Ten a second are allowed. After a quiet moment a second may see the burst and what comes back in
/// it: nine.
constexpr connector::Limits limits{.per_second = 6, .burst = 3, .parallel = 4};

connector::Order order_to(
    const std::string& base_url, const Account& account, const std::string& method
) {
    connector::Order order;
    order.request.url = base_url;
    while (order.request.url.ends_with('/')) {
        order.request.url.pop_back();
    }
    order.request.url += "/" + base::percent_encode(account.api_key) + "/" + method + ".json";
    order.account = account.queue;
    order.limits = limits;
    return order;
}

}  // namespace

connector::Order post(
    const std::string& base_url,
    const Account& account,
    const std::string& method,
    const std::string& form
) {
    auto order = order_to(base_url, account, method);
    order.request.method = "POST";
    order.request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
    order.request.body = form;
    order.request.timeout = attempt_limit;
    order.judge = judge_creation;
    order.shown = "POST " + method + ".json " + base::percent_decode(form);
    return order;
}

connector::Order get(
    const std::string& base_url, const Account& account, const std::string& method
) {
    auto order = order_to(base_url, account, method);
    order.request.timeout = look_up_limit;
    order.priority = connector::Priority::lookup;
    order.repeatable = true;
    order.judge = judge;
    order.shown = "GET " + method + ".json";
    return order;
}

}  // namespace trunkline::uon
