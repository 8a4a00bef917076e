#include "connector/pacer.hpp"

#include <map>
#include <set>
#include <utility>

#include "budget.hpp"
#include "net/event.hpp"

namespace trunkline::connector {
namespace {

constexpr std::size_t most_waiting = 1000;
constexpr std::size_t most_accounts = 1000;
constexpr auto forgotten_after = std::chrono::minutes(10);
/// Whoever is not at the front looks again now and then; the one before may have given up.
constexpr auto look_again = std::chrono::seconds(1);

struct Account {
    Account(const asio::any_io_executor& executor, Limits limits, base::SteadyTime now)
        : budget(limits, now), changed(executor), used(now) {}

    using Turn = std::pair<int, std::uint64_t>;  ///< Priority and arrival: the smallest goes first.

    Budget budget;
    net::Event changed;
    std::set<Turn> waiting;
    unsigned under_way = 0;
    base::SteadyTime used;
};

base::SteadyTime now() { return std::chrono::steady_clock::now(); }

}  // namespace

struct Pacer::State {
    asio::any_io_executor executor;
    std::map<std::string, std::shared_ptr<Account>> accounts;
    std::uint64_t arrivals = 0;

    std::shared_ptr<Account> account_of(const std::string& name, Limits limits);
    void forget_idle();
};

struct Pacer::Pass::Place {
    std::shared_ptr<Account> account;
    explicit Place(std::shared_ptr<Account> account_in) : account(std::move(account_in)) {
        ++account->under_way;
    }
    ~Place() {
        --account->under_way;
        account->used = now();
        account->changed.notify();
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
};

Pacer::Pass::Pass(std::shared_ptr<Place> place) : place_(std::move(place)) {}
Pacer::Pass::Pass(Pass&& other) noexcept = default;
Pacer::Pass::~Pass() = default;

Pacer::Pacer(asio::any_io_executor executor)
    : state_(std::make_shared<State>(State{std::move(executor), {}, 0})) {}
Pacer::~Pacer() = default;

std::shared_ptr<Account> Pacer::State::account_of(const std::string& name, Limits limits) {
    if (const auto known = accounts.find(name); known != accounts.end()) {
        if (!(known->second->budget.limits() == limits)) {
            known->second->budget.set_limits(limits, now());
        }
        return known->second;
    }
    if (accounts.size() >= most_accounts) {
        forget_idle();
    }
    return accounts.emplace(name, std::make_shared<Account>(executor, limits, now())).first->second;
}

void Pacer::State::forget_idle() {
    std::erase_if(accounts, [](const auto& item) {
        const auto& account = *item.second;
        return account.under_way == 0 && account.waiting.empty() &&
               now() - account.used > forgotten_after && account.budget.paused_until() < now();
    });
}

asio::awaitable<base::Result<Pacer::Pass>> Pacer::admit(
    std::string account, Limits limits, Priority priority, unsigned cost, net::Deadline deadline
) {
    const auto place = state_->account_of(account, limits);
    if (place->waiting.size() >= most_waiting) {
        co_return base::fail(
            base::Errc::rate_limited, "too many requests wait for the account's turn"
        );
    }
    const auto turn = Account::Turn{static_cast<int>(priority), state_->arrivals++};
    place->waiting.insert(turn);
    struct Leave {
        Account& account;
        Account::Turn turn;
        ~Leave() {
            account.waiting.erase(turn);
            account.changed.notify();
        }
    } const leave{*place, turn};
    for (;;) {
        place->used = now();
        auto wake = now() + look_again;
        const bool is_first = *place->waiting.begin() == turn;
        if (is_first && place->under_way < place->budget.limits().parallel) {
            wake = place->budget.ready_at(cost, now());
            if (wake <= now()) {
                place->budget.spend(cost, now());
                co_return Pass(std::make_shared<Pass::Place>(place));
            }
        }
        if (now() >= deadline || (is_first && wake > deadline && place->under_way == 0)) {
            co_return base::fail(
                base::Errc::timeout, "the account's own limits leave no turn in time"
            );
        }
        (void)co_await place->changed.wait_until(std::min(wake, deadline));
    }
}

void Pacer::pause(const std::string& account, net::Duration time) {
    if (const auto known = state_->accounts.find(account); known != state_->accounts.end()) {
        known->second->budget.pause_until(now() + time);
    }
}

net::Duration Pacer::paused_for(const std::string& account) const {
    const auto known = state_->accounts.find(account);
    if (known == state_->accounts.end()) {
        return net::Duration::zero();
    }
    return std::max(net::Duration::zero(), known->second->budget.paused_until() - now());
}

}  // namespace trunkline::connector
