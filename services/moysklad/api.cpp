#include "api.hpp"

#include <algorithm>

#include "answers.hpp"
#include "base/text.hpp"

namespace trunkline::moysklad {
namespace {

constexpr auto attempt_limit = std::chrono::milliseconds(8'000);
constexpr auto look_up_limit = std::chrono::milliseconds(2'000);

// What is there at once and what comes back in the window stay below the window's limit together:
// 100 in 5 s, 45 units in 3 s (sections 1 and 2.2). Of five at once one is left to an answer that
// we no longer wait for, and that MoySklad still counts.
constexpr connector::Limits phone_limits{.per_second = 9, .burst = 50, .parallel = 4};
constexpr connector::Limits remap_limits{.per_second = 7, .burst = 22, .parallel = 4};

std::string without_slash(std::string url) {
    while (url.ends_with('/')) {
        url.pop_back();
    }
    return url;
}

std::string extid_path(const std::string& external_id) {
    return "/call/extid/" + base::percent_encode(external_id);
}

}  // namespace

Api::Api(const Settings& settings)
    : phone_url_(without_slash(settings.phone_api_url)),
      remap_url_(without_slash(settings.api_url)),
      remap_cost_(static_cast<unsigned>(std::clamp(settings.remap_cost, 1, 22))) {}

connector::Order Api::phone(
    const Account& account,
    const std::string& method,
    const std::string& path,
    const std::string& body
) const {
    connector::Order order;
    order.request.method = method;
    order.request.url = phone_url_ + path;
    order.request.headers.emplace_back("Lognex-Phone-Auth-Token", account.phone_key);
    if (!body.empty()) {
        order.request.headers.emplace_back("Content-Type", "application/json");
        order.request.body = body;
    }
    order.request.accept_gzip = true;
    order.request.timeout = attempt_limit;
    order.shown = method + " /api/phone/1.0" + path + (body.empty() ? "" : " " + body);
    order.account = account.phone_name();
    order.limits = phone_limits;
    order.judge = judge;
    return order;
}

connector::Order Api::create(const Account& account, const std::string& call) const {
    return phone(account, "POST", "/call", call);
}

connector::Order Api::update(
    const Account& account, const std::string& external_id, const std::string& fields
) const {
    return phone(account, "PUT", extid_path(external_id), fields);
}

connector::Order Api::card_event(
    const Account& account, const std::string& external_id, const std::string& event
) const {
    auto order = phone(account, "POST", extid_path(external_id) + "/event", event);
    order.priority = connector::Priority::popup;
    return order;
}

connector::Order Api::employees(const Account& account) const {
    auto order = phone(account, "GET", "/employee", "");
    order.request.timeout = look_up_limit;
    order.priority = connector::Priority::lookup;
    order.repeatable = true;
    return order;
}

connector::Order Api::remap(const Account& account, const std::string& path) const {
    connector::Order order;
    order.request.url = remap_url_ + path;
    order.request.headers.emplace_back("Authorization", account.authorization);
    order.request.accept_gzip = true;
    order.request.timeout = look_up_limit;
    order.shown = "GET /api/remap/1.2" + path;
    order.account = account.remap_name();
    order.limits = remap_limits;
    order.cost = remap_cost_;
    order.priority = connector::Priority::lookup;
    order.repeatable = true;
    order.judge = judge;
    return order;
}

}  // namespace trunkline::moysklad
