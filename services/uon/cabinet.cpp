#include "cabinet.hpp"

#include <utility>

#include "api.hpp"
#include "call_list.hpp"

namespace trunkline::uon {
namespace {

constexpr auto managers_fresh = std::chrono::minutes(10);
constexpr auto client_fresh = std::chrono::minutes(1);
constexpr std::size_t most_clients = 10'000;
/// 3,000 rows. Whoever has more than that after a call's start has to wait for a person.
constexpr int most_pages = 30;

net::Deadline now() { return std::chrono::steady_clock::now(); }

}  // namespace

asio::awaitable<base::Result<json::Document>> Cabinet::read(
    Account account, std::string method, connector::Priority priority, net::Deadline deadline
) {
    auto order = get(base_url_, account, method);
    order.priority = priority;
    order.limit = net::time_left(deadline);
    const auto reply = co_await crm_.send(std::move(order));
    switch (reply.verdict.kind) {
        case connector::Verdict::Kind::accepted:
            co_return connector::body_of(reply.response);
        case connector::Verdict::Kind::absent:
            co_return json::Document();
        case connector::Verdict::Kind::refused: {
            const auto& mend = reply.verdict.mend;
            co_return base::fail(
                base::Errc::forbidden, reply.verdict.detail + (mend.empty() ? "" : "; " + mend)
            );
        }
        default:
            co_return base::fail(base::Errc::unavailable, reply.verdict.detail);
    }
}

asio::awaitable<base::Result<std::vector<Person>>> Cabinet::managers(
    connector::EnterprisePointer enterprise, Account account, net::Deadline deadline
) {
    const auto known = managers_.find(enterprise->number);
    const bool is_known = known != managers_.end() && known->second.queue == account.queue;
    if (is_known && now() - known->second.read_at < managers_fresh) {
        co_return known->second.people;
    }
    const auto changes = changes_;
    const auto answer = co_await read(account, "manager", connector::Priority::lookup, deadline);
    if (!answer) {
        // Who sat where ten minutes ago is better than nobody.
        const auto old = managers_.find(enterprise->number);
        const bool is_usable = answer.error().code == base::Errc::unavailable &&
                               old != managers_.end() && old->second.queue == account.queue;
        if (is_usable) {
            co_return old->second.people;
        }
        co_return std::unexpected(answer.error());
    }
    auto people = people_in(answer->root());
    if (changes == changes_) {
        managers_[enterprise->number] = {account.queue, people, now()};
    }
    co_return people;
}

asio::awaitable<base::Result<Person>> Cabinet::client(
    connector::EnterprisePointer enterprise,
    Account account,
    std::string digits,
    connector::Priority priority,
    net::Deadline deadline
) {
    const auto key = std::pair(enterprise->number, digits);
    const auto known = clients_.find(key);
    if (known != clients_.end() && known->second.queue == account.queue &&
        now() - known->second.read_at < client_fresh) {
        co_return known->second.person;
    }
    const auto changes = changes_;
    const auto answer = co_await read(account, "user/phone/" + digits, priority, deadline);
    if (!answer) {
        co_return std::unexpected(answer.error());
    }
    const auto people = people_in(answer->root());
    const auto* best = best_of(people);
    auto person = best == nullptr ? Person{} : *best;
    if (changes == changes_) {
        if (clients_.size() >= most_clients) {
            clients_.clear();
        }
        clients_[key] = {account.queue, person, now()};
    }
    co_return person;
}

asio::awaitable<base::Result<std::vector<std::string>>> Cabinet::rows_like(
    Account account, CallRecord record, net::Deadline deadline
) {
    std::vector<std::string> ids;
    for (int page = 1; page <= most_pages; ++page) {
        const auto answer = co_await read(
            account, "call_history/" + std::to_string(page), connector::Priority::record, deadline
        );
        if (!answer) {
            co_return std::unexpected(answer.error());
        }
        const auto rows = calls_in(answer->root());
        if (!rows) {
            co_return std::unexpected(rows.error());
        }
        for (const auto& row : *rows) {
            if (is_row_of(row, record)) {
                ids.push_back(row.id);
            }
        }
        if (is_beyond(*rows, record)) {
            co_return ids;
        }
    }
    co_return base::fail(
        base::Errc::unavailable,
        "U-ON's call list is too long to find out whether the call is there"
    );
}

void Cabinet::forget_clients(const std::string& enterprise) {
    ++changes_;
    std::erase_if(clients_, [&](const auto& item) { return item.first.first == enterprise; });
}

void Cabinet::forget_managers(const std::string& enterprise) {
    ++changes_;
    managers_.erase(enterprise);
}

}  // namespace trunkline::uon
