#pragma once

#include <map>
#include <string>
#include <vector>

#include "net/asio.hpp"
#include "outbox/message.hpp"
#include "pg/pool.hpp"

namespace trunkline::integration_cache {

/// An event on its way into the queue `crm`.
struct NewDispatch {
    std::string enterprise_number;
    std::string unique_id;
    std::string call_uuid;
    std::string event_type;
    std::string key;  ///< dispatch_key().
    std::string trace_id;
    bool is_hangup = false;
    std::vector<outbox::Message>
        synthetic_dials;        ///< Go first, if no dial of this call was ever accepted.
    std::string synthetic_key;  ///< The dispatch key of that dial.
    std::vector<outbox::Message> messages;
    std::map<std::string, std::string> skipped;
};

/// What 8020 has accepted. Any executor's own.
class DispatchStore {
public:
    explicit DispatchStore(pg::Pool& pool) : pool_(pool) {}

    /// True: accepted now, in one commit with its messages. False: a repeat, nothing was changed.
    asio::awaitable<base::Result<bool>> accept(NewDispatch dispatch);

private:
    static asio::awaitable<base::Result<bool>> accept_in(
        pg::Session& session, const NewDispatch& dispatch
    );

    pg::Pool& pool_;
};

}  // namespace trunkline::integration_cache
