#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "net/asio.hpp"
#include "pg/listener.hpp"
#include "pg/pool.hpp"
#include "tenants/enterprise.hpp"

namespace trunkline::tenants {

/// All enterprises in memory, kept fresh by NOTIFY (triggers of migration 0001), by a full reload
/// after each gap in listening and once a minute. What was read stays usable while the database is
/// away. One executor.
class Directory {
public:
    /// Pool and listener must outlive it. Adds its channel to `listener`, so make it before
    /// listener.start().
    Directory(asio::any_io_executor executor, pg::Pool& pool, pg::Listener& listener);
    ~Directory();

    void start();
    asio::awaitable<void> stop();

    /// Whether the table has been read at least once.
    bool is_loaded() const;
    std::size_t size() const;

    using Pointer = std::shared_ptr<const Enterprise>;
    /// By Token (name2) only: what ingest does.
    Pointer by_token(std::string_view token) const;
    Pointer by_number(std::string_view number) const;
    /// By the secret key in the addresses that CRMs and Telegram call.
    Pointer by_hook_key(std::string_view key) const;
    /// By number, then Token, then name (INTERFACES section 3).
    Pointer find(std::string_view any) const;
    /// The same, but asks the database when memory does not know it and it was not asked for this
    /// text in the last second: an enterprise that was added a moment ago is found at once.
    asio::awaitable<Pointer> find_or_load(std::string any, net::Deadline deadline);

    /// All of them as they are now, by number.
    std::vector<Pointer> all() const;
    /// Reads one enterprise, or all of them if `number` is empty, again. True: what the database
    /// held when this was called is in memory now. False: it did not answer by the deadline; it
    /// will be tried further.
    asio::awaitable<bool> reload(std::string number, net::Deadline deadline);

    /// Called after an enterprise was read anew or has gone; an empty number means any of them.
    void on_change(std::function<void(const std::string& number)> callback);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace trunkline::tenants
