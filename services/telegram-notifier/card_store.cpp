#include "card_store.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <utility>

#include "base/ids.hpp"
#include "card_sql.hpp"
#include "json/document.hpp"

namespace trunkline::telegram {
namespace {

using Texts = std::vector<std::string>;
using Numbers = std::vector<std::int64_t>;

// Every statement on one begun card starts with these parameters: the fence is part of the key.
constexpr auto fenced =
    " WHERE enterprise_number = $1 AND call_uuid = $2::uuid AND chat_id = $3 AND epoch = $4";

pg::Params fence_of(const BegunCard& card) {
    return pg::Params::of(card.key.enterprise, card.key.call_uuid, card.key.chat, card.epoch);
}

constexpr std::array<std::pair<std::string_view, CardAction>, 7> actions{{
    {"send", CardAction::send},
    {"edit", CardAction::edit},
    {"remove", CardAction::remove},
    {"comment", CardAction::comment},
    {"settle", CardAction::settle},
    {"digest", CardAction::digest},
    {"expire", CardAction::expire},
}};

CardAction action_of(std::string_view name) {
    const auto* const found =
        std::ranges::find(actions, name, &std::pair<std::string_view, CardAction>::first);
    return found == actions.end() ? CardAction::settle : found->second;
}

std::string name_of(CardAction action) {
    return std::string(
        std::ranges::find(actions, action, &std::pair<std::string_view, CardAction>::second)->first
    );
}

CardKey key_of(const pg::Row& row) {
    return {
        std::string(row.text("enterprise_number")),
        std::string(row.text("call_uuid")),
        row.integer("chat_id")
    };
}

BegunCard begun_of(const pg::Row& row) {
    BegunCard card;
    card.key = key_of(row);
    card.bot = row.integer("bot_id");
    card.action = action_of(row.text("action"));
    card.unique_id = row.text("unique_id");
    card.message_id = row.optional_integer("message_id");
    card.old_message_id = row.optional_integer("old_message_id");
    card.reply_to = row.optional_integer("reply_to");
    card.text = row.text("text");
    card.keyboard = row.text("keyboard");
    card.version = static_cast<int>(row.integer("wanted_version"));
    card.attempts = static_cast<int>(row.integer("attempts"));
    card.unknown_sends = static_cast<int>(row.integer("unknown_sends"));
    card.is_final = row.boolean("is_final");
    card.epoch = row.integer("epoch");
    card.log_id = row.optional_integer("log_id").value_or(0);
    card.event_at = row.optional_time("event_at");
    card.trace_id = row.text("trace_id");
    return card;
}

base::Duration seconds(double value) {
    return std::chrono::duration_cast<base::Duration>(std::chrono::duration<double>(value));
}

std::int64_t milliseconds(std::chrono::milliseconds value) {
    return static_cast<std::int64_t>(value.count());
}

pg::Query end_query(const BegunCard& card, const RequestEnd& end) {
    return {
        "UPDATE asterisk_logs SET status = $2, answer = $3, message_id = coalesce($4::bigint, "
        "message_id), duration_ms = $5, sent_at = $6, finished_at = now(), outcome = $7 WHERE id = "
        "$1",
        pg::Params::of(
            card.log_id,
            end.status,
            end.answer,
            end.message_id,
            end.duration_ms,
            end.sent_at,
            end.outcome
        )
    };
}

/// For what may be lost when PostgreSQL itself dies, since the work behind it then comes again: a
/// change that is wanted stays in the outbox, whose later removal is lost with it, and an answer
/// that is lost leaves its request begun, of unknown outcome. A begun request is never lost.
pg::Query without_waiting_for_disk() {
    return {"SELECT set_config('synchronous_commit', 'off', true)", pg::Params()};
}

/// What the chat shows stands for all that led to it, overtaken states too. The bound lets the
/// planner leave old partitions alone.
pg::Query mark_query(const BegunCard& card) {
    return {
        "UPDATE call_events e SET telegram_sent = true FROM call_event_links l WHERE "
        "l.enterprise_number = $1 AND l.call_uuid = $2::uuid AND l.event_timestamp <= $3 "
        "AND l.event_timestamp > now() - interval '2 days' "
        "AND e.enterprise_number = $1 AND e.event_timestamp = l.event_timestamp "
        "AND e.event_id = l.event_id AND NOT e.telegram_sent",
        pg::Params::of(card.key.enterprise, card.key.call_uuid, card.event_at)
    };
}

base::Result<> nothing_of(const base::Result<std::vector<pg::Rows>>& rows) {
    return rows ? base::Result<>{} : base::Result<>(std::unexpected(rows.error()));
}

base::Result<> nothing_of(const base::Result<pg::Rows>& rows) {
    return rows ? base::Result<>{} : base::Result<>(std::unexpected(rows.error()));
}

base::Result<std::string> first_text(const base::Result<pg::Rows>& rows) {
    if (!rows) {
        return std::unexpected(rows.error());
    }
    return std::string(rows->front().text(0));
}

/// A state that no snapshot comes after: of a call that turned out to be another one.
call::CardState absorbed_state() {
    call::CardState state;
    state.phase = call::Phase::done;
    state.revision = std::uint64_t{1} << 62U;
    return state;
}

}  // namespace

std::string_view method_of(CardAction action) {
    switch (action) {
        case CardAction::send:
        case CardAction::comment:
            return "sendMessage";
        case CardAction::edit:
            return "editMessageText";
        case CardAction::remove:
            return "deleteMessage";
        default:
            return "";
    }
}

asio::awaitable<base::Result<std::vector<std::pair<std::int64_t, call::CardState>>>>
CardStore::states(std::string enterprise, std::string call_uuid) {
    const auto rows = co_await pool_.execute(
        "SELECT chat_id, card::text AS card FROM telegram_messages WHERE enterprise_number = $1 "
        "AND call_uuid = $2::uuid",
        pg::Params::of(enterprise, call_uuid)
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    std::vector<std::pair<std::int64_t, call::CardState>> out;
    for (const auto& row : *rows) {
        const auto document = json::parse(row.text("card"));
        auto state = document ? call::card_state_from_json(document->root())
                              : base::Result<call::CardState>();
        out.emplace_back(row.integer("chat_id"), state ? std::move(*state) : call::CardState{});
    }
    co_return out;
}

asio::awaitable<base::Result<>> CardStore::want(std::vector<WantedCard> cards) {
    // In one order everywhere, or two transactions could wait for each other.
    std::ranges::sort(cards, {}, &WantedCard::key);
    std::vector<pg::Query> queries;
    queries.push_back(without_waiting_for_disk());
    for (const auto& card : cards) {
        queries.push_back(
            {sql::want,
             pg::Params::of(
                 card.key.enterprise,
                 card.key.call_uuid,
                 card.key.chat,
                 card.unique_id,
                 card.bot,
                 call::to_json(card.state),
                 card.state.text,
                 card.comment,
                 card.keyboard,
                 card.phone,
                 card.is_final,
                 card.event_at,
                 card.trace_id,
                 card.state.revision,
                 milliseconds(card.hold)
             )}
        );
    }
    const auto done = co_await pool_.pipeline(std::move(queries));
    co_return nothing_of(done);
}

asio::awaitable<base::Result<>> CardStore::absorb(
    std::string enterprise,
    std::vector<std::string> absorbed,
    std::string into,
    std::vector<std::int64_t> chats,
    std::int64_t bot
) {
    const auto state = call::to_json(absorbed_state());
    std::vector<pg::Query> queries;
    queries.push_back({sql::take_over, pg::Params::of(enterprise, absorbed, into)});
    queries.push_back({sql::remove_absorbed, pg::Params::of(enterprise, absorbed, state)});
    queries.push_back({sql::bar_absorbed, pg::Params::of(enterprise, absorbed, chats, bot, state)});
    const auto done = co_await pool_.pipeline(std::move(queries));
    co_return nothing_of(done);
}

asio::awaitable<base::Result<std::vector<CardStore::Due>>> CardStore::due(
    pg::Session& session, std::vector<std::int64_t> bots, int limit
) {
    const auto rows = co_await session.execute(sql::due, pg::Params::of(bots, limit));
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    std::vector<Due> out;
    for (const auto& row : *rows) {
        Due due;
        due.bot = row.integer("bot_id");
        due.key = key_of(row);
        due.is_final = row.boolean("is_final");
        due.was_tried = row.integer("attempts") > 0;
        due.age = seconds(row.number("age"));
        out.push_back(std::move(due));
    }
    co_return out;
}

asio::awaitable<base::Result<std::vector<std::int64_t>>> CardStore::orphans(
    pg::Session& session, std::vector<std::int64_t> bots
) {
    const auto rows = co_await session.execute(sql::orphans, pg::Params::of(bots));
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    std::vector<std::int64_t> out;
    for (const auto& row : *rows) {
        out.push_back(row.integer("bot_id"));
    }
    co_return out;
}

asio::awaitable<base::Result<std::vector<std::int64_t>>> CardStore::lock_bots(
    pg::Session& session, std::vector<std::int64_t> bots
) {
    const auto rows = co_await session.execute(sql::lock, pg::Params::of(bots));
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    std::vector<std::int64_t> locked;
    for (const auto& row : *rows) {
        if (row.boolean("locked")) {
            locked.push_back(row.integer("bot"));
        }
    }
    co_return locked;
}

asio::awaitable<base::Result<>> CardStore::unlock_bots(
    pg::Session& session, std::vector<std::int64_t> bots
) {
    const auto rows = co_await session.execute(sql::unlock, pg::Params::of(bots));
    co_return nothing_of(rows);
}

asio::awaitable<base::Result<CardStore::Past>> CardStore::past(
    pg::Session& session, std::vector<std::int64_t> bots
) {
    std::vector<pg::Query> queries;
    queries.push_back({sql::past_requests, pg::Params::of(bots)});
    queries.push_back({sql::pauses, pg::Params::of(bots)});
    const auto rows = co_await session.pipeline(std::move(queries));
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    Past past;
    for (const auto& row : rows->front()) {
        past.requests.push_back(
            {row.integer("bot_id"), row.integer("chat_id"), seconds(row.number("age"))}
        );
    }
    for (const auto& row : rows->back()) {
        past.pauses.push_back(
            {row.integer("bot_id"), row.integer("chat_id"), seconds(row.number("remaining"))}
        );
    }
    co_return past;
}

asio::awaitable<base::Result<>> CardStore::tell_others(
    pg::Session& session, std::vector<std::int64_t> bots
) {
    const auto rows = co_await session.execute(
        "SELECT pg_notify('telegram_cards', bot::text) FROM unnest($1::bigint[]) AS bot",
        pg::Params::of(bots)
    );
    co_return nothing_of(rows);
}

asio::awaitable<base::Result<std::vector<BegunCard>>> CardStore::begin(
    pg::Session& session, std::vector<Start> cards
) {
    Texts enterprises;
    Texts calls;
    Numbers chats;
    Texts held;
    for (const auto& card : cards) {
        enterprises.push_back(card.key.enterprise);
        calls.push_back(card.key.call_uuid);
        chats.push_back(card.key.chat);
        held.emplace_back(card.was_held ? "t" : "f");
    }
    const auto rows = co_await session.execute(
        sql::begin,
        pg::Params::of(
            enterprises,
            calls,
            chats,
            held,
            milliseconds(settings_.lease),
            milliseconds(settings_.stale_after),
            milliseconds(settings_.give_up_after),
            milliseconds(settings_.reply_window)
        )
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    std::vector<BegunCard> begun;
    for (const auto& row : *rows) {
        begun.push_back(begun_of(row));
    }
    co_return begun;
}

asio::awaitable<base::Result<std::vector<CardStore::Kept>>> CardStore::done(
    std::span<const Done> done
) {
    Texts enterprises;
    Texts calls;
    Numbers chats;
    Numbers epochs;
    Texts what;
    Numbers messages;
    Texts texts;
    Texts keyboards;
    Numbers versions;
    std::vector<pg::Query> queries(2);
    queries.front() = without_waiting_for_disk();
    for (const auto& [card, end] : done) {
        enterprises.push_back(card.key.enterprise);
        calls.push_back(card.key.call_uuid);
        chats.push_back(card.key.chat);
        epochs.push_back(card.epoch);
        what.push_back(name_of(card.action));
        messages.push_back(end.message_id.value_or(0));
        texts.push_back(card.text);
        keyboards.push_back(card.keyboard);
        versions.push_back(card.version);
        if (card.log_id != 0) {
            queries.push_back(end_query(card, end));
        }
        if (card.action != CardAction::remove && card.event_at) {
            queries.push_back(mark_query(card));
        }
    }
    queries[1] = {
        sql::done,
        pg::Params::of(
            enterprises, calls, chats, epochs, what, messages, texts, keyboards, versions
        )
    };
    const auto rows = co_await pool_.pipeline(std::move(queries));
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    std::map<CardKey, bool> behind;
    for (const auto& row : (*rows)[1]) {
        behind[key_of(row)] = row.boolean("behind");
    }
    std::vector<Kept> out;
    for (const auto& each : done) {
        const auto found = behind.find(each.card.key);
        out.push_back({found != behind.end() && found->second});
    }
    co_return out;
}

asio::awaitable<base::Result<>> CardStore::change(
    const BegunCard& card, RequestEnd end, std::string assignments, pg::Params more
) {
    auto params = fence_of(card);
    params << more;
    std::vector<pg::Query> queries;
    queries.push_back(
        {"UPDATE telegram_messages SET updated_at = now(), in_flight_since = NULL, " + assignments +
             fenced,
         std::move(params)}
    );
    if (card.log_id != 0) {
        queries.push_back(end_query(card, end));
    }
    const auto done = co_await pool_.pipeline(std::move(queries));
    co_return nothing_of(done);
}

asio::awaitable<base::Result<>> CardStore::postpone(
    BegunCard card,
    RequestEnd end,
    std::chrono::milliseconds pause,
    std::string reason,
    bool is_unknown
) {
    // What surely was not sent doubles nothing.
    const bool counted_too_early =
        !is_unknown && card.unknown_sends > 0 && method_of(card.action) == "sendMessage";
    auto more = pg::Params::of(milliseconds(pause), reason, is_unknown, counted_too_early);
    co_return co_await change(
        card,
        std::move(end),
        "next_attempt_at = now() + $5::bigint * interval '1 millisecond', last_error = nullif($6, "
        "''), unknown_sends = unknown_sends + $7::boolean::int, possible_doubles = "
        "possible_doubles - $8::boolean::int",
        std::move(more)
    );
}

asio::awaitable<base::Result<>> CardStore::forget_message(
    BegunCard card, RequestEnd end, std::string reason, bool delete_it
) {
    auto more = pg::Params::of(reason, delete_it);
    co_return co_await change(
        card,
        std::move(end),
        "old_message_id = CASE WHEN $6::boolean THEN message_id ELSE old_message_id END, "
        "message_id = NULL, sent_text = NULL, next_attempt_at = now(), last_error = $5",
        std::move(more)
    );
}

asio::awaitable<base::Result<>> CardStore::bury(
    BegunCard card, RequestEnd end, std::string reason
) {
    co_return co_await change(
        card, std::move(end), "dead_reason = $5, died_at = now()", pg::Params::of(reason)
    );
}

asio::awaitable<base::Result<>> CardStore::drop_chat(
    BegunCard card, RequestEnd end, std::string reason
) {
    std::vector<pg::Query> queries;
    queries.push_back(
        {"UPDATE telegram_users SET active = false, inactive_reason = $3 WHERE tg_id = $2 AND "
         "enterprise_number = $1 "
         "AND bot_token IN (SELECT bot_token FROM enterprises WHERE number = $1)",
         pg::Params::of(card.key.enterprise, card.key.chat, reason)}
    );
    queries.push_back(
        {sql::bury_chat, pg::Params::of(card.key.enterprise, card.key.chat, card.bot, reason)}
    );
    if (card.log_id != 0) {
        queries.push_back(end_query(card, end));
    }
    const auto done = co_await pool_.pipeline(std::move(queries));
    co_return nothing_of(done);
}

asio::awaitable<base::Result<bool>> CardStore::count_not_found(CardKey key) {
    const auto rows = co_await pool_.execute(
        "UPDATE telegram_users SET not_found_answers = not_found_answers + 1 WHERE "
        "enterprise_number = $1 AND tg_id = $2 AND bot_token IN (SELECT bot_token FROM enterprises "
        "WHERE number = $1) RETURNING not_found_answers >= 2 AS is_gone",
        pg::Params::of(key.enterprise, key.chat)
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    // A chat that is no subscriber any more is gone already.
    co_return rows->empty() || rows->front().boolean("is_gone");
}

asio::awaitable<base::Result<>> CardStore::found_again(CardKey key) {
    const auto rows = co_await pool_.execute(
        "UPDATE telegram_users SET not_found_answers = 0 WHERE enterprise_number = $1 AND tg_id = "
        "$2 AND not_found_answers > 0",
        pg::Params::of(key.enterprise, key.chat)
    );
    co_return nothing_of(rows);
}

asio::awaitable<base::Result<>> CardStore::move_chat(
    BegunCard card, RequestEnd end, std::int64_t new_chat, std::string reason
) {
    const auto places = pg::Params::of(card.key.enterprise, card.key.chat, new_chat);
    std::vector<pg::Query> queries;
    queries.push_back({sql::move_subscriber, places});
    queries.push_back(
        {"DELETE FROM telegram_users WHERE enterprise_number = $1 AND tg_id = $2 AND EXISTS "
         "(SELECT 1 FROM telegram_users u WHERE u.enterprise_number = $1 AND u.tg_id = $3)",
         places}
    );
    queries.push_back(
        {sql::move_cards, pg::Params::of(card.key.enterprise, card.key.chat, new_chat, reason)}
    );
    if (card.log_id != 0) {
        queries.push_back(end_query(card, end));
    }
    const auto done = co_await pool_.pipeline(std::move(queries));
    co_return nothing_of(done);
}

asio::awaitable<base::Result<>> CardStore::pause(
    std::int64_t bot, std::int64_t chat, std::chrono::milliseconds length, std::string reason
) {
    const auto rows = co_await pool_.execute(
        "INSERT INTO telegram_pauses AS p (bot_id, chat_id, until, reason) VALUES ($1, $2, now() + "
        "$3::bigint * interval '1 millisecond', $4) ON CONFLICT (bot_id, chat_id) DO UPDATE SET "
        "until = greatest(p.until, excluded.until), reason = excluded.reason",
        pg::Params::of(bot, chat, milliseconds(length), reason)
    );
    co_return nothing_of(rows);
}

asio::awaitable<base::Result<>> CardStore::end_pause(std::int64_t bot) {
    const auto rows = co_await pool_.execute(
        "DELETE FROM telegram_pauses WHERE bot_id = $1 AND chat_id = 0", pg::Params::of(bot)
    );
    co_return nothing_of(rows);
}

asio::awaitable<base::Result<CardKey>> CardStore::into_digest(BegunCard card, std::string heading) {
    const auto uuid = base::make_uuid();
    std::vector<pg::Query> queries;
    queries.push_back(
        {sql::add_to_digest, pg::Params::of(card.key.enterprise, card.key.chat, card.bot, card.text)
        }
    );
    queries.push_back(
        {sql::begin_digest,
         pg::Params::of(
             card.key.enterprise, uuid, card.key.chat, card.bot, heading + "\n" + card.text
         )}
    );
    queries.push_back(
        {std::string("UPDATE telegram_messages SET sent_version = $5, in_flight_since = NULL, "
                     "attempts = 0, updated_at = now()"
         ) + fenced,
         fence_of(card) << card.version}
    );
    const auto done = co_await pool_.pipeline(std::move(queries));
    if (!done) {
        co_return std::unexpected(done.error());
    }
    const auto& old = done->front();
    CardKey key{card.key.enterprise, uuid, card.key.chat};
    if (!old.empty()) {
        key.call_uuid = old.front().text("call_uuid");
    }
    co_return key;
}

asio::awaitable<base::Result<std::string>> CardStore::messages(
    std::string unique_id, std::optional<std::string> enterprise
) {
    const auto rows = co_await pool_.execute(sql::messages, pg::Params::of(unique_id, enterprise));
    co_return first_text(rows);
}

}  // namespace trunkline::telegram
