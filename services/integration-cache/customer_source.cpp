#include "customer_source.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/text.hpp"
#include "net/event.hpp"

namespace trunkline::integration_cache {
namespace {

constexpr std::size_t largest_answer = 64UL * 1024;

}  // namespace

/// One question to all sources. Kept by each task that asks, since the asker may be gone before.
struct CustomerSource::Asking {
    enum class State { not_asked, waiting, failed, unknown, known };
    struct Source {
        const Connector* connector = nullptr;  ///< Null: our own table.
        State state = State::not_asked;
        Customer customer;
    };

    explicit Asking(asio::any_io_executor executor) : changed(std::move(executor)) {}

    void settle(std::size_t place, State state, Customer customer = {}) {
        sources[place].state = state;
        sources[place].customer = std::move(customer);
        changed.notify();
    }
    /// The best that knows the number by now.
    const Source* best() const {
        const auto found = std::ranges::find(sources, State::known, &Source::state);
        return found == sources.end() ? nullptr : &*found;
    }
    /// Nobody before the best can still answer.
    bool is_settled() const {
        for (const auto& source : sources) {
            if (source.state == State::known) {
                return true;
            }
            if (source.state == State::waiting || source.state == State::not_asked) {
                return false;
            }
        }
        return true;
    }
    Answer answer() const {
        Answer out;
        for (const auto& source : sources) {
            if (source.state == State::known) {
                out.customer = source.customer;
                break;
            }
            out.is_doubtful = out.is_doubtful || source.state != State::unknown;
        }
        return out;
    }

    net::Event changed;
    std::vector<Source> sources;  ///< In their order; ours is the last.

    /// However a task ends, nobody waits for its source any longer.
    struct Settled {
        Asking& asking;
        std::size_t place;
        ~Settled() {
            if (asking.sources[place].state == State::waiting) {
                asking.settle(place, State::failed);
            }
        }
    };
};

std::vector<std::size_t> order_of_sources(
    const tenants::Enterprise& enterprise, const std::vector<Connector>& connectors
) {
    std::vector<std::size_t> out;
    const auto primary = enterprise.primary();
    for (std::size_t i = 0; i < connectors.size(); ++i) {
        if (!enterprise.is_enabled(connectors[i].key)) {
            continue;
        }
        out.insert(connectors[i].key == primary ? out.begin() : out.end(), i);
    }
    return out;
}

CustomerSource::CustomerSource(
    const asio::any_io_executor& executor,
    httpc::Client& client,
    CustomerStore& store,
    OwnStore& own,
    std::vector<Connector> connectors,
    std::string internal_token,
    Budgets budgets
)
    : executor_(executor),
      client_(client),
      store_(store),
      own_(own),
      connectors_(std::move(connectors)),
      internal_token_(std::move(internal_token)),
      budgets_(budgets),
      tasks_(executor, "customer source") {}

asio::awaitable<void> CustomerSource::stop() {
    tasks_.cancel();
    co_await tasks_.join();
}

asio::awaitable<CustomerSource::Answer> CustomerSource::ask(
    std::shared_ptr<const tenants::Enterprise> enterprise,
    std::string phone,
    std::function<void(const Customer&)> early
) {
    using State = Asking::State;
    const auto asking = std::make_shared<Asking>(executor_);
    for (const auto index : order_of_sources(*enterprise, connectors_)) {
        asking->sources.push_back({&connectors_[index], State::not_asked, {}});
    }
    const auto own = asking->sources.size();
    asking->sources.push_back({nullptr, State::waiting, {}});
    tasks_.spawn("own", ask_own(asking, enterprise->number, phone));
    const auto share = budgets_.all_crms / std::max<std::int64_t>(1, static_cast<long>(own));
    for (std::size_t i = 0; i < own && !asking->is_settled(); ++i) {
        asking->sources[i].state = State::waiting;
        auto question = asking->sources[i].connector->is_own()
                            ? ask_contacts(asking, i, enterprise->number, phone)
                            : ask_connector(asking, i, enterprise->number, phone);
        tasks_.spawn("crm", std::move(question));
        const auto until = net::deadline_in(share);
        while (asking->sources[i].state == State::waiting) {
            const bool told = co_await asking->changed.wait_until(until);
            if (!told) {
                break;
            }
        }
    }
    if (const auto* best = asking->best(); best != nullptr && !asking->is_settled()) {
        early(best->customer);
    }
    // Each source has a limit of its own; this one is for what nobody foresaw.
    const auto last = net::deadline_in(budgets_.crm + budgets_.own);
    while (!asking->is_settled()) {
        const bool told = co_await asking->changed.wait_until(last);
        if (!told) {
            break;
        }
    }
    co_return asking->answer();
}

asio::awaitable<void> CustomerSource::ask_connector(
    std::shared_ptr<Asking> asking, std::size_t place, std::string enterprise, std::string phone
) {
    using State = Asking::State;
    const Asking::Settled settled{*asking, place};
    const auto& connector = *asking->sources[place].connector;
    if (connector.url.empty()) {
        co_return;
    }
    auto request = request_for(connector, enterprise, phone);
    const auto outcome = co_await client_.send(std::move(request));
    if (!outcome || outcome->status != 200) {
        co_return;
    }
    auto customer = customer_from_connector(outcome->body, connector.key);
    if (!customer) {
        co_return;
    }
    const auto state = customer->is_known() ? State::known : State::unknown;
    asking->settle(place, state, std::move(*customer));
}

asio::awaitable<void> CustomerSource::ask_contacts(
    std::shared_ptr<Asking> asking, std::size_t place, std::string enterprise, std::string phone
) {
    using State = Asking::State;
    const Asking::Settled settled{*asking, place};
    auto found = co_await own_.customer_of(
        std::move(enterprise), std::move(phone), net::deadline_in(budgets_.own)
    );
    if (!found) {
        co_return;
    }
    if (*found && (*found)->is_known()) {
        asking->settle(place, State::known, std::move(**found));
    } else {
        asking->settle(place, State::unknown);
    }
}

asio::awaitable<void> CustomerSource::ask_own(
    std::shared_ptr<Asking> asking, std::string enterprise, std::string phone
) {
    using State = Asking::State;
    const auto place = asking->sources.size() - 1;
    const Asking::Settled settled{*asking, place};
    const auto name = co_await store_.name_of(
        std::move(enterprise), std::move(phone), net::deadline_in(budgets_.own)
    );
    if (!name) {
        co_return;
    }
    const auto& known = *name;
    if (!known) {
        asking->settle(place, State::unknown);
    } else {
        Customer customer;
        customer.name = tidy_text(*known);
        customer.source = "own";
        const auto state = customer.is_known() ? State::known : State::unknown;
        asking->settle(place, state, std::move(customer));
    }
}

httpc::Request CustomerSource::request_for(
    const Connector& connector, const std::string& enterprise, const std::string& phone
) const {
    httpc::Request request;
    request.url = connector.url + "/internal/" + connector.name + "/customer/" +
                  base::percent_encode(enterprise) + "/" + base::percent_encode(phone);
    if (!internal_token_.empty()) {
        request.headers.emplace_back("Authorization", "Bearer " + internal_token_);
    }
    request.timeout = budgets_.crm;
    request.retry_safe = true;
    request.max_response_bytes = largest_answer;
    request.peer = connector.name;
    return request;
}

}  // namespace trunkline::integration_cache
