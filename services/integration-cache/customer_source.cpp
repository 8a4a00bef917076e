#include "name_source.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/text.hpp"
#include "json/reader.hpp"

namespace trunkline::integration_cache {
namespace {

/// What an asker waits at the most (SPEC section 6), and what one source may take.
constexpr auto asker_budget = std::chrono::milliseconds(300);
constexpr auto source_budget = std::chrono::milliseconds(2000);
constexpr std::size_t max_lookups = 256;

/// The primary CRM first, then the others in their fixed order.
std::vector<const Connector*> in_order(
    const tenants::Enterprise& enterprise, const std::vector<Connector>& connectors
) {
    std::vector<const Connector*> out;
    const auto primary = enterprise.primary();
    for (const auto& connector : connectors) {
        if (!connector.url.empty() && enterprise.is_enabled(connector.key)) {
            out.push_back(&connector);
        }
    }
    const auto first = std::ranges::find(out, primary, &Connector::key);
    if (first != out.end()) {
        std::rotate(out.begin(), first, first + 1);
    }
    return out;
}

}  // namespace

NameSource::NameSource(
    asio::any_io_executor executor,
    httpc::Client& client,
    DispatchStore& store,
    const std::vector<Connector>& connectors,
    std::string internal_token
)
    : executor_(executor),
      client_(client),
      store_(store),
      connectors_(connectors),
      internal_token_(std::move(internal_token)),
      cache_(base::system_clock(), {}),
      tasks_(executor, "names") {}

asio::awaitable<void> NameSource::stop() {
    tasks_.cancel();
    co_await tasks_.join();
}

asio::awaitable<std::string> NameSource::name_of(
    std::shared_ptr<const tenants::Enterprise> enterprise, std::string phone
) {
    if (auto known = cache_.find(enterprise->number, phone)) {
        co_return std::move(*known);
    }
    const auto key = enterprise->number + '/' + phone;
    auto found = pending_.find(key);
    if (found == pending_.end()) {
        if (pending_.size() >= max_lookups) {
            co_return std::string();
        }
        found = pending_.emplace(key, std::make_shared<Pending>(executor_)).first;
        tasks_.spawn("look up", look_up(enterprise, phone, found->second));
    }
    const auto pending = found->second;
    const auto deadline = net::deadline_in(asker_budget);
    while (!pending->done) {
        const bool told = co_await pending->decided.wait_until(deadline);
        if (!told) {
            break;
        }
    }
    co_return pending->name;
}

asio::awaitable<void> NameSource::look_up(
    std::shared_ptr<const tenants::Enterprise> enterprise,
    std::string phone,
    std::shared_ptr<Pending> pending
) {
    struct Finish {
        NameSource& source;
        std::string key;
        Pending& pending;
        ~Finish() {
            source.pending_.erase(key);
            pending.done = true;
            pending.decided.notify();
        }
    } finish{*this, enterprise->number + '/' + phone, *pending};
    bool certain = true;
    auto name = co_await ask_all(*enterprise, phone, certain);
    // "Nobody knows" is remembered only if everybody said so.
    if (!name.empty() || certain) {
        cache_.put(enterprise->number, phone, name);
    }
    pending->name = std::move(name);
}

asio::awaitable<std::string> NameSource::ask_all(
    const tenants::Enterprise& enterprise, const std::string& phone, bool& certain
) {
    for (const auto* connector : in_order(enterprise, connectors_)) {
        auto name = co_await ask_connector(*connector, enterprise.number, phone);
        if (!name) {
            certain = false;
        } else if (!name->empty()) {
            co_return std::move(*name);
        }
    }
    auto own = co_await store_.customer_name(enterprise.number, base::digits_of(phone));
    if (!own) {
        certain = false;
        co_return std::string();
    }
    co_return own->value_or("");
}

asio::awaitable<std::optional<std::string>> NameSource::ask_connector(
    const Connector& connector, std::string enterprise, std::string phone
) {
    httpc::Request request;
    request.url = connector.url + "/internal/" + connector.name + "/customer/" +
                  base::percent_encode(enterprise) + "/" + base::percent_encode(phone);
    if (!internal_token_.empty()) {
        request.headers.emplace_back("Authorization", "Bearer " + internal_token_);
    }
    request.timeout = source_budget;
    request.retry_safe = true;
    request.peer = connector.name;
    const auto outcome = co_await client_.send(std::move(request));
    if (!outcome || outcome->status != 200) {
        co_return std::nullopt;
    }
    const auto document = json::parse(outcome->body);
    if (!document) {
        co_return std::nullopt;
    }
    json::Reader reader(document->root());
    const auto is_found = reader.optional_bool("found").value_or(false);
    co_return std::optional(is_found ? reader.optional_string("name").value_or("") : std::string());
}

}  // namespace trunkline::integration_cache
