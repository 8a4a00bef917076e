#include "dead_letter_store.hpp"

#include <algorithm>
#include <utility>

#include "base/redact.hpp"
#include "json/writer.hpp"
#include "outbox/replay.hpp"

namespace trunkline::ingest {
namespace {

// $1: the enterprise, or NULL for all. Both halves can use it for their index.
constexpr auto letters_sql =
    "WITH letters AS ("
    "SELECT d.id::text AS id, d.queue, d.enterprise_number, d.target, d.order_key, d.kind, "
    "d.payload::text AS payload, d.trace_id, d.attempts, d.reason, d.created_at, d.died_at, "
    "d.replayed_at, CASE WHEN o.id IS NOT NULL THEN 'pending' "
    "WHEN d.replayed_at > d.died_at THEN 'delivered' ELSE 'dead' END AS state "
    "FROM dead_letters d LEFT JOIN outbox o ON o.id = d.id "
    "WHERE $1::text IS NULL OR d.enterprise_number = $1 "
    "UNION ALL "
    "SELECT 't-' || t.call_uuid || '.' || t.chat_id || '.' || t.enterprise_number, 'telegram', "
    "t.enterprise_number, t.chat_id::text, t.call_uuid::text, 'card', "
    "jsonb_build_object('unique_id', t.unique_id, 'text', t.wanted_text, 'message_id', "
    "t.message_id)::text, t.trace_id, t.attempts, "
    "coalesce(t.dead_reason, t.replayed_reason, ''), t.created_at, "
    "coalesce(t.died_at, t.updated_at), t.replayed_at, "
    "CASE WHEN t.dead_reason IS NOT NULL THEN 'dead' "
    "WHEN t.sent_version < t.wanted_version THEN 'pending' ELSE 'delivered' END "
    "FROM telegram_messages t WHERE (t.dead_reason IS NOT NULL OR t.replayed_at IS NOT NULL) "
    "AND ($1::text IS NULL OR t.enterprise_number = $1)) "
    "SELECT *, to_char(died_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') || '_' || "
    "id AS cursor FROM letters ";

constexpr auto page_sql =
    "WHERE ($2::text IS NULL OR queue = $2) AND ($3::text IS NULL OR target = $3) "
    "AND ($4::text IS NULL OR state = $4) AND ($5::timestamptz IS NULL OR died_at >= $5) "
    "AND ($6::timestamptz IS NULL OR died_at < $6) "
    "AND ($7::text IS NULL OR (died_at, id) < "
    "(split_part($7, '_', 1)::timestamptz, substring($7 FROM position('_' IN $7) + 1))) "
    "ORDER BY died_at DESC, id DESC LIMIT $8";

// A card that died for another bot begins anew with the present one: message ids are a bot's own.
constexpr auto replay_card_sql =
    "UPDATE telegram_messages t SET replayed_at = now(), replayed_reason = t.dead_reason, "
    "dead_reason = NULL, last_error = NULL, attempts = 0, epoch = t.epoch + 1, "
    "next_attempt_at = now(), sent_version = least(t.sent_version, t.wanted_version - 1), "
    "bot_id = bot.id, message_id = CASE WHEN t.bot_id = bot.id THEN t.message_id END, "
    "sent_text = CASE WHEN t.bot_id = bot.id THEN t.sent_text END, updated_at = now() "
    "FROM (SELECT split_part(bot_token, ':', 1)::bigint AS id FROM enterprises "
    "WHERE number = $1 AND bot_token ~ '^[0-9]{1,18}:') bot "
    "WHERE t.enterprise_number = $1 AND t.call_uuid = $2::uuid AND t.chat_id = $3 "
    "AND t.dead_reason IS NOT NULL";

void write_item(json::Writer& writer, const pg::Row& row, bool with_payload) {
    const std::string reason(row.text("reason"));
    writer.begin_object()
        .member("id", row.text("id"))
        .member("state", row.text("state"))
        .member("queue", row.text("queue"))
        .member("enterprise_number", row.text("enterprise_number"))
        .member("target", row.text("target"))
        .member("kind", row.text("kind"))
        .member("order_key", row.text("order_key"))
        .member("attempts", row.integer("attempts"))
        .member("reason", base::redact(reason))
        .member("mend", base::redact(mend_of(row.text("queue"), reason)))
        .member("trace_id", row.text("trace_id"))
        .member("created_at", base::format_iso8601(row.time("created_at")))
        .member("died_at", base::format_iso8601(row.time("died_at")))
        .member("replayed_at", row.optional_time("replayed_at").transform(base::format_iso8601));
    if (with_payload) {
        const auto payload = base::redact(std::string(row.text("payload")));
        // Masking a member that is no text may break the JSON; then it is shown as a text.
        const auto document =
            json::parse(payload, {.max_bytes = std::size_t{2} << 20, .max_depth = 64});
        writer.key("payload");
        if (document) {
            writer.value(document->root());
        } else {
            writer.value(payload);
        }
    }
    writer.end_object();
}

std::unexpected<base::Error> no_such_letter() {
    return base::fail(base::Errc::not_found, "there is no such dead letter");
}

}  // namespace

asio::awaitable<base::Result<std::string>> DeadLetterStore::list(Filter filter) {
    const auto rows = co_await pool_.execute(
        std::string(letters_sql) + page_sql,
        pg::Params::of(
            filter.enterprise,
            filter.queue,
            filter.target,
            filter.state,
            filter.from,
            filter.to,
            filter.cursor,
            filter.limit + 1
        )
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    const auto shown = std::min(rows->size(), static_cast<std::size_t>(filter.limit));
    json::Writer writer;
    writer.begin_object().key("items").begin_array();
    for (std::size_t i = 0; i < shown; ++i) {
        write_item(writer, (*rows)[i], false);
    }
    writer.end_array();
    if (rows->size() > shown) {
        writer.member("next", (*rows)[shown - 1].text("cursor"));
    } else {
        writer.member("next", nullptr);
    }
    writer.end_object();
    co_return writer.take();
}

asio::awaitable<base::Result<std::string>> DeadLetterStore::get(DeadLetterId id, std::string text) {
    const auto* card = std::get_if<CardId>(&id);
    const auto enterprise =
        card == nullptr ? std::optional<std::string>() : std::optional(card->enterprise_number);
    const auto rows = co_await pool_.execute(
        std::string(letters_sql) + "WHERE id = $2", pg::Params::of(enterprise, text)
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    if (rows->empty()) {
        co_return no_such_letter();
    }
    json::Writer writer;
    write_item(writer, rows->front(), true);
    co_return writer.take();
}

asio::awaitable<base::Result<>> DeadLetterStore::replay(DeadLetterId id) {
    if (const auto* letter = std::get_if<std::int64_t>(&id)) {
        return replay_letter(*letter);
    }
    return replay_card(std::get<CardId>(std::move(id)));
}

asio::awaitable<base::Result<>> DeadLetterStore::replay_letter(std::int64_t id) {
    const auto replayed = co_await outbox::replay(pool_, id);
    if (!replayed) {
        co_return std::unexpected(replayed.error());
    }
    switch (*replayed) {
        case outbox::Replay::queued:
            co_return base::Result<>{};
        case outbox::Replay::pending:
            co_return base::fail(
                base::Errc::conflict, "it was replayed already and waits for its delivery"
            );
        case outbox::Replay::missing:
            break;
    }
    co_return no_such_letter();
}

asio::awaitable<base::Result<>> DeadLetterStore::replay_card(CardId card) {
    const auto rows = co_await pool_.execute(
        replay_card_sql, pg::Params::of(card.enterprise_number, card.call_uuid, card.chat)
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    if (rows->affected() > 0) {
        co_return base::Result<>{};
    }
    const auto reason = co_await why_not(std::move(card));
    co_return std::unexpected(reason);
}

asio::awaitable<base::Error> DeadLetterStore::why_not(CardId card) {
    const auto rows = co_await pool_.execute(
        "SELECT dead_reason IS NOT NULL AS dead, replayed_at IS NOT NULL AS replayed, "
        "sent_version < wanted_version AS waits FROM telegram_messages "
        "WHERE enterprise_number = $1 AND call_uuid = $2::uuid AND chat_id = $3",
        pg::Params::of(card.enterprise_number, card.call_uuid, card.chat)
    );
    if (!rows) {
        co_return rows.error();
    }
    if (rows->empty() || !(rows->front().boolean("dead") || rows->front().boolean("replayed"))) {
        co_return no_such_letter().error();
    }
    const auto row = rows->front();
    std::string detail = "the chat shows this card already";
    if (row.boolean("dead")) {
        detail = "enterprise " + card.enterprise_number + " has no bot: trunkctl enterprise set " +
                 card.enterprise_number + " --bot-token -";
    } else if (row.boolean("waits")) {
        detail = "it was replayed already and waits for its delivery";
    }
    co_return base::fail(base::Errc::conflict, detail).error();
}

}  // namespace trunkline::ingest
