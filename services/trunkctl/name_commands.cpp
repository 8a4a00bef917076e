#include "name_commands.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "import_file.hpp"
#include "json/writer.hpp"

namespace trunkline::trunkctl {
namespace {

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
        co_return base::fail(base::Errc::not_found, "there is no enterprise " + any);
    }
    co_return std::string(rows->front().text(0));
}

/// `extension, full_name, short_name` with `prefix` before each.
std::string columns_of(const NameTable& table, const std::string& prefix = {}) {
    std::vector<std::string> names;
    names.reserve(table.columns.size());
    for (const auto& column : table.columns) {
        names.push_back(prefix + column.name);
    }
    return fmt::format("{}", fmt::join(names, ", "));
}

/// Puts all rows in one statement; those that are the same already are not written.
pg::Query put_query(
    const NameTable& table, const std::string& number, const std::vector<NameRow>& rows
) {
    pg::Params params;
    params << number;
    std::vector<std::string> arrays;
    std::vector<std::string> sets;
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
        std::vector<std::string> values;
        values.reserve(rows.size());
        for (const auto& row : rows) {
            values.push_back(row[i]);
        }
        params << values;
        arrays.push_back(fmt::format("${}::text[]", i + 2));
        if (i > 0) {
            sets.push_back(fmt::format("{0} = excluded.{0}", table.columns[i].name));
        }
    }
    return pg::Query{
        fmt::format(
            "INSERT INTO {0} AS t (enterprise_number, {1}) SELECT $1, {2} FROM unnest({3}) AS "
            "n({1}) ON CONFLICT (enterprise_number, {4}) DO UPDATE SET {5} WHERE ({6}) IS DISTINCT "
            "FROM ({7})",
            table.table,
            columns_of(table),
            columns_of(table, "n."),
            fmt::join(arrays, ", "),
            table.columns.front().name,
            fmt::join(sets, ", "),
            columns_of(table, "t."),
            columns_of(table, "excluded.")
        ),
        std::move(params)
    };
}

pg::Query remove_others_query(
    const NameTable& table, const std::string& number, const std::vector<NameRow>& rows
) {
    std::vector<std::string> keys;
    keys.reserve(rows.size());
    for (const auto& row : rows) {
        keys.push_back(row.front());
    }
    return pg::Query{
        fmt::format(
            "DELETE FROM {} WHERE enterprise_number = $1 AND {} <> ALL ($2::text[])",
            table.table,
            table.columns.front().name
        ),
        pg::Params::of(number, keys)
    };
}

struct Outcome {
    std::string status;
    std::size_t written = 0;
    std::size_t removed = 0;
};

std::string in_json(const Outcome& outcome, const NameImport& import) {
    json::Writer writer;
    writer.begin_object()
        .member("status", outcome.status)
        .member("read", import.rows.size())
        .member("changed", outcome.written)
        .member("removed", outcome.removed)
        .member("ignored_columns", import.ignored)
        .key("bad")
        .begin_array();
    for (const auto& bad : import.bad) {
        writer.begin_object().member("line", bad.line).member("detail", bad.detail).end_object();
    }
    return writer.end_array().end_object().take();
}

std::string in_words(const NameTable& table, const Outcome& outcome, const NameImport& import) {
    auto text = fmt::format(
        "{}: {} read, {} added or changed{}{}",
        table.table,
        import.rows.size(),
        outcome.written,
        outcome.removed == 0 ? "" : fmt::format(", {} removed", outcome.removed),
        import.bad.empty() ? "" : fmt::format(", {} bad lines left out", import.bad.size())
    );
    if (!import.ignored.empty()) {
        text += fmt::format("\nignored columns: {}", fmt::join(import.ignored, ", "));
    }
    return outcome.status == "checked" ? text + "\nnothing is stored (--dry-run)" : text;
}

asio::awaitable<base::Result<Outcome>> store(
    Context& context,
    const NameTable& table,
    std::string number,
    const NameImport& import,
    bool replace
) {
    std::vector<pg::Query> queries;
    queries.push_back(put_query(table, number, import.rows));
    if (replace) {
        queries.push_back(remove_others_query(table, number, import.rows));
    }
    const auto done = co_await context.pool.pipeline(std::move(queries));
    if (!done) {
        co_return std::unexpected(done.error());
    }
    Outcome outcome{.status = "ok", .written = done->front().affected(), .removed = 0};
    outcome.removed = replace ? done->back().affected() : 0;
    co_return outcome;
}

}  // namespace

