#include <fmt/format.h>

#include <chrono>

#include "emulator_api.hpp"
#include "json/writer.hpp"
#include "net/sleep.hpp"
#include "playback_commands.hpp"

namespace trunkline::trunkctl {
namespace {

constexpr std::chrono::seconds between_looks{1};
// After the sending calls go on for a minute or two, and what became of each is asked for.
constexpr std::chrono::minutes patience{10};

std::string token_of(std::int64_t number) { return fmt::format("3750000{:05}", number); }

/// Load belongs on this machine: what it makes is nobody's.
bool is_loopback(const std::string& url) {
    for (const auto* host : {"http://127.0.0.1", "http://localhost", "http://[::1]"}) {
        const std::string beginning(host);
        if (url.starts_with(beginning) &&
            (url.size() == beginning.size() || url[beginning.size()] == ':' ||
             url[beginning.size()] == '/')) {
            return true;
        }
    }
    return false;
}

/// One enterprise with a bot, a chat and a RetailCRM account of the sandbox's. Its secrets are the
/// sandbox's own, which are no secrets.
std::vector<pg::Query> enterprise_queries(std::int64_t number, const std::string& sandbox_url) {
    const auto name = fmt::format("load-{:03}", number);
    const auto bot = fmt::format("{}:load-bot-token-AAAAAAAAAAAAAAAAAAAAA", 2'000'000 + number);
    json::Writer config;
    config.begin_object()
        .key("smart")
        .begin_object()
        .member("primary", "retailcrm")
        .end_object()
        .key("retailcrm")
        .begin_object()
        .member("enabled", true)
        .member("base_url", sandbox_url + "/retailcrm/" + name)
        .member("api_key", "sandbox-retailcrm-key-" + name)
        .end_object()
        .end_object();
    std::vector<pg::Query> queries;
    queries.push_back(
        {"INSERT INTO enterprises (number, name, name2, bot_token, integrations_config) VALUES "
         "($1, "
         "$1, $2, $3, $4::jsonb) ON CONFLICT (number) DO UPDATE SET name2 = excluded.name2, "
         "bot_token = excluded.bot_token, integrations_config = excluded.integrations_config, "
         "updated_at = now()",
         pg::Params::of(name, token_of(number), bot, config.take())}
    );
    queries.push_back(
        {"INSERT INTO telegram_users (enterprise_number, bot_token, tg_id) VALUES ($1, $2, $3) ON "
         "CONFLICT DO NOTHING",
         pg::Params::of(name, bot, 2'000'000 + number)}
    );
    return queries;
}

asio::awaitable<base::Result<>> prepare(Context& context, std::int64_t enterprises) {
    if (!is_loopback(context.emulator_url) || !is_loopback(context.sandbox_url) ||
        !is_loopback(context.ingest_url)) {
        co_return base::fail(
            base::Errc::forbidden,
            "load enterprises are made on this machine only: CALL_EMULATOR_URL, INGEST_URL and "
            "SANDBOX_URL must be loopback"
        );
    }
    co_await context.pool.open();
    for (std::int64_t number = 1; number <= enterprises; ++number) {
        auto queries = enterprise_queries(number, context.sandbox_url);
        const auto made = co_await context.pool.pipeline(std::move(queries));
        if (!made) {
            co_return std::unexpected(made.error());
        }
    }
    // All services know of a change within two seconds (INTERFACES section 3).
    co_await net::sleep_for(std::chrono::seconds(3));
    co_return base::Result<>{};
}

std::string order_json(const LoadOptions& options) {
    json::Writer writer;
    writer.begin_object()
        .member("rate", options.rate)
        .member("seconds", options.seconds)
        .member("pace", options.pace.empty() ? "real" : options.pace)
        .key("tokens")
        .begin_array();
    for (std::int64_t number = 1; number <= options.enterprises; ++number) {
        writer.value(token_of(number));
    }
    writer.end_array();
    if (!options.target.empty()) {
        writer.member("target", options.target);
    }
    return writer.end_object().take();
}

std::string figure(json::View report, std::string_view name) {
    const auto value = report.find(name);
    return value ? value->dump() : "-";
}

std::int64_t count_of(json::View report, std::string_view name) {
    const auto value = report.find(name);
    return value ? value->integer().value_or(0) : 0;
}

std::string report_text(json::View report) {
    const auto latency = report.find("latency_ms").value_or(report);
    std::string out = fmt::format(
        "calls          {}\nsent           {}\nacknowledged   {}\nstored         {} of {} calls\n"
        "messages right {}\nCRM right      {}\nunsettled      {}\n"
        "latency, ms    p50 {}  p95 {}  p99 {}  max {}",
        figure(report, "calls"),
        figure(report, "sent"),
        figure(report, "acknowledged"),
        figure(report, "stored"),
        figure(report, "calls_seen"),
        figure(report, "messages_right"),
        figure(report, "crm_right"),
        figure(report, "unsettled"),
        figure(latency, "p50"),
        figure(latency, "p95"),
        figure(latency, "p99"),
        figure(latency, "max")
    );
    const auto differences = report.find("differences");
    for (const auto difference : differences ? differences->elements() : report.elements()) {
        out += "\n  " + difference.dump();
    }
    return out;
}

bool is_all_right(json::View report) {
    const auto seen = count_of(report, "calls_seen");
    return count_of(report, "sent") == count_of(report, "acknowledged") &&
           count_of(report, "stored") == seen && count_of(report, "messages_right") == seen &&
           count_of(report, "crm_right") == seen && count_of(report, "unsettled") == 0;
}

}  // namespace

asio::awaitable<base::Result<>> emulate_load(Context& context, LoadOptions options) {
    if (options.prepare) {
        const auto prepared = co_await prepare(context, options.enterprises);
        if (!prepared) {
            co_return prepared;
        }
    }
    auto report = co_await ask_emulator(context, "POST", "/loads", order_json(options));
    if (!report) {
        co_return std::unexpected(report.error());
    }
    const auto id = report->root().find("load")->string();
    const auto place = "/loads/" + std::string(id.value_or(""));
    const auto deadline =
        std::chrono::steady_clock::now() + std::chrono::seconds(options.seconds) + patience;
    bool is_over = false;
    while (!is_over && std::chrono::steady_clock::now() < deadline) {
        co_await net::sleep_for(between_looks);
        report = co_await ask_emulator(context, "GET", place);
        if (!report) {
            co_return std::unexpected(report.error());
        }
        const auto status = report->root().find("status");
        is_over = status && (status->string() == "done" || status->string() == "canceled");
    }
    context.out.print(report_text(report->root()), report->root().dump());
    if (!is_over || !is_all_right(report->root())) {
        co_return base::fail(base::Errc::conflict, "not everything is as it should be");
    }
    co_return base::Result<>{};
}

}  // namespace trunkline::trunkctl
