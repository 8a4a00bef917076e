#include "names.hpp"

#include <utility>

#include "base/text.hpp"
#include "json/reader.hpp"

namespace trunkline::telegram {
namespace {

/// 8020 itself answers within 300 ms; this is for its own bad days.
constexpr auto request_limit = std::chrono::milliseconds(2'000);
/// Long enough for the states of most calls, short enough that a name put right in the CRM soon
/// shows.
constexpr auto memory = std::chrono::seconds(60);
constexpr std::size_t max_entries = 10'000;

}  // namespace

Names::Names(
    asio::any_io_executor executor,
    httpc::Client& client,
    std::string names_url,
    std::string internal_token,
    std::chrono::milliseconds budget
)
    : executor_(executor),
      client_(client),
      url_(std::move(names_url)),
      internal_token_(std::move(internal_token)),
      budget_(budget),
      tasks_(executor, "names") {}

asio::awaitable<void> Names::stop() {
    tasks_.cancel();
    co_await tasks_.join();
}

asio::awaitable<std::string> Names::customer(std::string enterprise, std::string phone) {
    const auto digits = base::digits_of(phone);
    if (digits.empty()) {
        co_return std::string();
    }
    // The + says that the number is read already: the enterprise's rules are not for it.
    const auto entry = entry_of(enterprise, phone.starts_with('+') ? "+" + digits : digits);
    const auto deadline = net::deadline_in(budget_);
    while (!entry->done) {
        const bool told = co_await entry->told.wait_until(deadline);
        if (!told) {
            break;
        }
    }
    co_return entry->name;
}

/// What is known or being asked; starts asking if it is neither.
std::shared_ptr<Names::Entry> Names::entry_of(
    const std::string& enterprise, const std::string& number
) {
    const auto key = enterprise + '/' + number;
    const auto now = std::chrono::steady_clock::now();
    if (const auto known = entries_.find(key); known != entries_.end()) {
        const bool usable =
            !known->second->done || (!known->second->failed && known->second->expires > now);
        if (usable) {
            return known->second;
        }
    }
    if (entries_.size() >= max_entries) {
        forget_expired();
    }
    auto entry = std::make_shared<Entry>(executor_);
    if (entries_.size() >= max_entries) {
        // More callers at once than can be remembered: this one is shown without a name.
        entry->done = true;
        return entry;
    }
    entries_[key] = entry;
    tasks_.spawn("ask", ask(enterprise, number, entry));
    return entry;
}

void Names::forget_expired() {
    const auto now = std::chrono::steady_clock::now();
    std::erase_if(entries_, [now](const auto& item) {
        return item.second->done && item.second->expires <= now;
    });
}

asio::awaitable<void> Names::ask(
    std::string enterprise, std::string number, std::shared_ptr<Entry> entry
) {
    struct Finish {
        Entry& entry;
        ~Finish() {
            entry.done = true;
            entry.expires = std::chrono::steady_clock::now() + memory;
            entry.told.notify();
        }
    } finish{*entry};
    entry->failed = true;
    auto name = co_await request(std::move(enterprise), std::move(number));
    if (name) {
        entry->failed = false;
        entry->name = std::move(*name);
    }
}

asio::awaitable<std::optional<std::string>> Names::request(
    std::string enterprise, std::string number
) {
    httpc::Request request;
    request.url = url_ + "/customer-name/" + base::percent_encode(enterprise) + "/" +
                  base::percent_encode(number);
    request.timeout = request_limit;
    request.peer = "integration-cache";
    if (!internal_token_.empty()) {
        request.headers.emplace_back("Authorization", "Bearer " + internal_token_);
    }
    const auto outcome = co_await client_.send(std::move(request));
    if (!outcome || outcome->status != 200) {
        co_return std::nullopt;
    }
    const auto document = json::parse(outcome->body);
    if (!document) {
        co_return std::nullopt;
    }
    json::Reader reader(document->root());
    co_return std::optional(reader.optional_string("name").value_or(""));
}

}  // namespace trunkline::telegram
