#include "hook_commands.hpp"

#include <fmt/format.h>

#include <utility>

#include "json/writer.hpp"

namespace trunkline::trunkctl {
namespace {

struct Hook {
    const char* integration;
    const char* path;  ///< Behind `/<service>/hooks/<key>/`.
    const char* service;
    const char* where;  ///< Where it is entered in the CRM, or who does that.
};

constexpr Hook hooks[] = {
    {"retailcrm", "click-to-call", "retailcrm", "entered by register-telephony"},
    {"retailcrm", "status", "retailcrm", "entered by register-telephony"},
    {"retailcrm", "activity", "retailcrm", "entered by register-telephony"},
    {"uon", "event", "uon", "a webhook for each of 3, 4, 5, 47, 60, 61, 67"},
    {"ms", "click-to-call", "moysklad", "in the solution \"Phone API\""},
    {"bitrix24", "install", "bitrix24", "the local application's handler and its installation's"},
};

std::string address_of(const Context& context, const Hook& hook, std::string_view key) {
    auto base = context.public_url;
    while (base.ends_with('/')) {
        base.pop_back();
    }
    return fmt::format("{}/{}/hooks/{}/{}", base, hook.service, key, hook.path);
}

}  // namespace

asio::awaitable<base::Result<>> show_hooks(Context& context, std::string any) {
    if (context.public_url.empty()) {
        co_return base::fail(
            base::Errc::invalid_input, "PUBLIC_URL is not set: there is no address to call"
        );
    }
    auto session = co_await context.pool.acquire();
    if (!session) {
        co_return std::unexpected(session.error());
    }
    const auto rows = co_await session->execute(
        "SELECT hook_key, number FROM enterprises WHERE number = $1 OR name2 = $1 OR name = $1 "
        "ORDER BY number = $1 DESC, name2 = $1 DESC, number LIMIT 1",
        pg::Params::of(any)
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    if (rows->empty()) {
        co_return base::fail(base::Errc::not_found, "there is no enterprise " + any);
    }
    std::string words;
    json::Writer writer;
    writer.begin_object().member("enterprise", rows->front().text(1)).key("hooks").begin_array();
    for (const auto& hook : hooks) {
        const auto address = address_of(context, hook, rows->front().text(0));
        words += fmt::format("{:<10} {} ({})\n", hook.integration, address, hook.where);
        writer.begin_object()
            .member("integration", hook.integration)
            .member("hook", hook.path)
            .member("url", address)
            .end_object();
    }
    context.out.print(words, writer.end_array().end_object().take());
    co_return base::Result<>{};
}

}  // namespace trunkline::trunkctl
