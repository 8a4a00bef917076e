#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/log.hpp"
#include "bot_api.hpp"
#include "bot_figures.hpp"
#include "card_store.hpp"
#include "metrics/registry.hpp"
#include "net/task_group.hpp"
#include "pacing.hpp"
#include "reactions.hpp"
#include "schedule.hpp"
#include "tenants/directory.hpp"

namespace trunkline::telegram {

/// One request for one card: sends it, and keeps what came of it (contracts/telegram.md section 7).
/// One executor.
class Delivery {
public:
    Delivery(
        asio::any_io_executor executor,
        CardStore& store,
        BotApi& api,
        tenants::Directory& directory,
        Pacing& pacing,
        BotFigures& figures,
        metrics::Registry& registry
    );
    ~Delivery();
    Delivery(const Delivery&) = delete;
    Delivery& operator=(const Delivery&) = delete;

    struct Task {
        BegunCard card;
        DueCard due;
    };
    struct Answer {
        Reaction reaction;
        RequestEnd end;
    };
    /// The request and its answer; nothing is kept yet.
    asio::awaitable<Answer> ask(Task task);

    /// What the schedule must know of.
    struct Ending {
        std::optional<DueCard> again;
        std::optional<DueCard> digest;  ///< Another card that has something to do now.
        bool look_again = false;        ///< Other cards of the bot have changed.
    };
    /// Keeps what came of it, for as long as it takes: an answer that were forgotten would be a
    /// second message. Only with the request's own epoch, so that it may come late.
    asio::awaitable<Ending> keep(Task task, Answer answer);
    /// The same for a card that needs no request.
    asio::awaitable<Ending> keep(Task task);

    /// An enterprise has changed: a bot that was stopped for its token may go on with another one.
    /// Returns the bots that may.
    std::vector<std::int64_t> recheck_tokens();

    /// Writes what is left until the deadline.
    asio::awaitable<void> drain(net::Deadline deadline);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace trunkline::telegram
