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

struct Names::Answer::Entry {
    explicit Entry(asio::any_io_executor executor) : told(std::move(executor)) {}
    net::Event told;
    bool is_done = false;
    bool has_failed = false;
    std::string name;
    base::SteadyTime expires;
};

std::string Names::Answer::name() const { return entry_->name; }

bool Names::Answer::is_known() const { return entry_->is_done && !entry_->has_failed; }

asio::awaitable<bool> Names::Answer::wait(net::Deadline deadline) const {
    // The answer may be forgotten meanwhile.
    const auto entry = entry_;
    while (!entry->is_done) {
        const bool told = co_await entry->told.wait_until(deadline);
        if (!told) {
            break;
        }
    }
    co_return entry->is_done;
}

Names::Names(
    asio::any_io_executor executor,
    httpc::Client& client,
    std::string names_url,
    std::string internal_token
)
    : executor_(executor),
      client_(client),
      url_(std::move(names_url)),
      internal_token_(std::move(internal_token)),
      tasks_(executor, "names") {}

asio::awaitable<void> Names::stop() {
    tasks_.cancel();
    co_await tasks_.join();
}

Names::Answer Names::customer(const std::string& enterprise, const std::string& phone) {
    const auto digits = base::digits_of(phone);
    // The + says that the number is read already: the enterprise's rules are not for it.
    const auto number = phone.starts_with('+') ? "+" + digits : digits;
    return ask(
        digits.empty() ? std::string()
                       : "/customer-name/" + base::percent_encode(enterprise) + "/" +
                             base::percent_encode(number),
        "name"
    );
}

Names::Answer Names::manager(const std::string& enterprise, const std::string& extension) {
    return ask(
        "/metadata/" + base::percent_encode(enterprise) + "/manager/" +
            base::percent_encode(extension),
        "full_name"
    );
}

Names::Answer Names::line(const std::string& enterprise, const std::string& line) {
    return ask(
        "/metadata/" + base::percent_encode(enterprise) + "/line/" + base::percent_encode(line),
        "name"
    );
}

Names::Answer Names::ask(std::string path, std::string member) {
    Answer answer;
    const auto now = std::chrono::steady_clock::now();
    if (const auto known = entries_.find(path); known != entries_.end()) {
        const auto& entry = *known->second;
        if (!entry.is_done || (!entry.has_failed && entry.expires > now)) {
            answer.entry_ = known->second;
            return answer;
        }
    }
    if (entries_.size() >= max_entries) {
        forget_expired();
    }
    answer.entry_ = std::make_shared<Entry>(executor_);
    if (path.empty() || entries_.size() >= max_entries) {
        // Nothing to ask for, or more names at once than can be remembered.
        answer.entry_->is_done = true;
        return answer;
    }
    entries_[path] = answer.entry_;
    tasks_.spawn("ask", look_up(std::move(path), std::move(member), answer.entry_));
    return answer;
}

void Names::forget_expired() {
    const auto now = std::chrono::steady_clock::now();
    std::erase_if(entries_, [now](const auto& item) {
        return item.second->is_done && item.second->expires <= now;
    });
}

asio::awaitable<void> Names::look_up(
    std::string path, std::string member, std::shared_ptr<Entry> entry
) {
    struct Finish {
        Entry& entry;
        ~Finish() {
            entry.is_done = true;
            entry.expires = std::chrono::steady_clock::now() + memory;
            entry.told.notify();
        }
    } finish{*entry};
    entry->has_failed = true;
    auto name = co_await request(std::move(path), std::move(member));
    if (name) {
        entry->has_failed = false;
        entry->name = std::move(*name);
    }
}

asio::awaitable<std::optional<std::string>> Names::request(std::string path, std::string member) {
    httpc::Request request;
    request.url = url_ + path;
    request.timeout = request_limit;
    request.peer = "integration-cache";
    if (!internal_token_.empty()) {
        request.headers.emplace_back("Authorization", "Bearer " + internal_token_);
    }
    const auto outcome = co_await client_.send(std::move(request));
    // An 8020 that does not know the question will not know the answer later either.
    if (outcome && outcome->status == 404) {
        co_return std::optional<std::string>("");
    }
    if (!outcome || outcome->status != 200) {
        co_return std::nullopt;
    }
    const auto document = json::parse(outcome->body);
    if (!document) {
        co_return std::nullopt;
    }
    json::Reader reader(document->root());
    co_return std::optional(reader.optional_string(member).value_or(""));
}

}  // namespace trunkline::telegram
