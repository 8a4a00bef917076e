#include "enterprise_admin.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "json/document.hpp"
#include "json/writer.hpp"
#include "tenants/enterprise.hpp"

namespace trunkline::trunkctl {
namespace {

constexpr json::Limits config_limits{.max_bytes = std::size_t{2} << 20, .max_depth = 64};

base::Error no_such(const std::string& any) {
    return base::fail(base::Errc::not_found, "there is no enterprise " + any).error();
}

const crypto::SecretBox* box_of(const Context& context) {
    return context.secrets ? &*context.secrets : nullptr;
}

/// `$` of each assignment becomes the parameter's number, counted from `first`.
std::string value_sql(const Assignment& assignment, std::size_t parameter) {
    auto sql = assignment.sql;
    sql.replace(sql.find('$'), 1, "$" + std::to_string(parameter));
    return sql;
}

std::string taken(
    const base::Error& error, const std::string& number, const EnterpriseValues& values
) {
    return error.detail.find("enterprises_token") == std::string::npos
               ? "enterprise " + number + " exists already"
               : "another enterprise has the Token " + values.token.value_or("");
}

asio::awaitable<base::Result<std::string>> number_of(Context& context, std::string any) {
    const auto rows = co_await context.pool.execute(
        "SELECT number FROM enterprises WHERE number = $1 OR name2 = $1 OR name = $1 "
        "ORDER BY number = $1 DESC, name2 = $1 DESC, number LIMIT 1",
        pg::Params::of(any)
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    if (rows->empty()) {
        co_return std::unexpected(no_such(any));
    }
    co_return std::string(rows->front().text(0));
}

void tell(Context& context, const std::string& people, const std::string& number) {
    json::Writer writer;
    writer.begin_object().member("status", "ok").member("number", number).end_object();
    context.out.print(people, writer.take());
}

/// One enterprise with what people look for, ready to be printed either way.
struct Shown {
    explicit Shown(const pg::Row& row_in) : row(row_in) {
        if (auto parsed = json::parse(row.text("config"), config_limits)) {
            enterprise.integrations = std::move(*parsed);
        }
        secrets = base::split(row.text("webhook_secret"), ' ').size();
        find_missing();
    }

    void find_missing() {
        if (!row.boolean("has_bot")) {
            missing.emplace_back("bot");
        }
        if (row.integer("subscribers") == 0) {
            missing.emplace_back("subscribers");
        }
        if (row.text("name2").empty()) {
            missing.emplace_back("token");
        }
        const auto enabled = enterprise.enabled_integrations();
        if (enabled.empty()) {
            missing.emplace_back("integrations");
        } else if (std::ranges::find(enabled, enterprise.primary()) == enabled.end()) {
            missing.emplace_back("primary");
        }
    }

    std::string json() const;
    std::string people() const;

    const pg::Row& row;
    tenants::Enterprise enterprise;
    std::size_t secrets = 0;
    std::vector<std::string> missing;
};

std::string Shown::json() const {
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
        .member("managers", row.integer("managers"))
        .member("lines", row.integer("lines"))
        .member("allowed_networks", base::split(row.text("networks"), ','))
        .member("webhook_secrets", secrets)
        .member("rate_limit", row.optional_integer("rate_limit"))
        .key("integrations_config")
        .raw(tenants::masked_config(enterprise.integrations))
        .member("missing", missing)
        .end_object();
    return writer.take();
}

std::string crms_of(const tenants::Enterprise& enterprise) {
    std::vector<std::string> parts;
    for (const auto& key : tenants::integration_keys()) {
        if (enterprise.integrations.root().find(key)) {
            const auto* state = enterprise.is_enabled(key) ? "" : " (выключен, disabled)";
            const auto* first = enterprise.primary() == key ? " (основной, primary)" : "";
            parts.push_back(key + state + first);
        }
    }
    return parts.empty() ? "не заданы (none): trunkctl enterprise set-integration"
                         : fmt::format("{}", fmt::join(parts, ", "));
}

std::string Shown::people() const {
    const auto number = row.text("number");
    const auto networks = row.text("networks");
    const auto rate = row.optional_integer("rate_limit");
    const auto line = [](std::string_view name, const auto& value) {
        return fmt::format("\n  {:<12} {}", name, value);
    };
    auto out = fmt::format("{} {}", number, row.text("name"));
    out += line("Token", row.text("name2").empty() ? "не задан (not set)" : row.text("name2"));
    out += line(
        "bot",
        row.boolean("has_bot")
            ? "задан (set)"
            : fmt::format(
                  "бот не задан (not set): trunkctl enterprise set {} --bot-token -", number
              )
    );
    out += line(
        "subscribers",
        row.integer("subscribers") > 0
            ? std::to_string(row.integer("subscribers"))
            : fmt::format("нет (none): trunkctl subscriber add {} --chat ID", number)
    );
    out += line("CRM", crms_of(enterprise));
    out += line("region", row.text("region"));
    out += line("timezone", row.text("timezone"));
    out += line("recordings", row.text("recordings"));
    out += line("debug log", row.boolean("debug_log") ? "on" : "off");
    out += line("managers", row.integer("managers"));
    out += line("lines", row.integer("lines"));
    out += line("networks", networks.empty() ? "любые (any)" : networks);
    out += line(
        "signatures",
        secrets == 0 ? "не требуются (not asked for)"
                     : fmt::format("требуются (required), secrets: {}", secrets)
    );
    out += line(
        "rate limit",
        !rate        ? "INGEST_RATE_LIMIT"
        : *rate == 0 ? "нет (none)"
                     : fmt::format("{} events/s", *rate)
    );
    return out;
}

}  // namespace

asio::awaitable<base::Result<>> add_enterprise(
    Context& context, std::string number, EnterpriseValues values
) {
    if (const auto ok = check_number(number); !ok) {
        co_return ok;
    }
    const auto assignments = assignments_of(values, number, box_of(context));
    if (!assignments) {
        co_return std::unexpected(assignments.error());
    }
    std::string columns = "number";
    std::string inserted = "$1";
    pg::Params params;
    params << number;
    for (const auto& assignment : *assignments) {
        params << assignment.value;
        columns += ", " + assignment.column;
        inserted += ", " + value_sql(assignment, params.size());
    }
    const auto rows = co_await context.pool.execute(
        "INSERT INTO enterprises (" + columns + ") VALUES (" + inserted + ")", std::move(params)
    );
    if (!rows && rows.error().code == base::Errc::conflict) {
        co_return base::fail(base::Errc::conflict, taken(rows.error(), number, values));
    }
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    tell(context, "enterprise " + number + " added", number);
    co_return base::Result<>{};
}

asio::awaitable<base::Result<>> set_enterprise(
    Context& context, std::string any, EnterpriseValues values
) {
    const auto number = co_await number_of(context, any);
    if (!number) {
        co_return std::unexpected(number.error());
    }
    const auto assignments = assignments_of(values, *number, box_of(context));
    if (!assignments) {
        co_return std::unexpected(assignments.error());
    }
    if (assignments->empty()) {
        co_return base::fail(base::Errc::invalid_input, "nothing to set; see --help");
    }
    std::string sql = "UPDATE enterprises SET updated_at = now()";
    pg::Params params;
    params << *number;
    for (const auto& assignment : *assignments) {
        params << assignment.value;
        sql += ", " + assignment.column + " = " + value_sql(assignment, params.size());
    }
    const auto rows = co_await context.pool.execute(sql + " WHERE number = $1", std::move(params));
    if (!rows && rows.error().code == base::Errc::conflict) {
        co_return base::fail(base::Errc::conflict, taken(rows.error(), *number, values));
    }
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    auto people = "enterprise " + *number + " is set";
    if (values.bot_token) {
        people += "; subscribers belong to a bot, so those of another one have to join anew";
    }
    tell(context, people, *number);
    co_return base::Result<>{};
}

asio::awaitable<base::Result<>> remove_enterprise(Context& context, std::string number) {
    const auto rows = co_await context.pool.execute(
        "DELETE FROM enterprises WHERE number = $1", pg::Params::of(number)
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    if (rows->affected() == 0) {
        co_return std::unexpected(no_such(number));
    }
    tell(context, "enterprise " + number + " removed; its events and calls stay", number);
    co_return base::Result<>{};
}

asio::awaitable<base::Result<>> list_enterprises(Context& context) {
    const auto rows = co_await context.pool.execute(
        "SELECT e.number, e.name, e.name2, e.bot_token <> '' AS has_bot, "
        "e.webhook_secret <> '' AS is_signed, cardinality(e.allowed_networks) > 0 AS "
        "is_restricted, "
        "(SELECT count(*) FROM telegram_users u WHERE u.enterprise_number = e.number "
        "AND u.bot_token = e.bot_token AND u.active) AS subscribers "
        "FROM enterprises e ORDER BY e.number"
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    auto people = fmt::format("{:<10} {:<20} {:<16} {}", "number", "name", "Token", "notes");
    json::Writer writer;
    writer.begin_array();
    for (const auto& row : *rows) {
        const auto* notes = row.boolean("has_bot") ? "" : "бот не задан (no bot)";
        people += fmt::format(
            "\n{:<10} {:<20} {:<16} {}",
            row.text("number"),
            row.text("name"),
            row.text("name2"),
            notes
        );
        writer.begin_object()
            .member("number", row.text("number"))
            .member("name", row.text("name"))
            .member("token", row.text("name2"))
            .member("has_bot", row.boolean("has_bot"))
            .member("subscribers", row.integer("subscribers"))
            .member("signatures_required", row.boolean("is_signed"))
            .member("networks_restricted", row.boolean("is_restricted"))
            .end_object();
    }
    writer.end_array();
    context.out.print(people, writer.take());
    co_return base::Result<>{};
}

asio::awaitable<base::Result<>> show_enterprise(Context& context, std::string any) {
    const auto number = co_await number_of(context, any);
    if (!number) {
        co_return std::unexpected(number.error());
    }
    const auto rows = co_await context.pool.execute(
        "SELECT e.number, e.name, e.name2, e.region, e.timezone, e.recordings, e.debug_log, "
        "e.bot_token <> '' AS has_bot, e.integrations_config::text AS config, e.webhook_secret, "
        "array_to_string(e.allowed_networks, ',', 'NULL') AS networks, e.rate_limit, "
        "(SELECT count(*) FROM telegram_users u WHERE u.enterprise_number = e.number "
        "AND u.bot_token = e.bot_token AND u.active) AS subscribers, "
        "(SELECT count(*) FROM managers m WHERE m.enterprise_number = e.number) AS managers, "
        "(SELECT count(*) FROM lines l WHERE l.enterprise_number = e.number) AS lines "
        "FROM enterprises e WHERE e.number = $1",
        pg::Params::of(*number)
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    if (rows->empty()) {
        co_return std::unexpected(no_such(any));
    }
    const auto row = rows->front();
    const Shown shown(row);
    context.out.print(shown.people(), shown.json());
    co_return base::Result<>{};
}

}  // namespace trunkline::trunkctl
