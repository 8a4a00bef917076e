#pragma once

#include <chrono>
#include <functional>

#include "base/log.hpp"
#include "card_audience.hpp"
#include "card_store.hpp"
#include "contract/card_update.hpp"
#include "names.hpp"
#include "net/task_group.hpp"
#include "outbox/worker.hpp"
#include "tenants/directory.hpp"

namespace trunkline::telegram {

struct CardUpdatesSettings {
    std::chrono::milliseconds name_budget{20};
    call::FinalMode final_mode = call::FinalMode::replace;
    /// How long the end of a call whose events came out of order waits for the rest of them.
    std::chrono::milliseconds settle{2'000};
    bool show_line = false;
    bool show_recording = false;
    /// A recording's link cannot be a button (its host has no dot): a comment tells it.
    bool comment_recording = false;
    /// The link as people may use it: signed, expiring. Not called for calls without one.
    std::function<std::string(const std::string& enterprise, const call::Call& call)> link;
};

/// Works the queue `telegram`: what a call's change means for each chat is written down; sending is
/// the Sender's. A name that is not there within the budget is written in when it comes.
class CardUpdates {
public:
    using Wanted = std::function<
        void(std::int64_t bot, const CardKey& key, bool is_final, std::chrono::milliseconds hold)>;

    CardUpdates(
        asio::any_io_executor executor,
        CardStore& store,
        Names& names,
        tenants::Directory& directory,
        CardAudience& audience,
        Wanted wanted,
        CardUpdatesSettings settings
    );

    asio::awaitable<outbox::Verdict> take(const outbox::Item& item);

    static outbox::WorkerSettings worker_settings();

    /// Gives up on names that are still to come.
    asio::awaitable<void> stop();

private:
    struct Asked;
    /// Waits for the names until the deadline. Why it could not be written down; empty if it was.
    asio::awaitable<std::string> show(
        contract::CardUpdate update,
        const Asked& asked,
        net::Deadline names_by,
        std::string trace_id
    );
    asio::awaitable<std::string> absorb(const contract::CardUpdate& update);

    Asked ask(const tenants::Enterprise& enterprise, const call::Call& call);
    void wait_for_names(contract::CardUpdate update, std::string trace_id);
    asio::awaitable<void> add_late_names(contract::CardUpdate update, std::string trace_id);

    CardStore& store_;
    Names& names_;
    tenants::Directory& directory_;
    CardAudience& audience_;
    Wanted wanted_;
    CardUpdatesSettings settings_;
    base::Logger logger_{"telegram"};
    net::TaskGroup late_;
};

/// The part of a bot's token that may be shown: the number before the colon; 0 if there is none.
std::int64_t bot_id(const std::string& token);

}  // namespace trunkline::telegram
