#include "control_store.hpp"

#include <utility>

namespace trunkline::pbx_control {
namespace {

GuardSettings::NightCalls night_calls_of(std::string_view text) {
    using enum GuardSettings::NightCalls;
    return text == "none" ? none : text == "all" ? all : domestic;
}

/// An enterprise without a row has the defaults, which LEFT JOIN gives as NULL.
GuardSettings guard_of(const pg::Row& row) {
    GuardSettings out;
    if (row.is_null("calls_per_hour")) {
        return out;
    }
    out.countries = row.text_array("countries");
    out.calls_per_hour = row.integer("calls_per_hour");
    out.night_from = minutes_of(row.text("night_from"));
    out.night_to = minutes_of(row.text("night_to"));
    out.night_calls = night_calls_of(row.text("night_calls"));
    out.service_codes = row.boolean("service_codes");
    return out;
}

}  // namespace

asio::awaitable<base::Result<Caller>> ControlStore::find(
    std::string digest, net::Deadline deadline
) {
    const auto rows = co_await pool_.execute(
        "SELECT enterprise_number, name, role FROM control_keys "
        "WHERE key_digest = $1 AND revoked_at IS NULL",
        pg::Params::of(digest),
        deadline
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    if (rows->empty()) {
        co_return base::fail(base::Errc::not_found, "no such key");
    }
    const auto row = rows->front();
    const auto role = key_role(row.text("role"));
    if (!role) {
        co_return std::unexpected(role.error());
    }
    co_return Caller{
        .role = *role,
        .enterprise = std::string(row.text("enterprise_number")),
        .name = "key:" + std::string(row.text("name"))
    };
}

asio::awaitable<base::Result<ControlStore::Site>> ControlStore::site(
    std::string pbx, net::Deadline deadline
) {
    const auto rows = co_await pool_.execute(
        "SELECT dial_context, device, dial_number, hold_context, record_folder, countries, "
        "calls_per_hour, night_from, night_to, night_calls, service_codes FROM pbx_servers "
        "LEFT JOIN call_guards USING (enterprise_number) WHERE id = $1",
        pg::Params::of(pbx),
        deadline
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    if (rows->empty()) {
        co_return base::fail(base::Errc::not_found, "there is no exchange " + pbx);
    }
    const auto row = rows->front();
    Site site;
    site.dialling.context = row.text("dial_context");
    site.dialling.device = row.text("device");
    site.dialling.number = row.text("dial_number");
    site.dialling.hold_context = row.text("hold_context");
    site.dialling.record_folder = row.text("record_folder");
    site.guard = guard_of(row);
    co_return site;
}

asio::awaitable<base::Result<ControlStore::Quality>> ControlStore::quality(
    std::string enterprise, int hours, net::Deadline deadline
) {
    const auto rows = co_await pool_.execute(
        "SELECT count(*) AS total, count(*) FILTER (WHERE call_status = 2) AS completed, "
        "coalesce(avg(duration) FILTER (WHERE call_status = 2), 0)::float8 AS talk, "
        "coalesce(avg(wait), 0)::float8 AS wait FROM calls "
        "WHERE enterprise_number = $1 AND date_received > now() - make_interval(hours => $2::int)",
        pg::Params::of(enterprise, hours),
        deadline
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    const auto row = rows->front();
    Quality out;
    out.total = row.integer("total");
    out.completed = row.integer("completed");
    out.missed = out.total - out.completed;
    out.average_talk = row.number("talk");
    out.average_wait = row.number("wait");
    co_return out;
}

}  // namespace trunkline::pbx_control
