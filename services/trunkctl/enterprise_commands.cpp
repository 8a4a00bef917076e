#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <string>
#include <utility>

#include "base/text.hpp"
#include "commands.hpp"
#include "json/writer.hpp"
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