asio::awaitable<base::Result<>> put_name(
    Context& context, const NameTable& table, std::string any, NameRow row
) {
    if (const auto fault = fault_of(table, row); !fault.empty()) {
        co_return base::fail(base::Errc::invalid_input, fault);
    }
    const auto number = co_await number_of(context, std::move(any));
    if (!number) {
        co_return std::unexpected(number.error());
    }
    auto query = put_query(table, *number, {row});
    const auto done = co_await context.pool.execute(std::move(query.sql), std::move(query.params));
    if (!done) {
        co_return std::unexpected(done.error());
    }
    json::Writer writer;
    writer.begin_object().member("status", "ok").member("number", *number);
    for (std::size_t i = 0; i < row.size(); ++i) {
        writer.member(table.columns[i].name, row[i]);
    }
    writer.end_object();
    context.out.print(
        fmt::format("{} {} of {} is {}", table.one, row[0], *number, row[1]), writer.take()
    );
    co_return base::Result<>{};
}

asio::awaitable<base::Result<>> list_names(
    Context& context, const NameTable& table, std::string any
) {
    const auto number = co_await number_of(context, std::move(any));
    if (!number) {
        co_return std::unexpected(number.error());
    }
    const auto rows = co_await context.pool.execute(
        fmt::format(
            "SELECT {} FROM {} WHERE enterprise_number = $1 ORDER BY 1",
            columns_of(table),
            table.table
        ),
        pg::Params::of(*number)
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    json::Writer writer;
    writer.begin_array();
    auto people = fmt::format("{} of {}: {}", table.table, *number, rows->size());
    for (const auto& row : *rows) {
        writer.begin_object();
        people += "\n";
        for (std::size_t i = 0; i < table.columns.size(); ++i) {
            writer.member(table.columns[i].name, row.text(static_cast<int>(i)));
            people += fmt::format("{:<{}}", row.text(static_cast<int>(i)), i == 0 ? 10 : 26);
        }
        people.erase(people.find_last_not_of(' ') + 1);
        writer.end_object();
    }
    writer.end_array();
    context.out.print(people, writer.take());
    co_return base::Result<>{};
}

asio::awaitable<base::Result<>> remove_name(
    Context& context, const NameTable& table, std::string any, std::string key
) {
    const auto number = co_await number_of(context, std::move(any));
    if (!number) {
        co_return std::unexpected(number.error());
    }
    const auto rows = co_await context.pool.execute(
        fmt::format(
            "DELETE FROM {} WHERE enterprise_number = $1 AND {} = $2",
            table.table,
            table.columns.front().name
        ),
        pg::Params::of(*number, key)
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    if (rows->affected() == 0) {
        co_return base::fail(
            base::Errc::not_found, fmt::format("{} has no {} {}", *number, table.one, key)
        );
    }
    json::Writer writer;
    writer.begin_object().member("status", "ok").end_object();
    context.out.print(
        fmt::format("{} {} of {} is removed", table.one, key, *number), writer.take()
    );
    co_return base::Result<>{};
}

asio::awaitable<base::Result<>> import_names(
    Context& context, const NameTable& table, ImportOptions options
) {
    const auto number = co_await number_of(context, options.any);
    if (!number) {
        co_return std::unexpected(number.error());
    }
    const auto text = read_file(options.file);
    if (!text) {
        co_return std::unexpected(text.error());
    }
    const auto import = read_names(table, *text);
    if (!import) {
        co_return std::unexpected(import.error());
    }
    tell_bad_lines(import->bad);
    if (!import->bad.empty() && !options.skip_bad) {
        if (context.out.is_json()) {
            context.out.print("", in_json({.status = "failed"}, *import));
        }
        co_return base::fail(
            base::Errc::malformed,
            fmt::format(
                "{} of the file's lines are bad, so nothing is imported (--skip-bad imports the "
                "rest)",
                import->bad.size()
            )
        );
    }
    Outcome outcome{.status = "checked"};
    if (!options.dry_run) {
        const auto stored = co_await store(context, table, *number, *import, options.replace);
        if (!stored) {
            co_return std::unexpected(stored.error());
        }
        outcome = *stored;
    }
    context.out.print(in_words(table, outcome, *import), in_json(outcome, *import));
    co_return base::Result<>{};
}

}  // namespace trunkline::trunkctl
