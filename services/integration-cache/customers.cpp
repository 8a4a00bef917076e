#include "customers.hpp"

#include <algorithm>
#include <utility>

namespace trunkline::integration_cache {
namespace {

/// Enterprises' numbers are free text.
std::string key_of(std::string_view enterprise, std::string_view phone) {
    std::string key;
    key.reserve(enterprise.size() + phone.size() + 1);
    key.append(phone).append("/").append(enterprise);
    return key;
}

}  // namespace

Customers::Customers(
    const asio::any_io_executor& executor,
    const base::Clock& clock,
    Settings settings,
    CustomerSource& source,
    SharedCache& shared,
    HitFigures& figures
)
    : executor_(executor),
      settings_(settings),
      source_(source),
      shared_(shared),
      figures_(figures),
      cache_(clock, settings.limits),
      tasks_(executor, "customers") {}

asio::awaitable<void> Customers::stop() {
    tasks_.cancel();
    co_await tasks_.join();
}

const std::string* Customers::fresh_name_answer(
    std::string_view enterprise, std::string_view phone
) {
    const auto* entry = cache_.find(enterprise, phone);
    if (entry == nullptr || !cache_.is_fresh(*entry)) {
        return nullptr;
    }
    figures_.add_hit();
    return &entry->name_answer;
}

asio::awaitable<Customer> Customers::look_up(
    std::shared_ptr<const tenants::Enterprise> enterprise, std::string phone
) {
    std::optional<Customer> outdated;
    if (const auto* entry = cache_.find(enterprise->number, phone)) {
        if (cache_.is_fresh(*entry)) {
            figures_.add_hit();
            co_return entry->customer;
        }
        if (entry->customer.is_known()) {
            outdated = entry->customer;
        }
        if (outdated && !cache_.may_ask(*entry)) {
            figures_.add_hit();
            ++stale_answers_;
            co_return std::move(*outdated);
        }
    }
    const auto question = join_or_ask(enterprise, phone, false);
    const auto patience = outdated ? settings_.short_patience : settings_.patience;
    const auto deadline = net::deadline_in(patience);
    while (question && !question->has_answer()) {
        const bool told = co_await question->changed.wait_until(deadline);
        if (!told) {
            break;
        }
    }
    const bool has_answer = question && question->has_answer();
    // Redis may have had something outdated too.
    const auto* entry = has_answer ? nullptr : cache_.find(enterprise->number, phone);
    if (entry != nullptr && entry->customer.is_known()) {
        outdated = entry->customer;
    }
    if (outdated && !has_answer) {
        figures_.add_hit();
        ++stale_answers_;
        co_return std::move(*outdated);
    }
    if (has_answer && question->was_shared) {
        figures_.add_hit();
    } else {
        figures_.add_miss();
    }
    co_return question ? question->customer : Customer{};
}

void Customers::refresh_due(const FindEnterprise& find) {
    for (const auto& place : cache_.take_due(settings_.most_refreshes)) {
        if (const auto enterprise = find(place.enterprise)) {
            (void)join_or_ask(enterprise, place.phone, true);
        }
    }
}

void Customers::overtake(const std::string& enterprise, const std::string& phone) {
    const auto is_meant = [&](const std::string& key) {
        return enterprise.empty() ||
               (phone.empty() ? key.ends_with("/" + enterprise) : key == key_of(enterprise, phone));
    };
    for (auto asked = asked_.begin(); asked != asked_.end();) {
        if (is_meant(asked->first)) {
            asked->second->is_overtaken = true;
            asked = asked_.erase(asked);
        } else {
            ++asked;
        }
    }
}

void Customers::forget(const std::string& enterprise, const std::string& phone) {
    overtake(enterprise, phone);
    if (phone.empty()) {
        cache_.forget(enterprise);
    } else {
        cache_.forget(enterprise, phone);
    }
}

void Customers::expire(const std::string& enterprise) {
    overtake(enterprise, "");
    cache_.expire(enterprise);
}

Customers::QuestionPointer Customers::join_or_ask(
    const std::shared_ptr<const tenants::Enterprise>& enterprise,
    const std::string& phone,
    bool is_refresh
) {
    const auto key = key_of(enterprise->number, phone);
    if (const auto asked = asked_.find(key); asked != asked_.end()) {
        return asked->second;
    }
    if (tasks_.size() >= settings_.most_questions) {
        ++refused_;
        return nullptr;
    }
    auto question = std::make_shared<Question>(executor_);
    asked_.emplace(key, question);
    tasks_.spawn("find out", find_out(enterprise, phone, question, is_refresh));
    return question;
}

asio::awaitable<void> Customers::find_out(
    std::shared_ptr<const tenants::Enterprise> enterprise,
    std::string phone,
    QuestionPointer question,
    bool is_refresh
) {
    struct Finish {
        Customers& self;
        std::string key;
        QuestionPointer question;
        ~Finish() {
            // Another one may have taken the place of an overtaken question.
            const auto asked = self.asked_.find(key);
            if (asked != self.asked_.end() && asked->second == question) {
                self.asked_.erase(asked);
            }
            question->is_settled = true;
            question->changed.notify();
        }
    };
    const Finish finish{*this, key_of(enterprise->number, phone), question};
    const auto found = co_await shared_.get(enterprise->number, phone);
    if (take_shared(found, enterprise->number, phone, *question, is_refresh)) {
        co_return;
    }
    ++questions_;
    std::function<void(const Customer&)> early = [question](const Customer& customer) {
        question->customer = customer;
        question->changed.notify();
    };
    const auto answer = co_await source_.ask(enterprise, phone, std::move(early));
    const bool is_worth_sharing = keep(answer, enterprise->number, phone, *question);
    question->is_settled = true;
    question->changed.notify();
    if (is_worth_sharing) {
        const auto& limits = settings_.limits;
        SharedCustomer shared{
            answer.customer,
            base::system_clock().now(),
            answer.customer.is_known() ? limits.present : limits.absent
        };
        co_await shared_.put(enterprise->number, phone, std::move(shared), found.generation);
    }
}

// An outdated one is put too, so that there is something to show if the sources are away.
bool Customers::take_shared(
    const SharedCache::Found& found,
    const std::string& enterprise,
    const std::string& phone,
    Question& question,
    bool is_refresh
) {
    using std::chrono::milliseconds;
    if (!found.shared || question.is_overtaken) {
        return false;
    }
    const auto& shared = *found.shared;
    const auto age =
        std::chrono::duration_cast<milliseconds>(base::system_clock().now() - shared.filled);
    const auto most =
        shared.customer.is_known() ? settings_.limits.present : settings_.limits.absent;
    const auto life = std::min(shared.life, most);
    const auto left = std::clamp(life - age, milliseconds(0), most);
    // A refresh wants something younger than what it refreshes.
    if (left > (is_refresh ? life / 2 : milliseconds(0))) {
        cache_.put(enterprise, phone, shared.customer, left);
        question.customer = shared.customer;
        question.was_shared = true;
        return true;
    }
    if (shared.customer.is_known() && cache_.find(enterprise, phone) == nullptr) {
        cache_.put(enterprise, phone, shared.customer, milliseconds(0));
    }
    return false;
}

bool Customers::keep(
    const CustomerSource::Answer& answer,
    const std::string& enterprise,
    const std::string& phone,
    Question& question
) {
    question.customer = answer.customer;
    // Better what we knew than what somebody less important says while the important one is away.
    const auto* known = answer.is_doubtful ? cache_.find(enterprise, phone) : nullptr;
    if (known != nullptr && known->customer.is_known()) {
        question.customer = known->customer;
        cache_.postpone(enterprise, phone);
    } else if (!question.is_overtaken && answer.is_doubtful) {
        cache_.put(enterprise, phone, answer.customer, settings_.limits.failed);
    } else if (!question.is_overtaken) {
        cache_.put(enterprise, phone, answer.customer);
    }
    return !answer.is_doubtful && !question.is_overtaken;
}

}  // namespace trunkline::integration_cache
