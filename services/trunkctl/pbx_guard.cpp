#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/ids.hpp"
#include "crypto/digest.hpp"
#include "crypto/encoding.hpp"
#include "json/writer.hpp"
#include "numbers/plan.hpp"
#include "pbx_commands.hpp"

namespace trunkline::trunkctl {
namespace {

constexpr std::size_t key_bytes = 24;

asio::awaitable<base::Result<std::string>> number_of(Context& context, std::string any) {
    const auto rows = co_await context.pool.execute(
        "SELECT number FROM enterprises WHERE $1 IN (number, name2, name) "
        "ORDER BY number = $1 DESC, name2 = $1 DESC LIMIT 1",
        pg::Params::of(any)
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    if (rows->empty()) {
        co_return base::fail(base::Errc::not_found, "there is no enterprise " + any);
    }
    co_return std::string(rows->front().text("number"));
}

base::Result<> check_guard(const GuardValues& values) {
    if (values.countries) {
        for (const auto& country : *values.countries) {
            if (!numbers::has_numbering_plan(country)) {
                return base::fail(
                    base::Errc::invalid_input,
                    "--countries: " + country + " is no country (two capital letters, such as BY)"
                );
            }
        }
    }
    for (const auto& time : {values.night_from, values.night_to}) {
        const bool is_time = !time || (time->size() == 5 && (*time)[2] == ':' && *time >= "00:00" &&
                                       *time <= "23:59" && (*time)[3] <= '5');
        if (!is_time) {
            return base::fail(
                base::Errc::invalid_input, "--night-from, --night-to: a time such as 22:30"
            );
        }
    }
    if (values.calls_per_hour && (*values.calls_per_hour < 0 || *values.calls_per_hour > 100'000)) {
        return base::fail(base::Errc::invalid_input, "--calls-per-hour: from 0 to 100000");
    }
    return {};
}

}  // namespace

asio::awaitable<base::Result<>> set_call_guard(Context& context, GuardValues values) {
    if (const auto checked = check_guard(values); !checked) {
        co_return checked;
    }
    const auto number = co_await number_of(context, values.enterprise);
    if (!number) {
        co_return std::unexpected(number.error());
    }
    const auto done = co_await context.pool.execute(
        "INSERT INTO call_guards AS g (enterprise_number, countries, calls_per_hour, night_from, "
        "night_to, night_calls, service_codes) VALUES ($1, coalesce($2::text[], '{}'), "
        "coalesce($3::int, 120), coalesce($4, '22:00'), coalesce($5, '07:00'), "
        "coalesce($6, 'domestic'), coalesce($7::boolean, false)) ON CONFLICT (enterprise_number) "
        "DO UPDATE SET countries = coalesce($2::text[], g.countries), "
        "calls_per_hour = coalesce($3::int, g.calls_per_hour), "
        "night_from = coalesce($4, g.night_from), night_to = coalesce($5, g.night_to), "
        "night_calls = coalesce($6, g.night_calls), "
        "service_codes = coalesce($7::boolean, g.service_codes)",
        pg::Params::of(
            *number,
            values.countries,
            values.calls_per_hour,
            values.night_from,
            values.night_to,
            values.night_calls,
            values.service_codes
        )
    );
    if (!done) {
        co_return std::unexpected(done.error());
    }
    auto shown = co_await show_call_guard(context, *number);
    co_return shown;
}

asio::awaitable<base::Result<>> show_call_guard(Context& context, std::string enterprise) {
    const auto number = co_await number_of(context, std::move(enterprise));
    if (!number) {
        co_return std::unexpected(number.error());
    }
    const auto rows = co_await context.pool.execute(
        "SELECT region, timezone, coalesce(nullif(array_to_string(countries, ','), ''), region) AS "
        "countries, coalesce(calls_per_hour, 120) AS calls_per_hour, coalesce(night_from, '22:00') "
        "AS night_from, coalesce(night_to, '07:00') AS night_to, coalesce(night_calls, 'domestic') "
        "AS night_calls, coalesce(service_codes, false) AS service_codes, (SELECT count(*) FROM "
        "control_audit a WHERE a.enterprise_number = e.number AND is_outside AND outcome IN "
        "('begun', 'done') AND at > now() - interval '1 hour') AS placed FROM enterprises e "
        "LEFT JOIN call_guards ON enterprise_number = number WHERE number = $1",
        pg::Params::of(*number)
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    const auto row = rows->front();
    json::Writer writer;
    writer.begin_object()
        .member("enterprise_number", *number)
        .member("countries", row.text("countries"))
        .member("calls_per_hour", row.integer("calls_per_hour"))
        .member("placed_last_hour", row.integer("placed"))
        .member("night_from", row.text("night_from"))
        .member("night_to", row.text("night_to"))
        .member("night_calls", row.text("night_calls"))
        .member("service_codes", row.boolean("service_codes"))
        .end_object();
    context.out.print(
        fmt::format(
            "{} may call {}, {} outside calls an hour ({} in the last one), from {} to {} ({}) {}, "
            "short numbers and codes {}",
            *number,
            row.text("countries"),
            row.integer("calls_per_hour"),
            row.integer("placed"),
            row.text("night_from"),
            row.text("night_to"),
            row.text("timezone"),
            row.text("night_calls") == "all"    ? "as by day"
            : row.text("night_calls") == "none" ? "nobody outside"
                                                : "nobody abroad",
            row.boolean("service_codes") ? "too" : "not"
        ),
        writer.take()
    );
    co_return base::Result<>{};
}

asio::awaitable<base::Result<>> add_control_key(Context& context, KeyValues values) {
    const auto number = co_await number_of(context, values.enterprise);
    if (!number) {
        co_return std::unexpected(number.error());
    }
    const auto key = "tlk_" + base::random_hex(key_bytes);
    const auto rows = co_await context.pool.execute(
        "INSERT INTO control_keys (enterprise_number, name, role, key_digest) "
        "VALUES ($1, $2, $3, $4) RETURNING id",
        pg::Params::of(*number, values.name, values.role, crypto::to_hex(crypto::sha256(key)))
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    const std::string id(rows->front().text("id"));
    json::Writer writer;
    writer.begin_object()
        .member("id", id)
        .member("enterprise_number", *number)
        .member("role", values.role)
        .member("key", key)
        .end_object();
    context.out.print(
        fmt::format("key {} of {} ({}), shown this once:\n{}", id, *number, values.role, key),
        writer.take()
    );
    co_return base::Result<>{};
}

asio::awaitable<base::Result<>> list_control_keys(Context& context, std::string enterprise) {
    const auto number = co_await number_of(context, std::move(enterprise));
    if (!number) {
        co_return std::unexpected(number.error());
    }
    const auto rows = co_await context.pool.execute(
        "SELECT id, name, role, created_at, revoked_at IS NOT NULL AS revoked FROM control_keys "
        "WHERE enterprise_number = $1 ORDER BY created_at",
        pg::Params::of(*number)
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    std::string people;
    json::Writer writer;
    writer.begin_array();
    for (const auto row : *rows) {
        people += fmt::format(
            "{}{:<37} {:<11} {}{}",
            people.empty() ? "" : "\n",
            row.text("id"),
            row.text("role"),
            row.text("name"),
            row.boolean("revoked") ? " (revoked)" : ""
        );
        writer.begin_object()
            .member("id", row.text("id"))
            .member("name", row.text("name"))
            .member("role", row.text("role"))
            .member("created_at", base::format_iso8601(row.time("created_at")))
            .member("revoked", row.boolean("revoked"))
            .end_object();
    }
    writer.end_array();
    context.out.print(people.empty() ? "no keys" : people, writer.take());
    co_return base::Result<>{};
}

asio::awaitable<base::Result<>> revoke_control_key(Context& context, std::string id) {
    const auto gone = co_await context.pool.execute(
        "UPDATE control_keys SET revoked_at = now() WHERE id = $1 AND revoked_at IS NULL",
        pg::Params::of(id)
    );
    if (!gone) {
        co_return std::unexpected(gone.error());
    }
    if (gone->affected() == 0) {
        co_return base::fail(base::Errc::not_found, "there is no such key in use");
    }
    context.out.print("key " + id + " opens nothing any more", R"({"status":"ok"})");
    co_return base::Result<>{};
}

}  // namespace trunkline::trunkctl
