#include <fmt/format.h>

#include <string>
#include <utility>

#include "commands.hpp"
#include "json/writer.hpp"
#include "numbers/plan.hpp"

namespace trunkline::trunkctl {
namespace {

base::Result<> ok() { return {}; }

/// Parameter $1 is number, Token or name, as for all paths and commands.
constexpr auto enterprise_sql =
    "SELECT number, region FROM enterprises WHERE number = $1 OR name2 = $1 OR name = $1 "
    "ORDER BY number = $1 DESC, name2 = $1 DESC LIMIT 1";

struct Owner {
    std::string number;
    std::string region;
};

asio::awaitable<base::Result<Owner>> find_owner(Context& context, std::string enterprise) {
    const auto rows = co_await context.pool.execute(enterprise_sql, pg::Params::of(enterprise));
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    if (rows->empty()) {
        co_return base::fail(base::Errc::not_found, "there is no enterprise " + enterprise);
    }
    const auto row = rows->front();
    Owner owner{std::string(row.text("number")), std::string(row.text("region"))};
    co_return owner;
}

asio::awaitable<base::Result<std::vector<numbers::Rule>>> read_rules(
    Context& context, std::string number
) {
    const auto rows = co_await context.pool.execute(
        "SELECT id, line, priority, pattern, replacement, comment FROM number_rules "
        "WHERE enterprise_number = $1 ORDER BY line = '', priority, id",
        pg::Params::of(number)
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    std::vector<numbers::Rule> rules;
    for (const auto& row : *rows) {
        numbers::Rule rule;
        rule.id = row.integer("id");
        rule.line = row.text("line");
        rule.priority = static_cast<int>(row.integer("priority"));
        rule.pattern = row.text("pattern");
        rule.replacement = row.text("replacement");
        rule.comment = row.text("comment");
        rules.push_back(std::move(rule));
    }
    co_return rules;
}

asio::awaitable<base::Result<std::vector<std::string>>> read_lines(
    Context& context, std::string number
) {
    const auto rows = co_await context.pool.execute(
        "SELECT line_id FROM lines WHERE enterprise_number = $1", pg::Params::of(number)
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    std::vector<std::string> lines;
    for (const auto& row : *rows) {
        lines.emplace_back(row.text(0));
    }
    co_return lines;
}

std::string in_words(const numbers::Explanation& told, const std::string& enterprise) {
    const auto& identity = told.identity;
    std::string text = fmt::format(
        "\"{}\" of enterprise {}, region {}{}",
        told.raw,
        enterprise,
        told.region,
        told.line.empty() ? "" : ", line " + told.line
    );
    int count = 0;
    for (const auto& step : told.steps) {
        text += fmt::format("\n  {}. {:<13} {:<20} {}", ++count, step.what, step.number, step.why);
    }
    text += fmt::format("\nkind       {}", numbers::to_string(identity.kind));
    text += fmt::format("\ncanonical  {}", identity.canonical);
    text += fmt::format("\nmatch key  {}", identity.key.empty() ? "(none)" : identity.key);
    if (!identity.e164.empty()) {
        text += fmt::format(
            "\nE.164      {}, {}{}",
            identity.e164,
            identity.country.empty() ? "of no one country" : identity.country,
            identity.valid ? "" : ", not given out"
        );
    }
    return text;
}

}  // namespace

asio::awaitable<base::Result<>> add_number_rule(Context& context, NewNumberRule rule) {
    numbers::Rule wanted;
    wanted.line = rule.line;
    wanted.priority = rule.priority;
    wanted.pattern = rule.pattern;
    wanted.replacement = rule.replacement;
    if (auto checked = numbers::check(wanted); !checked) {
        co_return std::unexpected(checked.error());
    }
    const auto owner = co_await find_owner(context, rule.enterprise);
    if (!owner) {
        co_return std::unexpected(owner.error());
    }
    const auto rows = co_await context.pool.execute(
        "INSERT INTO number_rules (enterprise_number, line, priority, pattern, replacement, "
        "comment) "
        "VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
        pg::Params::of(
            owner->number, rule.line, rule.priority, rule.pattern, rule.replacement, rule.comment
        )
    );
    if (!rows) {
        if (rows.error().code == base::Errc::conflict) {
            co_return base::fail(
                base::Errc::conflict, "there is a rule with this line and pattern already"
            );
        }
        co_return std::unexpected(rows.error());
    }
    const auto id = rows->front().integer(0);
    json::Writer writer;
    writer.begin_object().member("enterprise", owner->number).member("id", id).end_object();
    context.out.print(
        fmt::format("number rule {} of {}: {}", id, owner->number, numbers::describe(wanted)),
        writer.take()
    );
    co_return ok();
}

asio::awaitable<base::Result<>> list_number_rules(Context& context, std::string enterprise) {
    const auto owner = co_await find_owner(context, std::move(enterprise));
    if (!owner) {
        co_return std::unexpected(owner.error());
    }
    const auto rules = co_await read_rules(context, owner->number);
    if (!rules) {
        co_return std::unexpected(rules.error());
    }
    std::string people = fmt::format("{:<6} {:<9} {:<10} {}", "id", "priority", "line", "rule");
    json::Writer writer;
    writer.begin_array();
    for (const auto& rule : *rules) {
        auto shown = rule;
        shown.line.clear();
        people += fmt::format(
            "\n{:<6} {:<9} {:<10} {}{}",
            rule.id,
            rule.priority,
            rule.line.empty() ? "any" : rule.line,
            numbers::describe(shown),
            rule.comment.empty() ? "" : "   # " + rule.comment
        );
        const auto checked = numbers::check(rule);
        if (!checked) {
            people += "\n       left out: " + checked.error().detail;
        }
        writer.begin_object()
            .member("id", rule.id)
            .member("line", rule.line)
            .member("priority", rule.priority)
            .member("pattern", rule.pattern)
            .member("replacement", rule.replacement)
            .member("comment", rule.comment)
            .member("problem", checked ? std::optional<std::string>() : checked.error().detail)
            .end_object();
    }
    context.out.print(people, writer.end_array().take());
    co_return ok();
}

asio::awaitable<base::Result<>> remove_number_rule(
    Context& context, std::string enterprise, std::int64_t id
) {
    const auto owner = co_await find_owner(context, std::move(enterprise));
    if (!owner) {
        co_return std::unexpected(owner.error());
    }
    const auto rows = co_await context.pool.execute(
        "DELETE FROM number_rules WHERE enterprise_number = $1 AND id = $2",
        pg::Params::of(owner->number, id)
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    if (rows->affected() == 0) {
        co_return base::fail(
            base::Errc::not_found, fmt::format("{} has no number rule {}", owner->number, id)
        );
    }
    json::Writer writer;
    writer.begin_object().member("status", "ok").end_object();
    context.out.print(
        fmt::format("number rule {} of {} removed", id, owner->number), writer.take()
    );
    co_return ok();
}

asio::awaitable<base::Result<>> explain_number(
    Context& context, std::string enterprise, std::string raw, std::string line
) {
    const auto owner = co_await find_owner(context, std::move(enterprise));
    if (!owner) {
        co_return std::unexpected(owner.error());
    }
    auto rules = co_await read_rules(context, owner->number);
    if (!rules) {
        co_return std::unexpected(rules.error());
    }
    auto lines = co_await read_lines(context, owner->number);
    if (!lines) {
        co_return std::unexpected(lines.error());
    }
    numbers::PlanSettings settings;
    settings.region = owner->region;
    settings.lines = std::move(*lines);
    settings.rules = std::move(*rules);
    numbers::Plans plans;
    const auto made = plans.make(std::move(settings));
    const auto told = made.plan->explain(raw, line);
    std::string people = in_words(told, owner->number);
    for (const auto& problem : made.problems) {
        people += "\nwarning    " + problem;
    }
    context.out.print(people, told.to_json());
    co_return ok();
}

}  // namespace trunkline::trunkctl
