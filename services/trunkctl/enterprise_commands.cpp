#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <string>
#include <utility>

#include "base/text.hpp"
#include "base/timezone.hpp"
#include "commands.hpp"
#include "json/document.hpp"
#include "json/writer.hpp"
#include "numbers/plan.hpp"
#include "tenants/enterprise.hpp"

namespace trunkline::trunkctl {
namespace {

base::Result<> ok() { return {}; }

asio::awaitable<base::Result<>> change(
    Context& context, std::string sql, pg::Params params, std::string done, std::string missing
) {
    const auto rows = co_await context.pool.execute(std::move(sql), std::move(params));
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    if (rows->affected() == 0) {
        co_return base::fail(base::Errc::not_found, std::move(missing));
    }
    json::Writer writer;
    writer.begin_object().member("status", "ok").end_object();
    context.out.print(done, writer.take());
    co_return ok();
}

std::string no_such(const std::string& number) { return "there is no enterprise " + number; }

/// `client_id` of an integration may be no secret by itself, but it names the account in calls to
/// us.
base::Result<std::pair<std::string, std::string>> parse_assignment(const std::string& text) {
    const auto equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
        return base::fail(
            base::Errc::invalid_input, "\"" + text + "\" is not of the form member=value"
        );
    }
    auto value = text.substr(equals + 1);
    if (value == "-") {
        std::getline(std::cin, value);
    }
    return std::pair(text.substr(0, equals), std::string(base::trim(value)));
}

/// The value as it goes into integrations_config, as JSON text.
std::string stored_value(
    const Context& context,
    const std::string& number,
    const std::string& integration,
    const std::string& member,
    const std::string& value
) {
    if (value == "true" || value == "false") {
        return value;
    }
    if (context.secrets && tenants::is_secret_member(member)) {
        const auto place = tenants::secret_context(number, integration, member);
        return json::quote(context.secrets->seal(value, place));
    }
    return json::quote(value);
}

bool is_integration(const std::string& key) {
    return std::ranges::find(tenants::integration_keys(), key) != tenants::integration_keys().end();
}

std::string known_integrations() {
    return fmt::format("{}", fmt::join(tenants::integration_keys(), ", "));
}

}  // namespace

asio::awaitable<base::Result<>> add_enterprise(Context& context, NewEnterprise enterprise) {
    if (!base::is_known_timezone(enterprise.timezone)) {
        co_return base::fail(
            base::Errc::invalid_input, "\"" + enterprise.timezone + "\" is no IANA time zone"
        );
    }
    if (!numbers::has_numbering_plan(enterprise.region)) {
        co_return base::fail(
            base::Errc::invalid_input,
            "\"" + enterprise.region + "\" is no country code (ISO 3166), such as BY"
        );
    }
    const auto rows = co_await context.pool.execute(
        "INSERT INTO enterprises (number, name, name2, bot_token, region, timezone, debug_log) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7)",
        pg::Params::of(
            enterprise.number,
            enterprise.name,
            enterprise.token,
            enterprise.bot_token,
            enterprise.region,
            enterprise.timezone,
            enterprise.debug_log
        )
    );
    if (!rows) {
        if (rows.error().code == base::Errc::conflict) {
            co_return base::fail(
                base::Errc::conflict, "an enterprise with this number or Token exists already"
            );
        }
        co_return std::unexpected(rows.error());
    }
    json::Writer writer;
    writer.begin_object().member("number", enterprise.number).end_object();
    context.out.print("enterprise " + enterprise.number + " added", writer.take());
    co_return ok();
}

asio::awaitable<base::Result<>> list_enterprises(Context& context) {
    const auto rows =
        co_await context.pool.execute("SELECT number, name, name2 FROM enterprises ORDER BY number"
        );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    std::string people = fmt::format("{:<10} {:<20} {}", "number", "name", "Token");
    json::Writer writer;
    writer.begin_array();
    for (const auto& row : *rows) {
        people += fmt::format(
            "\n{:<10} {:<20} {}", row.text("number"), row.text("name"), row.text("name2")
        );
        writer.begin_object()
            .member("number", row.text("number"))
            .member("name", row.text("name"))
            .member("token", row.text("name2"))
            .end_object();
    }
    writer.end_array();
    context.out.print(people, writer.take());
    co_return ok();
}

