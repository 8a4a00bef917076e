#pragma once

#include "base/log.hpp"
#include "courier.hpp"
#include "digest_store.hpp"
#include "metrics/registry.hpp"
#include "net/task_group.hpp"
#include "tenants/directory.hpp"

namespace trunkline::telegram {

/// Sends the digests that are due. Several processes may do so at once. One executor.
class Digests {
public:
    Digests(
        const asio::any_io_executor& executor,
        pg::Pool& pool,
        DigestStore& store,
        Courier& courier,
        tenants::Directory& directory,
        metrics::Registry& registry
    );

    void start();
    /// Begins no more, lets those under way end until `deadline`.
    asio::awaitable<void> drain(net::Deadline deadline);

private:
    asio::awaitable<void> run();
    asio::awaitable<void> send(ClaimedDigest digest);
    asio::awaitable<base::Result<>> obey(ClaimedDigest digest, BotIdentity bot, Reaction reaction);

    pg::Pool& pool_;
    DigestStore& store_;
    Courier& courier_;
    tenants::Directory& directory_;
    metrics::Counter& sent_;
    metrics::Counter& possible_doubles_;
    base::Logger logger_{"telegram"};
    net::TaskGroup loop_;
    net::TaskGroup sends_;
};

}  // namespace trunkline::telegram
