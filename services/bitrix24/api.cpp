#include "api.hpp"

#include <algorithm>
#include <utility>

#include "httpc/url.hpp"
#include "json/writer.hpp"
#include "judge.hpp"

namespace trunkline::bitrix24 {
namespace {

using connector::Reply;
using connector::Verdict;

/// 2 requests a second and 50 at once (section 3); a little less, since their second is not ours.
constexpr connector::Limits limits{.per_second = 1.9, .burst = 45, .parallel = 8};
constexpr unsigned unauthorized = 401;
constexpr unsigned too_many = 429;

std::string with_token(const std::string& parameters, const Account& account) {
    if (account.is_webhook) {
        return parameters;
    }
    json::Writer writer;
    writer.begin_object().member("auth", account.access_token).end_object();
    auto body = writer.take();
    if (parameters.size() > 2) {
        body.back() = ',';
        body += parameters.substr(1);
    }
    return body;
}

connector::Order order_to(const Account& account, const Command& command) {
    connector::Order order;
    order.request.method = "POST";
    order.request.url = account.rest + command.method;
    order.request.headers.emplace_back("Content-Type", "application/json");
    order.request.headers.emplace_back("Accept", "application/json");
    order.request.body = with_token(command.parameters, account);
    order.request.timeout = command.timeout;
    order.request.tenant_given = true;
    order.shown = "POST /rest/" + command.method + " " + command.parameters;
    order.account = account.portal;
    order.limits = limits;
    order.priority = command.priority;
    order.repeatable = command.repeatable;
    order.judge = judge;
    order.limit = net::time_left(command.until);
    return order;
}

/// Where methods are now: `location` without the method's name.
std::optional<std::string> rest_in(std::string_view location, const std::string& method) {
    auto url = httpc::Url::parse(location);
    if (!url) {
        return std::nullopt;
    }
    auto path = url->target.substr(0, url->target.find('?'));
    while (path.ends_with('/')) {
        path.pop_back();
    }
    if (path.size() <= method.size() || !path.ends_with("/" + method)) {
        return std::nullopt;
    }
    path.resize(path.size() - method.size());
    return url->origin() + path;
}

/// As people write it: the host alone where the rest goes without saying.
std::string domain_of(const std::string& rest) {
    const auto portal = portal_of(rest);
    return rest_of_domain(portal) == rest ? portal
                                          : rest.substr(0, rest.find(portal) + portal.size());
}

}  // namespace

asio::awaitable<Reply> Api::send(
    const Account& account, const Command& command, const std::optional<connector::Subject>& subject
) {
    auto order = order_to(account, command);
    if (subject) {
        auto reply = co_await crm_.send(std::move(order), *subject);
        co_return reply;
    }
    auto reply = co_await crm_.send(std::move(order));
    co_return reply;
}

asio::awaitable<Reply> Api::call(
    Account account, Command command, std::optional<connector::Subject> subject
) {
    if (const auto left = paused_for(account, command.method); left.count() > 0) {
        Reply reply;
        reply.verdict = Verdict::busy("Bitrix24 has no time left for this method now", left);
        co_return reply;
    }
    if (const auto moved = moved_.find(account.rest); moved != moved_.end()) {
        account.rest = moved->second;
        account.portal = portal_of(account.rest);
    }
    account.access_token = tokens_.current(account);
    bool was_unknown = false;
    bool has_followed = false;
    bool has_renewed = account.is_webhook;
    for (;;) {
        auto reply = co_await send(account, command, subject);
        was_unknown = was_unknown || reply.is_unknown;
        reply.is_unknown = was_unknown && reply.verdict.kind != Verdict::Kind::accepted;
        if (is_redirect(reply.response)) {
            bool followed = false;
            if (!has_followed) {
                followed = co_await follow(account, command, reply);
            }
            has_followed = true;
            if (followed) {
                continue;
            }
            reply.verdict = Verdict::refused(
                "the portal has another address now", "set domain or webhook_url to the new one"
            );
            co_return reply;
        }
        if (reply.response.status == too_many && is_out_of_time(reply.response)) {
            paused_[account.portal + "/" + command.method] =
                net::deadline_in(reply.verdict.retry_after.value_or(std::chrono::seconds(60)));
        }
        if (reply.response.status != unauthorized || has_renewed) {
            co_return reply;
        }
        has_renewed = true;
        const bool has_expired = reply.verdict.kind == Verdict::Kind::expired;
        const auto token = co_await tokens_.renew(
            account.enterprise, account.access_token, has_expired, command.until
        );
        if (!token) {
            reply.verdict = token.error();
            co_return reply;
        }
        if (*token == account.access_token || token->empty()) {
            co_return reply;
        }
        account.access_token = *token;
    }
}

asio::awaitable<bool> Api::follow(Account& account, const Command& command, const Reply& reply) {
    const auto rest = rest_in(reply.response.header("Location"), command.method);
    if (!rest || *rest == account.rest) {
        co_return false;
    }
    logger_.warning(
        "{}: the portal {} is {} now", account.enterprise, account.portal, portal_of(*rest)
    );
    moved_.erase(*rest);  // It may have had this name before.
    moved_[account.rest] = *rest;
    account.rest = *rest;
    account.portal = portal_of(*rest);
    if (!account.is_webhook) {
        const auto kept = co_await tokens_.rename(account.enterprise, domain_of(*rest));
        if (!kept) {
            logger_.warning(
                "{}: the new name could not be kept: {}",
                account.enterprise,
                base::describe(kept.error())
            );
        }
    }
    co_return true;
}

std::chrono::milliseconds Api::paused_for(const Account& account, const std::string& method) {
    const auto paused = paused_.find(account.portal + "/" + method);
    if (paused == paused_.end()) {
        return std::chrono::milliseconds(0);
    }
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(net::time_left(paused->second));
    if (left.count() <= 0) {
        paused_.erase(paused);
    }
    return std::max(left, std::chrono::milliseconds(0));
}

}  // namespace trunkline::bitrix24