asio::awaitable<base::Result<>> show_enterprise(Context& context, std::string number) {
    const auto rows = co_await context.pool.execute(
        "SELECT e.number, e.name, e.name2, e.region, e.timezone, e.recordings, e.debug_log, "
        "e.bot_token <> '' AS has_bot, "
        "e.integrations_config::text AS config, "
        "(SELECT count(*) FROM telegram_users u WHERE u.enterprise_number = e.number AND u.active) "
        "AS subscribers "
        "FROM enterprises e WHERE e.number = $1 OR e.name2 = $1 OR e.name = $1 ORDER BY e.number = "
        "$1 DESC LIMIT 1",
        pg::Params::of(number)
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    if (rows->empty()) {
        co_return base::fail(base::Errc::not_found, no_such(number));
    }
    const auto row = rows->front();
    const auto config =
        json::parse(row.text("config"), {.max_bytes = std::size_t{1} << 20, .max_depth = 64});
    const auto masked = config ? tenants::masked_config(*config) : std::string("{}");
    json::Writer writer;
    writer.begin_object()
        .member("number", row.text("number"))
        .member("name", row.text("name"))
        .member("token", row.text("name2"))
        .member("region", row.text("region"))
        .member("timezone", row.text("timezone"))
        .member("recordings", row.text("recordings"))
        .member("debug_log", row.boolean("debug_log"))
        .member("has_bot", row.boolean("has_bot"))
        .member("subscribers", row.integer("subscribers"))
        .key("integrations_config")
        .raw(masked)
        .end_object();
    const auto text = writer.take();
    const auto shown = json::parse(text, {.max_bytes = std::size_t{2} << 20, .max_depth = 64});
    context.out.print(shown ? shown->root().dump(2) : text, text);
    co_return ok();
}

asio::awaitable<base::Result<>> remove_enterprise(Context& context, std::string number) {
    return change(
        context,
        "DELETE FROM enterprises WHERE number = $1",
        pg::Params::of(number),
        "enterprise " + number + " removed; its events and calls stay",
        no_such(number)
    );
}

asio::awaitable<base::Result<>> set_integration(
    Context& context,
    std::string number,
    std::string integration,
    std::vector<std::string> assignments
) {
    if (!is_integration(integration)) {
        co_return base::fail(
            base::Errc::invalid_input, "\"" + integration + "\" is none of " + known_integrations()
        );
    }
    json::Writer section;
    section.begin_object();
    bool says_enabled = false;
    for (const auto& text : assignments) {
        const auto assignment = parse_assignment(text);
        if (!assignment) {
            co_return std::unexpected(assignment.error());
        }
        const auto& [member, value] = *assignment;
        says_enabled = says_enabled || member == "enabled";
        section.key(member).raw(stored_value(context, number, integration, member, value));
    }
    if (!says_enabled) {
        section.member("enabled", true);
    }
    section.end_object();
    const auto done = co_await change(
        context,
        "UPDATE enterprises SET updated_at = now(), integrations_config = "
        "jsonb_set(integrations_config, ARRAY[$2::text], "
        "coalesce(integrations_config->$2::text, '{}'::jsonb) || $3::jsonb) WHERE number = $1",
        pg::Params::of(number, integration, section.take()),
        integration + " of " + number + " is set",
        no_such(number)
    );
    co_return done;
}

asio::awaitable<base::Result<>> set_primary(
    Context& context, std::string number, std::string integration
) {
    if (!is_integration(integration)) {
        co_return base::fail(
            base::Errc::invalid_input, "\"" + integration + "\" is none of " + known_integrations()
        );
    }
    const auto done = co_await change(
        context,
        "UPDATE enterprises SET updated_at = now(), integrations_config = integrations_config || "
        "jsonb_build_object('smart', coalesce(integrations_config->'smart', '{}'::jsonb) || "
        "jsonb_build_object('primary', $2::text)) WHERE number = $1",
        pg::Params::of(number, integration),
        integration + " is the primary integration of " + number,
        no_such(number)
    );
    co_return done;
}

asio::awaitable<base::Result<>> add_subscriber(
    Context& context, std::string number, std::int64_t chat
) {
    return change(
        context,
        "INSERT INTO telegram_users (enterprise_number, bot_token, tg_id) "
        "SELECT number, bot_token, $2 FROM enterprises WHERE number = $1 "
        "ON CONFLICT (enterprise_number, bot_token, tg_id) DO UPDATE SET active = true, "
        "inactive_reason = NULL",
        pg::Params::of(number, chat),
        fmt::format("chat {} sees the calls of {}", chat, number),
        no_such(number)
    );
}

asio::awaitable<base::Result<>> add_manager(
    Context& context,
    std::string number,
    std::string extension,
    std::string full_name,
    std::string short_name
) {
    return change(
        context,
        "INSERT INTO managers (enterprise_number, extension, full_name, short_name) "
        "SELECT number, $2, $3, $4 FROM enterprises WHERE number = $1 ON CONFLICT "
        "(enterprise_number, extension) "
        "DO UPDATE SET full_name = excluded.full_name, short_name = excluded.short_name",
        pg::Params::of(number, extension, full_name, short_name),
        "manager " + extension + " of " + number + " is " + full_name,
        no_such(number)
    );
}

asio::awaitable<base::Result<>> add_line(
    Context& context,
    std::string number,
    std::string line_id,
    std::string name,
    std::string operator_name,
    std::string phone
) {
    return change(
        context,
        "INSERT INTO lines (enterprise_number, line_id, name, operator, number) "
        "SELECT number, $2, $3, $4, $5 FROM enterprises WHERE number = $1 ON CONFLICT "
        "(enterprise_number, line_id) "
        "DO UPDATE SET name = excluded.name, operator = excluded.operator, number = "
        "excluded.number",
        pg::Params::of(number, line_id, name, operator_name, phone),
        "line " + line_id + " of " + number + " is " + name,
        no_such(number)
    );
}

}  // namespace trunkline::trunkctl
