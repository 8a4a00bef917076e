#include "people_store.hpp"

#include <utility>

#include "audience.hpp"
#include "base/text.hpp"
#include "crypto/digest.hpp"

namespace trunkline::telegram {
namespace {

// Two enterprises may share a bot, and a bot's token may have been given to somebody else since.
constexpr auto of_this_bot =
    " AND bot_token = $2 AND enterprise_number IN (SELECT number FROM enterprises WHERE "
    "bot_token = $2)";

std::optional<std::string> clock_text(const std::optional<int>& minutes) {
    return minutes ? std::optional(format_minutes(*minutes)) : std::nullopt;
}

std::optional<int> minutes_of(const pg::Row& row, const char* column) {
    const auto minutes = row.optional_integer(column);
    return minutes ? std::optional(static_cast<int>(*minutes)) : std::nullopt;
}

Subscription subscription_of(const pg::Row& row, std::int64_t chat) {
    Subscription out;
    out.enterprise = row.text("enterprise_number");
    out.chat = chat;
    out.language = call::parse_language(row.text("language")).value_or(call::Language::ru);
    out.thread = row.optional_integer("thread_id");
    out.active = row.boolean("active");
    out.is_admin = row.boolean("is_admin");
    out.wants.missed_only = row.text("calls") == "missed";
    out.wants.internal = row.boolean("internal");
    out.wants.extensions = base::split(row.text("extensions"), ',');
    out.wants.lines = base::split(row.text("lines"), ',');
    out.wants.quiet_from = minutes_of(row, "quiet_from");
    out.wants.quiet_to = minutes_of(row, "quiet_to");
    return out;
}

base::Result<> done(const base::Result<pg::Rows>& rows) {
    if (!rows) {
        return std::unexpected(rows.error());
    }
    return {};
}

}  // namespace

asio::awaitable<base::Result<pg::Rows>> PeopleStore::execute(std::string sql, pg::Params params) {
    return session_.execute(std::move(sql), std::move(params));
}

asio::awaitable<base::Result<PeopleStore::Joined>> PeopleStore::join(
    std::string code, UpdateChat chat, std::optional<std::int64_t> thread
) {
    const pg::Bytes hash{crypto::sha256(code)};
    const auto found = co_await execute(
        "SELECT i.enterprise_number, i.for_group, i.is_admin, array_to_string(i.extensions, ',') "
        "AS extensions, i.used_at IS NULL AND i.expires_at > now() AS is_open, i.used_by = $3 AS "
        "is_ours FROM telegram_invites i JOIN enterprises e ON e.number = i.enterprise_number "
        "WHERE i.code_hash = $1 AND e.bot_token = $2 FOR UPDATE OF i",
        pg::Params::of(hash, bot_token_, chat.id)
    );
    if (!found) {
        co_return std::unexpected(found.error());
    }
    Joined out;
    if (found->empty()) {
        co_return out;
    }
    const auto invite = found->front();
    out.enterprise = invite.text("enterprise_number");
    if (!invite.boolean("is_open")) {
        const bool is_ours = invite.optional_boolean("is_ours").value_or(false);
        out.outcome = is_ours ? Joined::Outcome::already : Joined::Outcome::wrong_code;
        co_return out;
    }
    if (invite.boolean("for_group") == chat.is_private) {
        out.outcome = chat.is_private ? Joined::Outcome::for_group : Joined::Outcome::for_person;
        co_return out;
    }
    const auto used = co_await execute(
        "UPDATE telegram_invites SET used_at = now(), used_by = $3 WHERE enterprise_number = $1 "
        "AND code_hash = $2",
        pg::Params::of(out.enterprise, hash, chat.id)
    );
    if (!used) {
        co_return std::unexpected(used.error());
    }
    const auto row = co_await execute(
        "INSERT INTO telegram_users AS u (enterprise_number, bot_token, tg_id, title, thread_id, "
        "is_admin, extensions) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (enterprise_number, "
        "bot_token, tg_id) DO UPDATE SET active = true, inactive_reason = NULL, title = "
        "excluded.title, thread_id = excluded.thread_id, is_admin = u.is_admin OR "
        "excluded.is_admin RETURNING language",
        pg::Params::of(
            out.enterprise,
            bot_token_,
            chat.id,
            chat.title,
            thread,
            invite.boolean("is_admin"),
            base::split(invite.text("extensions"), ',')
        )
    );
    if (!row) {
        co_return std::unexpected(row.error());
    }
    out.language = call::parse_language(row->front().text(0)).value_or(call::Language::ru);
    out.outcome = Joined::Outcome::joined;
    co_return out;
}

asio::awaitable<base::Result<std::vector<Subscription>>> PeopleStore::of_chat(std::int64_t chat) {
    const auto rows = co_await execute(
        std::string(
            "SELECT enterprise_number, language, thread_id, active, is_admin, calls, internal, "
            "array_to_string(extensions, ',') AS extensions, array_to_string(lines, ',') AS lines, "
            "(extract(epoch FROM quiet_from) / 60)::integer AS quiet_from, (extract(epoch FROM "
            "quiet_to) / 60)::integer AS quiet_to FROM telegram_users WHERE tg_id = $1"
        ) + of_this_bot +
            " ORDER BY enterprise_number FOR UPDATE",
        pg::Params::of(chat, bot_token_)
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    std::vector<Subscription> out;
    for (const auto& row : *rows) {
        out.push_back(subscription_of(row, chat));
    }
    co_return out;
}

asio::awaitable<base::Result<>> PeopleStore::save(Subscription subscription) {
    const auto& wants = subscription.wants;
    const auto rows = co_await execute(
        std::string("UPDATE telegram_users SET language = $4, calls = $5, internal = $6, "
                    "extensions = $7, lines = $8, quiet_from = $9::text::time, quiet_to = "
                    "$10::text::time WHERE tg_id = $1 AND enterprise_number = $3"
        ) + of_this_bot,
        pg::Params::of(
            subscription.chat,
            bot_token_,
            subscription.enterprise,
            code_of(subscription.language),
            wants.missed_only ? "missed" : "all",
            wants.internal,
            wants.extensions,
            wants.lines,
            clock_text(wants.quiet_from),
            clock_text(wants.quiet_to)
        )
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    if (wants.quiet_from) {
        co_return base::Result<>{};
    }
    // Without quiet hours nothing is waited for any more.
    const auto due = co_await execute(
        "UPDATE telegram_digests SET due_at = least(due_at, now()) WHERE enterprise_number = $1 "
        "AND chat_id = $2 AND attempts = 0",
        pg::Params::of(subscription.enterprise, subscription.chat)
    );
    co_return done(due);
}

asio::awaitable<base::Result<>> PeopleStore::switch_off(std::int64_t chat, std::string reason) {
    const auto rows = co_await execute(
        std::string("UPDATE telegram_users SET active = false, inactive_reason = $3 WHERE tg_id = "
                    "$1 AND active"
        ) + of_this_bot,
        pg::Params::of(chat, bot_token_, reason)
    );
    co_return done(rows);
}

asio::awaitable<base::Result<std::size_t>> PeopleStore::switch_on(
    std::int64_t chat, bool even_left
) {
    const auto rows = co_await execute(
        std::string("UPDATE telegram_users SET active = true, inactive_reason = NULL WHERE tg_id = "
                    "$1 AND NOT active AND ($3::boolean OR inactive_reason IS DISTINCT FROM $4)"
        ) + of_this_bot,
        pg::Params::of(chat, bot_token_, even_left, left_reason)
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    co_return rows->affected();
}

asio::awaitable<base::Result<>> PeopleStore::move(std::int64_t from, std::int64_t to) {
    const auto rows = co_await execute(
        std::string("UPDATE telegram_users u SET tg_id = $3 WHERE tg_id = $1 AND NOT EXISTS "
                    "(SELECT FROM telegram_users n WHERE n.enterprise_number = u.enterprise_number "
                    "AND n.bot_token = u.bot_token AND n.tg_id = $3)"
        ) + of_this_bot,
        pg::Params::of(from, bot_token_, to)
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    for (const auto* table : {"telegram_digest_items", "telegram_digests"}) {
        const auto moved = co_await execute(
            std::string("UPDATE ") + table +
                " t SET chat_id = $3 WHERE chat_id = $1 AND enterprise_number IN (SELECT number "
                "FROM enterprises WHERE bot_token = $2) AND NOT EXISTS (SELECT FROM " +
                table + " n WHERE n.enterprise_number = t.enterprise_number AND n.chat_id = $3)",
            pg::Params::of(from, bot_token_, to)
        );
        if (!moved) {
            co_return std::unexpected(moved.error());
        }
    }
    co_return base::Result<>{};
}

}  // namespace trunkline::telegram
