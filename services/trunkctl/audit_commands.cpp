#include "audit_commands.hpp"

#include <chrono>

#include "story/ledger.hpp"
#include "story/reader.hpp"
#include "story/story.hpp"

namespace trunkline::trunkctl {
namespace {

constexpr auto default_timezone = "Europe/Minsk";
constexpr auto default_span = std::chrono::hours(24);

base::Result<base::WallTime> time_or(
    const std::string& text, const std::string& flag, base::WallTime otherwise
) {
    if (text.empty()) {
        return otherwise;
    }
    const auto time = base::parse_iso8601(text);
    if (!time) {
        return base::fail(base::Errc::invalid_input, flag + ": " + time.error().detail);
    }
    return *time;
}

base::Result<story::LedgerFilter> filter_of(const LedgerOptions& options) {
    const auto to = time_or(options.to, "--to", base::system_clock().now());
    if (!to) {
        return std::unexpected(to.error());
    }
    const auto from = time_or(options.from, "--from", *to - default_span);
    if (!from) {
        return std::unexpected(from.error());
    }
    story::LedgerFilter filter;
    filter.enterprise = options.enterprise;
    filter.pbx = options.pbx;
    filter.from = *from;
    filter.to = *to;
    filter.limit = 1000;
    return filter;
}

asio::awaitable<base::Result<std::optional<std::string>>> number_of(
    Context& context, std::optional<std::string> any
) {
    if (!any) {
        co_return any;
    }
    const auto rows = co_await context.pool.execute(
        "SELECT number FROM enterprises WHERE number = $1 OR name2 = $1 OR name = $1 ORDER BY "
        "number = $1 DESC, name2 = $1 DESC LIMIT 1",
        pg::Params::of(*any)
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    if (rows->empty()) {
        co_return base::fail(base::Errc::not_found, "there is no enterprise " + *any);
    }
    co_return std::optional<std::string>(rows->front().text(0));
}

}  // namespace

asio::awaitable<base::Result<>> show_ledger(Context& context, LedgerOptions options) {
    const auto number = co_await number_of(context, options.enterprise);
    if (!number) {
        co_return std::unexpected(number.error());
    }
    options.enterprise = *number;
    const auto filter = filter_of(options);
    if (!filter) {
        co_return std::unexpected(filter.error());
    }
    const auto page = co_await story::read_ledger(context.pool, *filter);
    if (!page) {
        co_return std::unexpected(page.error());
    }
    context.out.print(story::to_table(*page, default_timezone), story::to_json(*page));
    co_return base::Result<>{};
}

asio::awaitable<base::Result<>> explain_call(
    Context& context, std::string call, std::optional<std::string> enterprise
) {
    const auto records =
        co_await story::read_records(context.pool, std::move(call), std::move(enterprise));
    if (!records) {
        co_return std::unexpected(records.error());
    }
    const auto told = story::tell(*records, story::StorySettings{});
    const auto& zone = records->enterprise.timezone;
    context.out.print(
        story::to_text(told, zone.empty() ? default_timezone : zone), story::to_json(told)
    );
    co_return base::Result<>{};
}

}  // namespace trunkline::trunkctl
