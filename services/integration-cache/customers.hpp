#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "customer_cache.hpp"
#include "customer_source.hpp"
#include "hit_figures.hpp"
#include "net/event.hpp"
#include "net/task_group.hpp"
#include "shared_cache.hpp"
#include "tenants/enterprise.hpp"

namespace trunkline::integration_cache {

/// Who numbers belong to: from memory, else from Redis, else from the sources. Many askers of one
/// number cause one question. What is in use is asked for again before its time is over; what is
/// too old is shown while it is asked for again, or cannot be. One executor.
class Customers {
public:
    struct Settings {
        CustomerCache::Limits limits;
        /// What an asker waits at the most (SPEC section 6: 300 ms with all around it).
        std::chrono::milliseconds patience{240};
        /// The same when there is something outdated to be shown.
        std::chrono::milliseconds short_patience{10};
        std::size_t most_questions = 2048;  ///< Under way at once.
        std::size_t most_refreshes = 256;   ///< Of these, started in one turn of refresh_due().
    };

    /// All references must outlive it.
    Customers(
        const asio::any_io_executor& executor,
        const base::Clock& clock,
        Settings settings,
        CustomerSource& source,
        SharedCache& shared,
        HitFigures& figures
    );

    /// The answer of /customer-name if it is in memory and fresh, for the hot path; counts as a
    /// hit. Null: look_up() it. Lives until the next call of anything.
    const std::string* fresh_name_answer(std::string_view enterprise, std::string_view phone);

    /// Nobody, if nobody knows or nobody answered in time; a late answer is there for the next
    /// asker. Counts as a hit or a miss.
    asio::awaitable<Customer> look_up(
        std::shared_ptr<const tenants::Enterprise> enterprise, std::string phone
    );

    /// Asks again for what is in use and will soon be too old. `find` gives an enterprise by its
    /// number, or null.
    using FindEnterprise =
        std::function<std::shared_ptr<const tenants::Enterprise>(const std::string& number)>;
    void refresh_due(const FindEnterprise& find);

    /// In this process; answers to questions that are under way are not kept. An empty phone: all
    /// of the enterprise's.
    void forget(const std::string& enterprise, const std::string& phone = {});
    /// Asks for all of an enterprise's again, or for everything if it is empty, but shows what
    /// there is until then.
    void expire(const std::string& enterprise = {});

    const CustomerCache& cache() const { return cache_; }
    std::uint64_t stale_answers() const { return stale_answers_; }
    std::uint64_t questions() const { return questions_; }
    std::uint64_t refused() const { return refused_; }

    asio::awaitable<void> stop();

private:
    struct Question {
        explicit Question(asio::any_io_executor executor) : changed(std::move(executor)) {}
        net::Event changed;
        Customer customer;          ///< The best so far.
        bool is_settled = false;    ///< No better one will come.
        bool was_shared = false;    ///< It came out of Redis.
        bool is_overtaken = false;  ///< Must not be kept: it was forgotten meanwhile.

        bool has_answer() const { return is_settled || customer.is_known(); }
    };
    using QuestionPointer = std::shared_ptr<Question>;

    /// Null: too many are under way.
    QuestionPointer join_or_ask(
        const std::shared_ptr<const tenants::Enterprise>& enterprise,
        const std::string& phone,
        bool is_refresh
    );
    asio::awaitable<void> find_out(
        std::shared_ptr<const tenants::Enterprise> enterprise,
        std::string phone,
        QuestionPointer question,
        bool is_refresh
    );
    /// Questions under way about an enterprise (empty: all) and a number (empty: all of its).
    void overtake(const std::string& enterprise, const std::string& phone);
    bool take_shared(
        const SharedCache::Found& found,
        const std::string& enterprise,
        const std::string& phone,
        Question& question,
        bool is_refresh
    );
    /// What is to be kept in Redis, if anything.
    bool keep(
        const CustomerSource::Answer& answer,
        const std::string& enterprise,
        const std::string& phone,
        Question& question
    );

    asio::any_io_executor executor_;
    Settings settings_;
    CustomerSource& source_;
    SharedCache& shared_;
    HitFigures& figures_;
    CustomerCache cache_;
    std::unordered_map<std::string, QuestionPointer> asked_;
    std::uint64_t stale_answers_ = 0;
    std::uint64_t questions_ = 0;
    std::uint64_t refused_ = 0;
    net::TaskGroup tasks_;
};

}  // namespace trunkline::integration_cache
