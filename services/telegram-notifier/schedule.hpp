#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "base/clock.hpp"
#include "card_key.hpp"
#include "pacing.hpp"

namespace trunkline::telegram {

/// What of a card's request is to be left out or done differently because Telegram refused it once.
struct Manner {
    bool plain = false;      ///< Without HTML.
    bool shortened = false;  ///< Plain, and cut to what Telegram takes.
    bool no_keyboard = false;
    bool no_reply = false;
    bool caption = false;  ///< The message has a caption and no text.

    bool operator==(const Manner&) const = default;
};

/// A card whose chat does not show yet what it should.
struct DueCard {
    CardKey key;
    bool is_final = false;  ///< The call is over: what rings or talks now goes first.
    base::SteadyTime wanted_at;
    base::SteadyTime not_before;
    bool was_held = false;  ///< It had to wait for a limit or a pause.
    Manner manner;
};

/// Which card goes next. Per bot the most urgent one whose chat may take a request now; one request
/// per chat at a time. Calls that go on come before finished ones, but nobody waits for ever. Pure
/// but for the clock; not thread-safe.
class Schedule {
public:
    Schedule(const base::Clock& clock, Pacing& pacing) : clock_(clock), pacing_(pacing) {}

    /// A card that waits already keeps its place and its pause. While a request for it is out it is
    /// only remembered: finished() tells.
    void add(std::int64_t bot, DueCard card);

    struct Pick {
        std::int64_t bot = 0;
        DueCard card;
    };
    /// The cards to send now, at most `limit`; each counts as under way (Pacing::begin) until
    /// finished().
    std::vector<Pick> pick(std::size_t limit);

    /// The request is over; with `again` the card comes back, as it does if it was added meanwhile.
    void finished(std::int64_t bot, const CardKey& key, std::optional<DueCard> again);

    /// When pick() may have something again, if nothing is added or finished before.
    base::SteadyTime next() const;
    /// After a block was lifted.
    void look_again(std::int64_t bot);

    void forget(std::int64_t bot);
    bool is_idle(std::int64_t bot) const;
    std::size_t waiting(std::int64_t bot) const;
    std::size_t under_way() const { return under_way_; }

private:
    struct Bot {
        std::map<CardKey, DueCard> due;
        std::map<CardKey, std::optional<DueCard>> out;  ///< With what was added meanwhile.
        std::set<std::int64_t> busy_chats;
        base::SteadyTime look_at;
    };
    std::optional<DueCard> best(std::int64_t number, Bot& bot, base::SteadyTime now);

    const base::Clock& clock_;
    Pacing& pacing_;
    std::map<std::int64_t, Bot> bots_;
    std::size_t under_way_ = 0;
};

}  // namespace trunkline::telegram
