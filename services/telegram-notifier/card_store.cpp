#include "card_store.hpp"

#include <utility>

#include "json/document.hpp"

namespace trunkline::telegram {
namespace {

// Every statement on one card begins with these four parameters: the fence is part of the key.
constexpr auto fenced =
    " WHERE enterprise_number = $1 AND call_uuid = $2::uuid AND chat_id = $3 AND epoch = $4";

pg::Params fence_of(const ClaimedCard& card) {
    return pg::Params::of(card.key.enterprise, card.key.call_uuid, card.key.chat, card.epoch);
}

ClaimedCard card_of(const pg::Row& row) {
    ClaimedCard card;
    card.key = {
        std::string(row.text("enterprise_number")),
        std::string(row.text("call_uuid")),
        row.integer("chat_id")
    };
    card.unique_id = row.text("unique_id");
    card.bot = row.integer("bot_id");
    card.message_id = row.optional_integer("message_id");
    card.text = row.text("wanted_text");
    card.sent_text =
        row.optional_text("sent_text").transform([](auto text) { return std::string(text); });
    card.keyboard = row.text("keyboard");
    card.sent_keyboard = row.text("sent_keyboard");
    card.wanted_at = row.time("wanted_at");
    card.version = static_cast<int>(row.integer("wanted_version"));
    card.is_final = row.boolean("is_final");
    card.outcome_unknown = row.boolean("outcome_unknown");
    card.attempts = static_cast<int>(row.integer("attempts"));
    card.epoch = row.integer("epoch");
    card.trace_id = row.text("trace_id");
    return card;
}

base::Result<std::string> first_text(const base::Result<pg::Rows>& rows) {
    if (!rows) {
        return std::unexpected(rows.error());
    }
    return std::string(rows->front().text(0));
}

}  // namespace

asio::awaitable<base::Result<>> CardStore::change(std::string sql, pg::Params params) {
    const auto rows = co_await pool_.execute(std::move(sql), std::move(params));
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    co_return base::Result<>{};
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
    std::vector<pg::Query> queries;
    for (const auto& card : cards) {
        queries.push_back(
            {"INSERT INTO telegram_messages AS t (enterprise_number, call_uuid, chat_id, "
             "unique_id, bot_id, card, wanted_text, "
             "wanted_version, is_final, event_at, trace_id, keyboard) VALUES ($1, $2::uuid, $3, "
             "$4, $5, "
             "$6::jsonb, $7, "
             "CASE WHEN $7 = '' THEN 0 ELSE 1 END, $8, $9, $10, $11) "
             "ON CONFLICT (enterprise_number, call_uuid, chat_id) DO UPDATE SET card = "
             "excluded.card, "
             "wanted_version = t.wanted_version + (excluded.wanted_text <> t.wanted_text OR "
             "excluded.keyboard <> t.keyboard)::int, keyboard = excluded.keyboard, "
             "wanted_text = excluded.wanted_text, is_final = excluded.is_final, "
             "unique_id = excluded.unique_id, event_at = excluded.event_at, trace_id = "
             "excluded.trace_id, wanted_at = now(), "
             "updated_at = now(), next_attempt_at = CASE WHEN t.in_flight_since IS NULL AND "
             "t.attempts = 0 THEN now() "
             "ELSE t.next_attempt_at END",
             pg::Params::of(
                 card.key.enterprise,
                 card.key.call_uuid,
                 card.key.chat,
                 card.unique_id,
                 card.bot,
                 call::to_json(card.state),
                 card.text,
                 card.is_final,
                 card.event_at,
                 card.trace_id,
                 card.keyboard
             )}
        );
    }
    const auto done = co_await pool_.pipeline(std::move(queries));
    if (!done) {
        co_return std::unexpected(done.error());
    }
    co_return base::Result<>{};
}

asio::awaitable<base::Result<std::vector<ClaimedCard>>> CardStore::claim(
    int limit, std::chrono::milliseconds lease
) {
    const auto rows = co_await pool_.execute(
        "WITH due AS (SELECT enterprise_number, call_uuid, chat_id, "
        "in_flight_since IS NOT NULL AND in_flight_method = 'sendMessage' AS outcome_unknown FROM "
        "telegram_messages "
        "WHERE wanted_version > sent_version AND dead_reason IS NULL AND next_attempt_at <= now() "
        "ORDER BY next_attempt_at LIMIT $1 FOR UPDATE SKIP LOCKED) "
        "UPDATE telegram_messages t SET epoch = t.epoch + 1, attempts = t.attempts + 1, "
        "in_flight_since = now(), "
        "in_flight_method = CASE WHEN t.message_id IS NULL THEN 'sendMessage' ELSE "
        "'editMessageText' END, "
        "next_attempt_at = now() + $2::bigint * interval '1 millisecond' "
        "FROM due WHERE t.enterprise_number = due.enterprise_number AND t.call_uuid = "
        "due.call_uuid "
        "AND t.chat_id = due.chat_id "
        "RETURNING t.enterprise_number, t.call_uuid::text AS call_uuid, t.chat_id, t.unique_id, "
        "t.bot_id, t.message_id, "
        "t.wanted_text, t.sent_text, t.keyboard, t.sent_keyboard, t.wanted_at, t.wanted_version, "
        "t.is_final, due.outcome_unknown, "
        "t.attempts, t.epoch, t.trace_id",
        pg::Params::of(limit, static_cast<std::int64_t>(lease.count()))
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    std::vector<ClaimedCard> cards;
    for (const auto& row : *rows) {
        cards.push_back(card_of(row));
    }
    co_return cards;
}

asio::awaitable<base::Result<>> CardStore::sent(
    const ClaimedCard& card, std::optional<std::int64_t> message_id
) {
    auto params = fence_of(card);
    params << message_id << card.version << card.text << card.keyboard;
    std::vector<pg::Query> queries;
    queries.push_back(
        {std::string("UPDATE telegram_messages SET message_id = coalesce($5::bigint, message_id), "
                     "sent_version = $6, "
                     "sent_text = $7, sent_keyboard = $8, in_flight_since = NULL, attempts = 0, "
                     "next_attempt_at = "
                     "now(), last_error = NULL, "
                     "updated_at = now()"
         ) + fenced,
         std::move(params)}
    );
    // What the chat shows stands for all that led to it, overtaken states too. The bound lets the
    // planner leave old partitions alone.
    queries.push_back(
        {"UPDATE call_events e SET telegram_sent = true FROM telegram_messages t, call_event_links "
         "l WHERE t.enterprise_number = $1 AND t.call_uuid = $2::uuid AND t.chat_id = $3 "
         "AND l.enterprise_number = $1 AND l.call_uuid = $2::uuid AND l.event_timestamp <= "
         "t.event_at AND l.event_timestamp > now() - interval '2 days' "
         "AND e.enterprise_number = $1 AND e.event_timestamp = l.event_timestamp "
         "AND e.event_id = l.event_id AND NOT e.telegram_sent",
         pg::Params::of(card.key.enterprise, card.key.call_uuid, card.key.chat)}
    );
    const auto done = co_await pool_.pipeline(std::move(queries));
    if (!done) {
        co_return std::unexpected(done.error());
    }
    co_return base::Result<>{};
}

asio::awaitable<base::Result<>> CardStore::postpone(
    const ClaimedCard& card, std::chrono::milliseconds pause, std::string reason, bool keep_unknown
) {
    auto params = fence_of(card);
    params << static_cast<std::int64_t>(pause.count()) << reason << keep_unknown;
    return change(
        std::string(
            "UPDATE telegram_messages SET next_attempt_at = now() + $5::bigint * interval '1 "
            "millisecond', "
            "last_error = nullif($6, ''), "
            "in_flight_since = CASE WHEN $7::boolean THEN in_flight_since END, updated_at = now()"
        ) + fenced,
        std::move(params)
    );
}

asio::awaitable<base::Result<>> CardStore::forget_message(
    const ClaimedCard& card, std::string reason
) {
    auto params = fence_of(card);
    params << reason;
    return change(
        std::string("UPDATE telegram_messages SET message_id = NULL, sent_text = NULL, "
                    "in_flight_since = NULL, "
                    "next_attempt_at = now(), last_error = $5, updated_at = now()"
        ) + fenced,
        std::move(params)
    );
}

asio::awaitable<base::Result<>> CardStore::bury(const ClaimedCard& card, std::string reason) {
    auto params = fence_of(card);
    params << reason;
    return change(
        std::string("UPDATE telegram_messages SET dead_reason = $5, died_at = now(), "
                    "in_flight_since = NULL, updated_at = now()"
        ) + fenced,
        std::move(params)
    );
}

asio::awaitable<base::Result<>> CardStore::drop_subscriber(
    const ClaimedCard& card, std::string reason
) {
    return change(
        "UPDATE telegram_users SET active = false, inactive_reason = $3 WHERE tg_id = $2 AND "
        "enterprise_number = $1 "
        "AND bot_token IN (SELECT bot_token FROM enterprises WHERE number = $1)",
        pg::Params::of(card.key.enterprise, card.key.chat, reason)
    );
}

asio::awaitable<base::Result<>> CardStore::move_chat(
    const ClaimedCard& card, std::int64_t new_chat
) {
    std::vector<pg::Query> queries;
    // The row itself moves, so that its language and its wishes do too.
    queries.push_back(
        {"UPDATE telegram_users u SET tg_id = $3 WHERE enterprise_number = $1 AND tg_id = $2 AND "
         "NOT EXISTS (SELECT FROM telegram_users n WHERE n.enterprise_number = "
         "u.enterprise_number AND n.bot_token = u.bot_token AND n.tg_id = $3)",
         pg::Params::of(card.key.enterprise, card.key.chat, new_chat)}
    );
    queries.push_back(
        {"DELETE FROM telegram_users WHERE enterprise_number = $1 AND tg_id = $2",
         pg::Params::of(card.key.enterprise, card.key.chat)}
    );
    // Message ids mean nothing in the new chat: the card is sent there as a new message.
    auto params = fence_of(card);
    params << new_chat;
    queries.push_back(
        {std::string("UPDATE telegram_messages SET chat_id = $5, message_id = NULL, sent_text = "
                     "NULL, in_flight_since = NULL, "
                     "next_attempt_at = now(), updated_at = now()"
         ) + fenced,
         std::move(params)}
    );
    const auto done = co_await pool_.pipeline(std::move(queries));
    if (!done) {
        co_return std::unexpected(done.error());
    }
    co_return base::Result<>{};
}

asio::awaitable<base::Result<>> CardStore::log(const ClaimedCard& card, Attempt attempt) {
    return change(
        "INSERT INTO asterisk_logs (enterprise_number, call_uuid, unique_id, chat_id, method, "
        "text, message_id, status, answer, "
        "attempt, duration_ms) VALUES ($1, $2::uuid, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        pg::Params::of(
            card.key.enterprise,
            card.key.call_uuid,
            card.unique_id,
            card.key.chat,
            attempt.method,
            attempt.text,
            attempt.message_id,
            attempt.status,
            attempt.answer,
            card.attempts,
            attempt.duration_ms
        )
    );
}

asio::awaitable<base::Result<std::string>> CardStore::messages(
    std::string unique_id, std::optional<std::string> enterprise
) {
    const auto rows = co_await pool_.execute(
        "SELECT jsonb_build_object('items', coalesce(jsonb_agg(jsonb_build_object("
        "'enterprise_number', t.enterprise_number, 'call_uuid', t.call_uuid, 'chat_id', t.chat_id, "
        "'message_id', t.message_id, 'text', t.sent_text, 'wanted_text', t.wanted_text, "
        "'up_to_date', t.sent_version >= t.wanted_version, 'dead_reason', t.dead_reason, "
        "'last_error', t.last_error, "
        "'requests', (SELECT coalesce(jsonb_agg(jsonb_build_object('method', l.method, 'text', "
        "l.text, 'status', l.status, "
        "'answer', l.answer, 'attempt', l.attempt, 'duration_ms', l.duration_ms, 'at', "
        "l.created_at) ORDER BY l.id), '[]') "
        "FROM asterisk_logs l WHERE l.enterprise_number = t.enterprise_number AND l.call_uuid = "
        "t.call_uuid "
        "AND l.chat_id = t.chat_id)) ORDER BY t.created_at), '[]'))::text "
        "FROM telegram_messages t WHERE t.unique_id = $1 AND ($2::text IS NULL OR "
        "t.enterprise_number = $2)",
        pg::Params::of(unique_id, enterprise)
    );
    co_return first_text(rows);
}

}  // namespace trunkline::telegram
