#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "admission.hpp"
#include "base/log.hpp"
#include "event_store.hpp"
#include "journal/journal.hpp"
#include "journal_record.hpp"
#include "net/task_group.hpp"
#include "rejected_store.hpp"
#include "tenants/directory.hpp"

namespace trunkline::ingest {

/// Takes in what the journal held: decoded, looked up and judged again, since none of it was
/// certain when it was received. What is wrong with an event now is kept as rejected.
class Replay {
public:
    /// Whether PostgreSQL knows the Token.
    using KnowsToken = std::function<asio::awaitable<base::Result<bool>>(std::string token)>;

    Replay(
        const asio::any_io_executor& executor,
        EventStore& events,
        tenants::Directory& directory,
        const Admission& admission,
        RejectedStore& rejected,
        KnowsToken knows_token
    );

    /// All of the records, in order, in one commit as far as the store allows. An error: not all of
    /// them are stored; all may be given again, since an event that was stored before is a repeat.
    asio::awaitable<base::Result<>> take_in(const std::vector<journal::Record>& records);

    /// Ends what take_in() has begun; after its caller has ended.
    asio::awaitable<void> stop(net::Deadline deadline);

private:
    struct Batch;
    base::Result<> admit(const tenants::Enterprise& enterprise, const ReceivedEvent& event) const;
    asio::awaitable<base::Result<>> prepare(const ReceivedEvent& event, Batch& batch);
    asio::awaitable<base::Result<tenants::Directory::Pointer>> owner_of(std::string token);
    asio::awaitable<base::Result<>> store(std::shared_ptr<Batch> batch);
    asio::awaitable<void> store_one(std::shared_ptr<Batch> batch, std::size_t index);

    EventStore& events_;
    tenants::Directory& directory_;
    const Admission& admission_;
    RejectedStore& rejected_;
    KnowsToken knows_token_;
    base::Logger logger_{"journal"};
    net::TaskGroup stores_;
};

/// The row of an event out of the journal.
NewEvent replayed_row_of(
    const Incoming& incoming, const ReceivedEvent& event, std::string enterprise
);

}  // namespace trunkline::ingest
