#include "audit.hpp"

#include <utility>

#include "json/writer.hpp"
#include "pg/params.hpp"

namespace trunkline::pbx_control {
namespace {

constexpr auto insert_sql =
    "INSERT INTO control_audit (enterprise_number, pbx_id, actor, role, remote, action, channel, "
    "target, arguments, request_id, call_id, is_outside, outcome, status, answer, took_ms) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::jsonb, $10, $11, $12, $13, $14, $15, $16) "
    "RETURNING id";

constexpr auto earlier_sql =
    "SELECT channel, target, call_id FROM control_audit WHERE enterprise_number = $1 AND "
    "request_id = $2 AND action = $3 AND pbx_id = $4 AND outcome IN ('begun', 'done') AND "
    "at > now() - interval '1 hour' ORDER BY id DESC LIMIT 1";

constexpr auto count_sql =
    "SELECT count(*) AS placed FROM control_audit WHERE enterprise_number = $1 AND is_outside AND "
    "outcome IN ('begun', 'done') AND at > now() - interval '1 hour'";

constexpr auto list_sql =
    "SELECT id, enterprise_number, at, pbx_id, actor, role, remote, action, channel, target, "
    "arguments, outcome, status, answer, took_ms, request_id, call_id FROM control_audit "
    "WHERE ($1 = '' OR enterprise_number = $1) AND ($2 = '' OR pbx_id = $2) AND "
    "($3 = '' OR action = $3) AND ($4 = '' OR outcome = $4) AND ($5 = 0 OR id < $5) "
    "ORDER BY id DESC LIMIT $6";

pg::Params insert_params(const AuditEntry& entry, const AuditEnd& end) {
    return pg::Params::of(
        entry.enterprise,
        entry.pbx,
        entry.actor,
        entry.role,
        entry.remote,
        entry.action,
        entry.channel,
        entry.target,
        entry.arguments,
        entry.request_id,
        entry.call_id,
        entry.is_outside,
        end.outcome,
        end.status,
        end.answer,
        end.took.count()
    );
}

void write(json::Writer& writer, const pg::Row& row) {
    writer.begin_object()
        .member("id", row.integer("id"))
        .member("at", base::format_iso8601(row.time("at")))
        .member("enterprise", row.text("enterprise_number"))
        .member("pbx", row.text("pbx_id"))
        .member("actor", row.text("actor"))
        .member("role", row.text("role"))
        .member("remote", row.text("remote"))
        .member("action", row.text("action"))
        .member("channel", row.text("channel"))
        .member("target", row.text("target"))
        .key("arguments")
        .raw(row.text("arguments"))
        .member("outcome", row.text("outcome"))
        .member("status", row.integer("status"))
        .member("answer", row.text("answer"))
        .member("took_ms", row.integer("took_ms"))
        .member("request_id", row.text("request_id"))
        .member("call_id", row.text("call_id"))
        .end_object();
}

std::unexpected<base::Error> too_often(std::int64_t limit) {
    return std::unexpected(base::Error{
        .code = base::Errc::rate_limited,
        .detail = "more than " + std::to_string(limit) +
                  " outside calls an hour are not allowed here; try later",
        .fields = {},
        .native = "rate"
    });
}

asio::awaitable<base::Result<Audit::Begun>> begin_in(
    pg::Session& session, const AuditEntry& entry, std::optional<std::int64_t> hourly_limit
) {
    if (!entry.request_id.empty() || hourly_limit) {
        // One at a time for each enterprise, or two replicas would both find room for the last one.
        const auto locked = co_await session.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('control:' || $1, 0))",
            pg::Params::of(entry.enterprise)
        );
        if (!locked) {
            co_return std::unexpected(locked.error());
        }
    }
    if (!entry.request_id.empty()) {
        const auto found = co_await session.execute(
            earlier_sql, pg::Params::of(entry.enterprise, entry.request_id, entry.action, entry.pbx)
        );
        if (!found) {
            co_return std::unexpected(found.error());
        }
        if (!found->empty()) {
            const auto row = found->front();
            Audit::Begun begun;
            begun.earlier = Audit::Earlier{
                std::string(row.text("channel")),
                std::string(row.text("target")),
                std::string(row.text("call_id"))
            };
            co_return begun;
        }
    }
    if (hourly_limit) {
        const auto counted = co_await session.execute(count_sql, pg::Params::of(entry.enterprise));
        if (!counted) {
            co_return std::unexpected(counted.error());
        }
        if (counted->front().integer("placed") >= *hourly_limit) {
            co_return too_often(*hourly_limit);
        }
    }
    AuditEnd begun_end;
    begun_end.outcome = "begun";
    const auto inserted = co_await session.execute(insert_sql, insert_params(entry, begun_end));
    if (!inserted) {
        co_return std::unexpected(inserted.error());
    }
    Audit::Begun begun;
    begun.id = inserted->front().integer("id");
    co_return begun;
}

}  // namespace

asio::awaitable<base::Result<Audit::Begun>> Audit::begin(
    AuditEntry entry, std::optional<std::int64_t> hourly_limit, net::Deadline deadline
) {
    (void)deadline;  // The pool's own limits are shorter.
    const std::function<asio::awaitable<base::Result<Begun>>(pg::Session&)> body =
        [&entry, hourly_limit](pg::Session& session) {
            return begin_in(session, entry, hourly_limit);
        };
    auto begun = co_await pool_.transaction<Begun>(body);
    co_return begun;
}

asio::awaitable<base::Result<>> Audit::finish(
    std::string enterprise, std::int64_t id, AuditEnd end, net::Deadline deadline
) {
    const auto done = co_await pool_.execute(
        "UPDATE control_audit SET outcome = $3, status = $4, answer = $5, took_ms = $6 "
        "WHERE enterprise_number = $1 AND id = $2",
        pg::Params::of(enterprise, id, end.outcome, end.status, end.answer, end.took.count()),
        deadline
    );
    if (!done) {
        co_return std::unexpected(done.error());
    }
    co_return base::Result<>{};
}

asio::awaitable<base::Result<>> Audit::note(
    AuditEntry entry, AuditEnd end, net::Deadline deadline
) {
    const auto done = co_await pool_.execute(insert_sql, insert_params(entry, end), deadline);
    if (!done) {
        co_return std::unexpected(done.error());
    }
    co_return base::Result<>{};
}

asio::awaitable<base::Result<std::string>> Audit::list(Filter filter, net::Deadline deadline) {
    const auto rows = co_await pool_.execute(
        list_sql,
        pg::Params::of(
            filter.enterprise,
            filter.pbx,
            filter.action,
            filter.outcome,
            filter.before,
            filter.limit
        ),
        deadline
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    json::Writer writer;
    writer.begin_object().key("items").begin_array();
    std::optional<std::int64_t> next;
    for (const auto row : *rows) {
        write(writer, row);
        next = row.integer("id");
    }
    if (static_cast<std::int64_t>(rows->size()) < filter.limit) {
        next.reset();
    }
    co_return writer.end_array().member("next", next).end_object().take();
}

asio::awaitable<base::Result<std::size_t>> Audit::forget_old() {
    const auto done = co_await pool_.execute(
        "DELETE FROM control_audit WHERE (enterprise_number, id) IN (SELECT enterprise_number, id "
        "FROM control_audit WHERE at < now() - interval '400 days' ORDER BY at LIMIT 5000)"
    );
    if (!done) {
        co_return std::unexpected(done.error());
    }
    co_return done->affected();
}

}  // namespace trunkline::pbx_control
