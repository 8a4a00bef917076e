#pragma once

/// The longer statements of CardStore. Rows of several cards are locked in the order of their keys,
/// or two transactions could wait for each other.
namespace trunkline::telegram::sql {

/// $1 enterprise, $2 call, $3 chat, $4 unique id, $5 bot, $6 state, $7 text, $8 comment or null, $9
/// keyboard, $10 phone, $11 is final, $12 event's receipt, $13 trace, $14 revision,
/// $15 milliseconds not to be sent before.
inline constexpr auto want =
    "INSERT INTO telegram_messages AS t (enterprise_number, call_uuid, chat_id, unique_id, bot_id, "
    "card, wanted_text, comment_text, keyboard, phone, is_final, final_at, event_at, trace_id, "
    "wanted_version, next_attempt_at) VALUES ($1, $2::uuid, $3, $4, $5, $6::jsonb, $7, $8, $9, "
    "$10, $11, CASE WHEN $11 THEN now() END, $12, $13, 1, now() + $15::bigint * interval '1 "
    "millisecond') "
    "ON CONFLICT (enterprise_number, call_uuid, chat_id) DO UPDATE SET card = excluded.card, "
    "wanted_version = t.wanted_version + 1, wanted_text = excluded.wanted_text, "
    "comment_text = coalesce(excluded.comment_text, t.comment_text), keyboard = excluded.keyboard, "
    "phone = excluded.phone, is_final = excluded.is_final, final_at = excluded.final_at, "
    "unique_id = excluded.unique_id, event_at = excluded.event_at, trace_id = excluded.trace_id, "
    "wanted_at = now(), updated_at = now(), next_attempt_at = CASE WHEN t.in_flight_since IS NULL "
    "AND t.attempts = 0 THEN excluded.next_attempt_at ELSE t.next_attempt_at END "
    "WHERE coalesce((t.card->>'revision')::numeric, 0) <= $14::numeric";

/// $1 enterprise, $2 absorbed calls, $3 the call they are. One message a chat goes over if that has
/// none there; its state's revision belongs to another count.
inline constexpr auto take_over =
    "UPDATE telegram_messages t SET call_uuid = $3::uuid, card = jsonb_set(t.card, '{revision}', "
    "'0'), updated_at = now() FROM (SELECT DISTINCT ON (chat_id) call_uuid, chat_id FROM "
    "telegram_messages WHERE enterprise_number = $1 AND call_uuid = ANY ($2::uuid[]) AND "
    "in_flight_since IS NULL AND dead_reason IS NULL AND wanted_text <> '' "
    "ORDER BY chat_id, message_id IS NULL, created_at) one "
    "WHERE t.enterprise_number = $1 AND t.call_uuid = one.call_uuid AND t.chat_id = one.chat_id "
    "AND NOT EXISTS (SELECT 1 FROM telegram_messages o WHERE o.enterprise_number = $1 AND "
    "o.call_uuid = $3::uuid AND o.chat_id = t.chat_id)";

/// $1 enterprise, $2 absorbed calls, $3 the state that nothing comes after.
inline constexpr auto remove_absorbed =
    "UPDATE telegram_messages SET old_message_id = coalesce(message_id, old_message_id), "
    "message_id = NULL, wanted_text = '', sent_text = '', comment_text = NULL, is_final = true, "
    "final_at = NULL, card = $3::jsonb, wanted_version = wanted_version + 1, wanted_at = now(), "
    "next_attempt_at = CASE WHEN in_flight_since IS NULL THEN now() ELSE next_attempt_at END, "
    "updated_at = now() WHERE enterprise_number = $1 AND call_uuid = ANY ($2::uuid[]) AND "
    "wanted_text <> ''";

/// $1 enterprise, $2 absorbed calls, $3 chats, $4 bot, $5 that state: what comes late for them
/// makes no new messages.
inline constexpr auto bar_absorbed =
    "INSERT INTO telegram_messages (enterprise_number, call_uuid, chat_id, bot_id, card, is_final) "
    "SELECT $1, call, chat, $4, $5::jsonb, true FROM unnest($2::uuid[]) AS call, "
    "unnest($3::bigint[]) AS chat ON CONFLICT DO NOTHING";

/// $1 bots, $2 limit.
inline constexpr auto due =
    "SELECT bot_id, enterprise_number, call_uuid::text AS call_uuid, chat_id, is_final, attempts, "
    "extract(epoch FROM now() - wanted_at)::float8 AS age FROM telegram_messages "
    "WHERE wanted_version > sent_version AND dead_reason IS NULL AND bot_id = ANY ($1::bigint[]) "
    "AND next_attempt_at <= now() ORDER BY next_attempt_at LIMIT $2";

/// $1 bots that are ours. Another's owner is given half a second.
inline constexpr auto orphans =
    "SELECT DISTINCT bot_id FROM telegram_messages "
    "WHERE wanted_version > sent_version AND dead_reason IS NULL AND bot_id <> ALL ($1::bigint[]) "
    "AND next_attempt_at <= now() - interval '500 milliseconds' LIMIT 500";

/// The upper bits say what is locked; a bot's id has fewer than 48.
inline constexpr auto lock =
    "SELECT bot, pg_try_advisory_lock((21319::bigint << 48) | bot) AS locked FROM "
    "unnest($1::bigint[]) AS bot";
inline constexpr auto unlock =
    "SELECT pg_advisory_unlock((21319::bigint << 48) | bot) FROM unnest($1::bigint[]) AS bot";

/// A request whose end nobody saw arrived when its sender died at the latest.
inline constexpr auto past_requests =
    "SELECT bot_id, chat_id, extract(epoch FROM now() - coalesce(finished_at, least(now(), "
    "created_at + interval '10 seconds')))::float8 AS age FROM asterisk_logs "
    "WHERE bot_id = ANY ($1::bigint[]) AND created_at > now() - interval '75 seconds' ORDER BY "
    "coalesce(finished_at, now())";
inline constexpr auto pauses =
    "SELECT bot_id, chat_id, extract(epoch FROM until - now())::float8 AS remaining FROM "
    "telegram_pauses WHERE bot_id = ANY ($1::bigint[]) AND until > now()";

/// $1..$3 keys, $4 whether it had to wait, then milliseconds: $5 lease, $6 stale after, $7 give up
/// after, $8 reply window.
inline constexpr auto begin =
    "WITH picked AS (SELECT * FROM unnest($1::text[], $2::uuid[], $3::bigint[], $4::boolean[]) "
    "AS p(enterprise, call, chat, was_held)), "
    "locked AS (SELECT t.enterprise_number, t.call_uuid, t.chat_id, p.was_held, "
    "t.in_flight_since IS NOT NULL AND t.in_flight_method = 'sendMessage' AS is_unknown, "
    "CASE WHEN t.wanted_at < now() - $7::bigint * interval '1 millisecond' THEN 'expire' "
    "WHEN t.wanted_text <> '' AND (t.sent_text IS DISTINCT FROM t.wanted_text OR (t.message_id IS "
    "NOT NULL AND t.sent_keyboard <> t.keyboard)) THEN CASE WHEN t.message_id IS NOT NULL THEN "
    "'edit' "
    "WHEN t.unique_id <> 'digest' AND coalesce(t.event_at, t.wanted_at) < now() - $6::bigint * "
    "interval '1 millisecond' THEN CASE WHEN t.is_final THEN 'digest' ELSE 'settle' END "
    // Nobody knows of two sends whether they were done: a third could be a third message.
    "WHEN NOT t.is_final AND t.unknown_sends + (t.in_flight_since IS NOT NULL AND "
    "t.in_flight_method = 'sendMessage')::int >= 2 THEN 'settle' ELSE 'send' END "
    "WHEN t.old_message_id IS NOT NULL THEN 'remove' "
    "WHEN t.comment_text IS NOT NULL THEN 'comment' ELSE 'settle' END AS action "
    "FROM telegram_messages t JOIN picked p ON t.enterprise_number = p.enterprise AND t.call_uuid "
    "= p.call AND t.chat_id = p.chat WHERE t.wanted_version > t.sent_version AND t.dead_reason IS "
    "NULL ORDER BY t.enterprise_number, t.call_uuid, t.chat_id FOR UPDATE OF t), "
    "begun AS (UPDATE telegram_messages t SET epoch = t.epoch + 1, attempts = t.attempts + 1, "
    "in_flight_since = CASE WHEN l.action IN ('send', 'edit', 'remove', 'comment') THEN now() END, "
    "in_flight_method = CASE l.action WHEN 'send' THEN 'sendMessage' WHEN 'comment' THEN "
    "'sendMessage' WHEN 'edit' THEN 'editMessageText' ELSE 'deleteMessage' END, "
    "unknown_sends = t.unknown_sends + l.is_unknown::int, "
    "possible_doubles = t.possible_doubles + (l.action IN ('send', 'comment') AND t.unknown_sends "
    "+ l.is_unknown::int > 0)::int, "
    "sent_version = CASE WHEN l.action = 'settle' THEN t.wanted_version ELSE t.sent_version END, "
    "next_attempt_at = now() + $5::bigint * interval '1 millisecond' "
    "FROM locked l WHERE t.enterprise_number = l.enterprise_number AND t.call_uuid = l.call_uuid "
    "AND t.chat_id = l.chat_id RETURNING t.*, l.action, l.was_held, CASE l.action WHEN 'comment' "
    "THEN t.comment_text WHEN 'remove' THEN '' ELSE t.wanted_text END AS text), "
    "logged AS (INSERT INTO asterisk_logs (enterprise_number, call_uuid, unique_id, chat_id, "
    "method, text, message_id, attempt, bot_id, event_at, was_held) SELECT enterprise_number, "
    "call_uuid, unique_id, chat_id, in_flight_method, text, CASE action WHEN 'edit' THEN "
    "message_id WHEN 'remove' THEN old_message_id END, attempts, bot_id, event_at, was_held FROM "
    "begun WHERE action IN ('send', 'edit', 'remove', 'comment') RETURNING id, "
    "enterprise_number, call_uuid, chat_id) "
    "SELECT b.enterprise_number, b.call_uuid::text AS call_uuid, b.chat_id, b.unique_id, b.bot_id, "
    "b.action, b.text, b.keyboard, b.message_id, b.old_message_id, b.wanted_version, b.attempts, "
    "b.unknown_sends, b.is_final, b.epoch, b.event_at, b.trace_id, g.id AS log_id, "
    "CASE b.action WHEN 'comment' THEN b.message_id WHEN 'send' THEN (SELECT "
    "coalesce(p.comment_message_id, p.message_id) FROM telegram_messages p WHERE b.phone <> '' AND "
    "p.phone <> '' AND p.enterprise_number = b.enterprise_number AND p.chat_id = b.chat_id AND "
    "p.phone = b.phone AND p.bot_id = b.bot_id AND p.final_at > b.created_at - $8::bigint * "
    "interval '1 millisecond' AND p.final_at <= b.created_at AND p.call_uuid <> b.call_uuid AND "
    "p.message_id IS NOT NULL ORDER BY p.final_at DESC LIMIT 1) END AS reply_to "
    "FROM begun b LEFT JOIN logged g USING (enterprise_number, call_uuid, chat_id)";

/// $1..$3 keys, $4 epochs, $5 actions, $6 message ids (0: none), $7 texts, $8 keyboards, $9
/// versions. A message that came to be after its call was absorbed is to be deleted.
inline constexpr auto done =
    "WITH ended AS (SELECT * FROM unnest($1::text[], $2::uuid[], $3::bigint[], $4::bigint[], "
    "$5::text[], $6::bigint[], $7::text[], $8::text[], $9::bigint[]) AS e(enterprise, call, chat, "
    "epoch, action, message, text, keyboard, version)), "
    "locked AS (SELECT t.enterprise_number, t.call_uuid, t.chat_id, e.action, nullif(e.message, 0) "
    "AS message, e.text, e.keyboard, e.version::int AS version, e.action = 'send' AND "
    "t.wanted_text = '' AS is_unwanted, t.comment_text IS NOT NULL AND NOT (e.action = 'comment' "
    "AND t.comment_text = e.text) AS has_comment, t.old_message_id IS NOT NULL AND e.action <> "
    "'remove' AS has_old FROM telegram_messages t JOIN ended e ON t.enterprise_number = "
    "e.enterprise AND t.call_uuid = e.call AND t.chat_id = e.chat AND t.epoch = e.epoch "
    "ORDER BY t.enterprise_number, t.call_uuid, t.chat_id FOR UPDATE OF t) "
    "UPDATE telegram_messages t SET "
    "message_id = CASE WHEN l.action = 'send' AND NOT l.is_unwanted THEN coalesce(l.message, "
    "t.message_id) ELSE t.message_id END, "
    "comment_message_id = CASE WHEN l.action = 'comment' THEN coalesce(l.message, "
    "t.comment_message_id) ELSE t.comment_message_id END, "
    "old_message_id = CASE WHEN l.is_unwanted THEN l.message WHEN l.action = 'remove' THEN NULL "
    "ELSE t.old_message_id END, "
    "sent_text = CASE WHEN l.action IN ('send', 'edit') AND NOT l.is_unwanted THEN l.text ELSE "
    "t.sent_text END, "
    "sent_keyboard = CASE WHEN l.action IN ('send', 'edit') THEN l.keyboard ELSE t.sent_keyboard "
    "END, "
    "comment_text = CASE WHEN l.has_comment THEN t.comment_text END, "
    "sent_version = CASE WHEN l.has_comment OR l.has_old OR l.is_unwanted THEN least(l.version, "
    "t.wanted_version - 1) ELSE l.version END, "
    "unknown_sends = CASE WHEN l.action IN ('send', 'comment') THEN 0 ELSE t.unknown_sends END, "
    "in_flight_since = NULL, attempts = 0, next_attempt_at = now(), last_error = NULL, updated_at "
    "= now() FROM locked l WHERE t.enterprise_number = l.enterprise_number AND t.call_uuid = "
    "l.call_uuid AND t.chat_id = l.chat_id RETURNING t.enterprise_number, t.call_uuid::text AS "
    "call_uuid, t.chat_id, t.wanted_version > t.sent_version AS behind";

/// $1 enterprise, $2 chat, $3 bot, $4 reason.
inline constexpr auto bury_chat =
    "WITH gone AS (SELECT enterprise_number, call_uuid, chat_id FROM telegram_messages WHERE "
    "bot_id = $3 AND wanted_version > sent_version AND dead_reason IS NULL AND enterprise_number = "
    "$1 AND chat_id = $2 ORDER BY enterprise_number, call_uuid, chat_id FOR UPDATE) "
    "UPDATE telegram_messages t SET dead_reason = $4, died_at = now(), in_flight_since = NULL, "
    "updated_at = now() FROM gone g WHERE t.enterprise_number = g.enterprise_number AND "
    "t.call_uuid = g.call_uuid AND t.chat_id = g.chat_id";

/// $1 enterprise, $2 old chat, $3 new chat. All that the subscriber wished goes along.
inline constexpr auto move_subscriber =
    "UPDATE telegram_users u SET tg_id = $3, not_found_answers = 0 WHERE u.enterprise_number = $1 "
    "AND u.tg_id = $2 AND NOT EXISTS (SELECT 1 FROM telegram_users o WHERE o.enterprise_number = "
    "$1 AND o.bot_token = u.bot_token AND o.tg_id = $3)";

/// The same with $4 what Telegram said. Message ids mean nothing in the new chat: what is due is
/// sent there as new. A card that the new chat has already stays behind as history.
inline constexpr auto move_cards =
    "UPDATE telegram_messages t SET chat_id = $3, message_id = NULL, sent_text = NULL, "
    "old_message_id = NULL, comment_message_id = NULL, unknown_sends = 0, in_flight_since = NULL, "
    "next_attempt_at = now(), last_error = $4, updated_at = now() "
    "WHERE t.enterprise_number = $1 AND t.chat_id = $2 AND t.dead_reason IS NULL AND NOT EXISTS "
    "(SELECT 1 FROM telegram_messages o WHERE o.enterprise_number = $1 AND o.call_uuid = "
    "t.call_uuid AND o.chat_id = $3)";

/// $1 enterprise, $2 chat, $3 bot, $4 line. A digest that is full only counts.
inline constexpr auto add_to_digest =
    "UPDATE telegram_messages SET wanted_text = CASE WHEN char_length(wanted_text) < 3600 THEN "
    "wanted_text || E'\\n' || $4 ELSE split_part(wanted_text, E'\\n… +', 1) || E'\\n… +' || "
    "(coalesce(nullif(split_part(wanted_text, E'\\n… +', 2), ''), '0')::int + 1) END, "
    "wanted_version = wanted_version + 1, updated_at = now() WHERE enterprise_number = $1 AND "
    "unique_id = 'digest' AND chat_id = $2 AND bot_id = $3 AND message_id IS NULL AND sent_version "
    "= 0 AND attempts = 0 AND in_flight_since IS NULL AND dead_reason IS NULL "
    "RETURNING call_uuid::text AS call_uuid";

/// $1 enterprise, $2 its own uuid, $3 chat, $4 bot, $5 text. More lines may come before it goes.
inline constexpr auto begin_digest =
    "INSERT INTO telegram_messages (enterprise_number, call_uuid, chat_id, unique_id, bot_id, "
    "card, "
    "wanted_text, wanted_version, is_final, next_attempt_at) SELECT $1, $2::uuid, $3, 'digest', "
    "$4, '{}'::jsonb, $5, 1, true, now() + interval '5 seconds' WHERE NOT EXISTS (SELECT 1 FROM "
    "telegram_messages WHERE enterprise_number = $1 AND unique_id = 'digest' AND chat_id = $3 AND "
    "bot_id = $4 AND message_id IS NULL AND sent_version = 0 AND attempts = 0 AND in_flight_since "
    "IS NULL AND dead_reason IS NULL)";

/// $1 unique id, $2 enterprise or null.
inline constexpr auto messages =
    "SELECT jsonb_build_object('items', coalesce(jsonb_agg(jsonb_build_object("
    "'enterprise_number', t.enterprise_number, 'call_uuid', t.call_uuid, 'chat_id', t.chat_id, "
    "'message_id', t.message_id, 'text', t.sent_text, 'wanted_text', t.wanted_text, "
    "'up_to_date', t.sent_version >= t.wanted_version, 'dead_reason', t.dead_reason, "
    "'last_error', t.last_error, 'possible_doubles', t.possible_doubles, "
    "'requests', (SELECT coalesce(jsonb_agg(jsonb_build_object('method', l.method, 'text', "
    "l.text, 'status', l.status, "
    "'answer', l.answer, 'outcome', l.outcome, 'attempt', l.attempt, 'duration_ms', "
    "l.duration_ms, 'at', l.created_at) ORDER BY l.id), '[]') "
    "FROM asterisk_logs l WHERE l.enterprise_number = t.enterprise_number AND l.call_uuid = "
    "t.call_uuid "
    "AND l.chat_id = t.chat_id)) ORDER BY t.created_at), '[]'))::text "
    "FROM telegram_messages t WHERE t.unique_id = $1 AND t.wanted_text <> '' AND ($2::text IS NULL "
    "OR t.enterprise_number = $2)";

}  // namespace trunkline::telegram::sql
