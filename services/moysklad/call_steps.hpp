#pragma once

#include <optional>
#include <string>

#include "api.hpp"
#include "call_note.hpp"
#include "connector/service.hpp"

namespace trunkline::moysklad {

/// The steps of calls in MoySklad: create, card events, end, recording, in that order
/// (contracts/moysklad.md section 3).
///
/// Every request that changes something is written down in the call's note before it is sent, with
/// the number of its card event, and once more when its outcome is known. Whoever finds a doubt
/// there, after a lost answer or a crash, asks MoySklad first, by an update that changes nothing,
/// and sends only what is missing. Card events alone cannot be asked for: one whose outcome stayed
/// unknown is sent again with a new number, and counted.
class CallSteps {
public:
    CallSteps(const connector::Parts& parts, const Api& api);

    asio::awaitable<connector::Answer> take(const connector::Step& step);

private:
    /// What is known about one step while it is taken.
    struct Work {
        const connector::Step& step;
        Account account;
        Context context;
        CallNote note;
        net::Deadline until;
        bool is_unknown = false;  ///< A request's outcome: it may be asked for at once.

        const std::string& enterprise() const { return step.event.enterprise_number; }
    };

    asio::awaitable<connector::Answer> take_once(Work& work);
    asio::awaitable<connector::Answer> ring(Work& work);
    asio::awaitable<connector::Answer> talk(Work& work);
    asio::awaitable<connector::Answer> finish(Work& work);

    asio::awaitable<connector::Answer> create(Work& work);
    asio::awaitable<connector::Answer> change_cards(Work& work, std::vector<CardChange> changes);
    asio::awaitable<connector::Answer> create_ended(Work& work);
    /// `with_link`: the recording is not known to be there. `may_create`: a call that MoySklad does
    /// not have is made anew.
    asio::awaitable<connector::Answer> tell_end(
        Work& work, Stored stored, bool with_link, bool may_create
    );

    /// Whether MoySklad has the call, and what of it: by an update that changes nothing.
    struct Found {
        std::optional<Stored> stored;  ///< Nothing: it does not have it.
        connector::Reply reply;
        bool is_answered = false;
    };
    asio::awaitable<Found> ask(Work& work);
    asio::awaitable<connector::Reply> send(
        Work& work, connector::Order order, connector::Priority priority
    );
    asio::awaitable<void> forget_link(Work& work);
    asio::awaitable<base::Result<>> keep(Work& work);
    /// Leaves a doubt behind: from now on the request may have been sent.
    asio::awaitable<base::Result<>> keep_doubt(Work& work, std::string doubt);

    connector::Parts parts_;
    const Api& api_;
};

}  // namespace trunkline::moysklad
