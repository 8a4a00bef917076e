#include "commands.hpp"
#include "json/writer.hpp"
#include "tenants/enterprise.hpp"

namespace trunkline::trunkctl {
namespace {

constexpr auto demo_number = "0367";
constexpr auto demo_token = "375293332255";
// The sandbox takes any token of the right form; the secret part says what it is.
constexpr auto demo_bot_token = "1000367:sandbox-demo-bot-token-AAAAAAAAAAAAAAA";
constexpr auto demo_api_key = "sandbox-retailcrm-key-0367";
constexpr std::int64_t demo_chat = 100367;

std::string demo_config(const Context& context, const std::string& sandbox_url) {
    const auto place = tenants::secret_context(demo_number, "retailcrm", "api_key");
    const auto api_key =
        context.secrets ? context.secrets->seal(demo_api_key, place) : std::string(demo_api_key);
    json::Writer writer;
    writer.begin_object()
        .key("smart")
        .begin_object()
        .member("primary", "retailcrm")
        .end_object()
        .key("retailcrm")
        .begin_object()
        .member("enabled", true)
        .member("base_url", sandbox_url + "/retailcrm/0367")
        .member("api_key", api_key)
        .end_object()
        .end_object();
    return writer.take();
}

}  // namespace

asio::awaitable<base::Result<>> load_demo(Context& context, std::string sandbox_url) {
    std::vector<pg::Query> queries;
    queries.push_back(
        {"INSERT INTO enterprises (number, name, name2, bot_token, integrations_config, debug_log) "
         "VALUES ($1, 'june', $2, $3, $4::jsonb, true) ON CONFLICT (number) DO UPDATE SET "
         "integrations_config = excluded.integrations_config, updated_at = now() "
         // Whoever has pointed the demo enterprise at a CRM of their own keeps it.
         "WHERE enterprises.integrations_config->'retailcrm'->>'base_url' LIKE "
         "'http://127.0.0.1:%'",
         pg::Params::of(demo_number, demo_token, demo_bot_token, demo_config(context, sandbox_url))}
    );
    queries.push_back(
        {"INSERT INTO telegram_users (enterprise_number, bot_token, tg_id) VALUES ($1, $2, $3) ON "
         "CONFLICT DO NOTHING",
         pg::Params::of(demo_number, demo_bot_token, demo_chat)}
    );
    queries.push_back(
        {"INSERT INTO managers (enterprise_number, extension, full_name, short_name) VALUES "
         "($1, '150', 'Ковалёва Анна', 'Анна К.'), ($1, '151', 'Сидоров Пётр', 'Пётр С.'), "
         "($1, '152', 'Новик Ольга', 'Ольга Н.') ON CONFLICT DO NOTHING",
         pg::Params::of(demo_number)}
    );
    queries.push_back(
        {"INSERT INTO lines (enterprise_number, line_id, name, operator, number) "
         "VALUES ($1, '0001363', 'Отдел продаж', 'A1', '+375173880000') ON CONFLICT DO NOTHING",
         pg::Params::of(demo_number)}
    );
    const auto loaded = co_await context.pool.pipeline(std::move(queries));
    if (!loaded) {
        co_return std::unexpected(loaded.error());
    }
    json::Writer writer;
    writer.begin_object()
        .member("enterprise", demo_number)
        .member("token", demo_token)
        .member("chat", demo_chat)
        .end_object();
    context.out.print(
        "demo enterprise 0367 (june), Token 375293332255, chat 100367", writer.take()
    );
    co_return base::Result<>{};
}

}  // namespace trunkline::trunkctl
