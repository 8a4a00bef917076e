#include "user_cache.hpp"

#include <algorithm>
#include <utility>

#include "json/writer.hpp"
#include "judge.hpp"

namespace trunkline::bitrix24 {
namespace {

using namespace std::chrono_literals;
using connector::Verdict;

constexpr auto kept_for = 10min;
constexpr auto looks_again_after = 1min;
constexpr auto look_again = 1s;
constexpr int most_pages = 100;

std::string page_parameters(std::int64_t start) {
    json::Writer writer;
    writer.begin_object()
        .key("FILTER")
        .begin_object()
        .member("ACTIVE", true)
        .end_object()
        .key("select")
        .value(std::vector<std::string>{"ID", "NAME", "LAST_NAME", "UF_PHONE_INNER", "ACTIVE"});
    if (start > 0) {
        writer.member("start", start);
    }
    return writer.end_object().take();
}

}  // namespace

bool UserCache::is_good(const Entry& entry, const std::vector<std::string>& wanted) const {
    const auto age = std::chrono::steady_clock::now() - entry.read_at;
    const bool knows_all = std::ranges::all_of(wanted, [&](const std::string& extension) {
        return entry.users->by_extension(extension) != nullptr;
    });
    return age < (knows_all ? net::Duration(kept_for) : net::Duration(looks_again_after));
}

asio::awaitable<UserCache::Found> UserCache::users_of(
    Account account, std::vector<std::string> wanted, net::Deadline until
) {
    for (;;) {
        const auto known = known_.find(account.enterprise);
        if (known != known_.end() && known->second.portal == account.portal &&
            is_good(known->second, wanted)) {
            co_return known->second.users;
        }
        if (!under_way_.contains(account.enterprise)) {
            break;
        }
        const auto wake = std::min(until, net::deadline_in(look_again));
        (void)co_await changed_.wait_until(wake);
        if (std::chrono::steady_clock::now() >= until) {
            co_return std::unexpected(Verdict::busy("the portal's users are being read"));
        }
    }
    under_way_.insert(account.enterprise);
    struct Leave {
        UserCache& cache;
        const std::string& enterprise;
        ~Leave() {
            cache.under_way_.erase(enterprise);
            cache.changed_.notify();
        }
    } const leave{*this, account.enterprise};
    auto found = co_await read(account, until);
    const auto old = known_.find(account.enterprise);
    if (!found && old != known_.end() && old->second.portal == account.portal) {
        co_return old->second.users;
    }
    if (found) {
        known_[account.enterprise] =
            Entry{*found, std::chrono::steady_clock::now(), account.portal};
    }
    co_return found;
}

asio::awaitable<UserCache::Found> UserCache::read(Account account, net::Deadline until) {
    auto users = std::make_shared<Users>();
    std::int64_t start = 0;
    for (int page = 0; page < most_pages; ++page) {
        Command command;
        command.method = "user.get";
        command.parameters = page_parameters(start);
        command.priority = connector::Priority::lookup;
        command.repeatable = true;
        command.timeout = 4s;
        command.until = until;
        const auto reply = co_await api_.call(account, std::move(command), std::nullopt);
        if (reply.verdict.kind != Verdict::Kind::accepted) {
            co_return std::unexpected(reply.verdict);
        }
        const auto document = document_of(reply.response);
        if (!document) {
            co_return std::unexpected(Verdict::failed(document.error().detail));
        }
        add_users(document->root(), *users);
        const auto next = next_page_of(document->root());
        if (!next || *next <= start) {
            break;
        }
        start = *next;
    }
    co_return Pointer(std::move(users));
}

}  // namespace trunkline::bitrix24
