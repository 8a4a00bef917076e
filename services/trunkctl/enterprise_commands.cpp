#include <fmt/format.h>

#include <string>
#include <utility>

#include "commands.hpp"
#include "json/writer.hpp"

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

}  // namespace

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

}  // namespace trunkline::trunkctl
