#include "staff.hpp"

#include <algorithm>
#include <utility>

#include "api.hpp"
#include "judge.hpp"

namespace trunkline::retailcrm {
namespace {

/// 5,000 users: more is no call centre but a mistake.
constexpr std::int64_t most_pages = 50;

}  // namespace

asio::awaitable<base::Result<std::vector<User>>> active_users(
    connector::CrmClient& crm, Account account, net::Deadline deadline
) {
    std::vector<User> all;
    std::int64_t pages = 1;
    for (std::int64_t page = 1; page <= std::min(pages, most_pages); ++page) {
        auto order =
            get(account, "/v5/users?filter%5Bactive%5D=1&limit=100&page=" + std::to_string(page));
        const auto answer = co_await ask(crm, std::move(order), deadline);
        if (!answer) {
            co_return std::unexpected(answer.error());
        }
        auto users = users_in(answer->root());
        all.insert(all.end(), users.begin(), users.end());
        pages = pages_in(answer->root());
    }
    co_return all;
}

asio::awaitable<base::Result<Codes>> codes_of_module(
    connector::CrmClient& crm, Account account, std::string module, net::Deadline deadline
) {
    auto order = get(account, "/v5/integration-modules/" + module);
    order.judge = judge_module;
    const auto answer = co_await ask(crm, std::move(order), deadline);
    if (!answer && answer.error().code == base::Errc::not_found) {
        co_return Codes{};
    }
    if (!answer) {
        co_return std::unexpected(answer.error());
    }
    co_return codes_in(answer->root());
}

}  // namespace trunkline::retailcrm
