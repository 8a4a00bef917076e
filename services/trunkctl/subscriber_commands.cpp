#include "subscriber_commands.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <boost/asio/this_coro.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/ids.hpp"
#include "base/text.hpp"
#include "base/timezone.hpp"
#include "crypto/digest.hpp"
#include "httpc/client.hpp"
#include "json/reader.hpp"
#include "json/writer.hpp"
#include "metrics/registry.hpp"

namespace trunkline::trunkctl {
namespace {

constexpr std::size_t code_bytes = 16;
constexpr int default_hours = 72;
constexpr int longest_hours = 24 * 90;

struct Invite {
    std::string enterprise;
    bool for_group = false;
    bool is_admin = false;
    std::vector<std::string> extensions;
    int hours = default_hours;
};

struct Change {
    std::string enterprise;
    std::int64_t chat = 0;
    std::string admin;
    std::string language;
};

struct Found {
    std::string number;
    std::string bot_token;
    std::string timezone;
};

asio::awaitable<base::Result<Found>> find_enterprise(Context& context, std::string any) {
    const auto rows = co_await context.pool.execute(
        "SELECT number, bot_token, timezone FROM enterprises WHERE number = $1 OR name2 = $1 OR "
        "name = $1 ORDER BY number = $1 DESC, name2 = $1 DESC, number LIMIT 1",
        pg::Params::of(any)
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    if (rows->empty()) {
        co_return base::fail(base::Errc::not_found, "there is no enterprise " + any);
    }
    const auto row = rows->front();
    co_return Found{
        std::string(row.text("number")),
        std::string(row.text("bot_token")),
        std::string(row.text("timezone"))
    };
}

/// The bot's name, which links to it begin with; the address that was asked holds a secret and is
/// in no error.
asio::awaitable<base::Result<std::string>> username_of(Context& context, std::string bot_token) {
    metrics::Registry registry;
    httpc::Client client(co_await asio::this_coro::executor, httpc::Settings{}, registry);
    httpc::Request request;
    request.url = context.telegram_api_url + "/bot" + bot_token + "/getMe";
    request.timeout = std::chrono::milliseconds(15'000);
    request.max_tries = 3;
    request.retry_safe = true;
    const auto outcome = co_await client.send(std::move(request));
    co_await client.close();
    if (!outcome) {
        co_return base::fail(
            base::Errc::unavailable, "Telegram does not answer: " + outcome.error().error.detail
        );
    }
    const auto document = json::parse(outcome->body);
    const auto result = document ? document->root().find("result") : std::nullopt;
    const auto username = result ? result->find("username") : std::nullopt;
    if (!username || username->string().value_or("").empty()) {
        co_return base::fail(
            base::Errc::unavailable,
            fmt::format("Telegram does not know the bot (answer {})", outcome->status)
        );
    }
    co_return std::string(*username->string());
}

asio::awaitable<base::Result<>> invite_subscriber(Context& context, Invite invite) {
    const auto enterprise = co_await find_enterprise(context, invite.enterprise);
    if (!enterprise) {
        co_return std::unexpected(enterprise.error());
    }
    if (enterprise->bot_token.empty()) {
        co_return base::fail(
            base::Errc::invalid_input,
            fmt::format(
                "у предприятия нет бота (no bot): trunkctl enterprise set {} --bot-token -",
                enterprise->number
            )
        );
    }
    const auto username = co_await username_of(context, enterprise->bot_token);
    if (!username) {
        co_return std::unexpected(username.error());
    }
    const auto code = base::random_hex(code_bytes);
    const auto rows = co_await context.pool.execute(
        "INSERT INTO telegram_invites (enterprise_number, code_hash, for_group, is_admin, "
        "extensions, expires_at) VALUES ($1, $2, $3, $4, $5, now() + $6::integer * interval '1 "
        "hour') RETURNING expires_at",
        pg::Params::of(
            enterprise->number,
            pg::Bytes{crypto::sha256(code)},
            invite.for_group,
            invite.is_admin,
            invite.extensions,
            invite.hours
        )
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    const auto expires = rows->front().time(0);
    const auto link = fmt::format(
        "https://t.me/{}?{}={}", *username, invite.for_group ? "startgroup" : "start", code
    );
    json::Writer writer;
    writer.begin_object()
        .member("enterprise", enterprise->number)
        .member("link", link)
        .member("code", code)
        .member("group", invite.for_group)
        .member("admin", invite.is_admin)
        .member("expires_at", base::format_iso8601(expires))
        .end_object();
    const auto until = base::format_local_time(expires, enterprise->timezone);
    context.out.print(
        fmt::format(
            "{}\nодин раз, до {} ({}) / once, until then",
            link,
            until.value_or(base::format_iso8601(expires)),
            until ? enterprise->timezone : "UTC"
        ),
        writer.take()
    );
    co_return base::Result<>{};
}

asio::awaitable<base::Result<>> list_subscribers(Context& context, std::string any) {
    const auto enterprise = co_await find_enterprise(context, std::move(any));
    if (!enterprise) {
        co_return std::unexpected(enterprise.error());
    }
    const auto rows = co_await context.pool.execute(
        "SELECT u.tg_id, u.title, u.language, u.active, coalesce(u.inactive_reason, '') AS reason, "
        "u.is_admin, u.thread_id, u.calls, u.internal, array_to_string(u.extensions, ',') AS "
        "extensions, array_to_string(u.lines, ',') AS lines, coalesce(to_char(u.quiet_from, "
        "'HH24:MI') || '-' || to_char(u.quiet_to, 'HH24:MI'), '') AS quiet, u.bot_token = "
        "e.bot_token AS of_this_bot FROM telegram_users u JOIN enterprises e ON e.number = "
        "u.enterprise_number WHERE u.enterprise_number = $1 ORDER BY u.created_at, u.tg_id",
        pg::Params::of(enterprise->number)
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    auto people = fmt::format(
        "{:<16} {:<24} {:<4} {:<7} {:<12} {}", "chat", "name", "lang", "calls", "quiet", "notes"
    );
    json::Writer writer;
    writer.begin_array();
    for (const auto& row : *rows) {
        std::vector<std::string> notes;
        if (!row.boolean("of_this_bot")) {
            notes.emplace_back("другого бота (of another bot)");
        } else if (!row.boolean("active")) {
            notes.push_back("не получает (inactive): " + std::string(row.text("reason")));
        }
        if (row.boolean("is_admin")) {
            notes.emplace_back("admin");
        }
        if (!row.boolean("internal")) {
            notes.emplace_back("без внутренних (no internal)");
        }
        for (const auto* column : {"extensions", "lines"}) {
            if (!row.text(column).empty()) {
                notes.push_back(std::string(column) + " " + std::string(row.text(column)));
            }
        }
        people += fmt::format(
            "\n{:<16} {:<24} {:<4} {:<7} {:<12} {}",
            row.integer("tg_id"),
            row.text("title"),
            row.text("language"),
            row.text("calls"),
            row.text("quiet"),
            fmt::join(notes, "; ")
        );
        writer.begin_object()
            .member("chat_id", row.integer("tg_id"))
            .member("title", row.text("title"))
            .member("language", row.text("language"))
            .member("active", row.boolean("active") && row.boolean("of_this_bot"))
            .member("inactive_reason", row.text("reason"))
            .member("admin", row.boolean("is_admin"))
            .member("thread_id", row.optional_integer("thread_id"))
            .member("calls", row.text("calls"))
            .member("internal", row.boolean("internal"))
            .member("extensions", base::split(row.text("extensions"), ','))
            .member("lines", base::split(row.text("lines"), ','))
            .member("quiet", row.text("quiet"))
            .end_object();
    }
    context.out.print(people, writer.end_array().take());
    co_return base::Result<>{};
}

asio::awaitable<base::Result<>> change_rows(
    Context& context, std::string sql, pg::Params params, std::int64_t chat, std::string done
) {
    const auto rows = co_await context.pool.execute(std::move(sql), std::move(params));
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    if (rows->affected() == 0) {
        co_return base::fail(
            base::Errc::not_found, fmt::format("chat {} is no subscriber there", chat)
        );
    }
    json::Writer writer;
    writer.begin_object().member("status", "ok").member("chat_id", chat).end_object();
    context.out.print(done, writer.take());
    co_return base::Result<>{};
}

asio::awaitable<base::Result<>> set_subscriber(Context& context, Change change) {
    const auto enterprise = co_await find_enterprise(context, change.enterprise);
    if (!enterprise) {
        co_return std::unexpected(enterprise.error());
    }
    if (change.admin.empty() && change.language.empty()) {
        co_return base::fail(base::Errc::invalid_input, "nothing to set; see --help");
    }
    auto params = pg::Params::of(enterprise->number, change.chat);
    params << (change.admin.empty() ? std::nullopt : std::optional(change.admin == "on"))
           << (change.language.empty() ? std::nullopt : std::optional(change.language));
    const auto done = co_await change_rows(
        context,
        "UPDATE telegram_users SET is_admin = coalesce($3::boolean, is_admin), language = "
        "coalesce($4::text, language) WHERE enterprise_number = $1 AND tg_id = $2",
        std::move(params),
        change.chat,
        fmt::format("chat {} of {} is set", change.chat, enterprise->number)
    );
    co_return done;
}

asio::awaitable<base::Result<>> remove_subscriber(
    Context& context, std::string any, std::int64_t chat
) {
    const auto enterprise = co_await find_enterprise(context, std::move(any));
    if (!enterprise) {
        co_return std::unexpected(enterprise.error());
    }
    const auto done = co_await change_rows(
        context,
        "DELETE FROM telegram_users WHERE enterprise_number = $1 AND tg_id = $2",
        pg::Params::of(enterprise->number, chat),
        chat,
        fmt::format("chat {} sees no more calls of {}", chat, enterprise->number)
    );
    co_return done;
}

}  // namespace

void add_subscriber_commands(CLI::App& subscriber, Work& work) {
    auto invite = std::make_shared<Invite>();
    auto* make = subscriber.add_subcommand("invite", "print a link by which one chat can join");
    make->add_option("number", invite->enterprise, "enterprise: number, Token or name")->required();
    make->add_flag("--group", invite->for_group, "for a group; without it for one person");
    make->add_flag("--admin", invite->is_admin, "may look into a call's whole story");
    make->add_option("--extension", invite->extensions, "sees only calls of these")->delimiter(',');
    make->add_option("--hours", invite->hours, "how long it can be used")
        ->check(CLI::Range(1, longest_hours))
        ->capture_default_str();
    make->callback([invite, &work] {
        work = [invite](Context& c) { return invite_subscriber(c, *invite); };
    });

    auto change = std::make_shared<Change>();
    auto* list = subscriber.add_subcommand("list", "who sees the calls, and which");
    list->add_option("number", change->enterprise, "enterprise")->required();
    list->callback([change, &work] {
        work = [change](Context& c) { return list_subscribers(c, change->enterprise); };
    });

    auto* set = subscriber.add_subcommand("set", "change one");
    set->add_option("number", change->enterprise, "enterprise")->required();
    set->add_option("--chat", change->chat, "Telegram's chat id")->required();
    set->add_option("--admin", change->admin, "on or off")->check(CLI::IsMember({"on", "off"}));
    set->add_option("--language", change->language, "ru, be or en")
        ->check(CLI::IsMember({"ru", "be", "en"}));
    set->callback([change, &work] {
        work = [change](Context& c) { return set_subscriber(c, *change); };
    });

    auto* remove = subscriber.add_subcommand("remove", "take a chat off; it needs a new invite");
    remove->add_option("number", change->enterprise, "enterprise")->required();
    remove->add_option("--chat", change->chat, "Telegram's chat id")->required();
    remove->callback([change, &work] {
        work = [change](Context& c) {
            return remove_subscriber(c, change->enterprise, change->chat);
        };
    });
}

}  // namespace trunkline::trunkctl
