#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>

#include "commands.hpp"
#include "pg/migrate.hpp"
#include "schema/schema.hpp"
#include "testing/catch.hpp"
#include "testing/postgres.hpp"
#include "testing/run.hpp"

using namespace trunkline;

namespace {

constexpr auto uuid = "01890a5d-ac96-774b-bcce-b302099a8057";

asio::awaitable<void> with_call(
    std::string url, std::function<asio::awaitable<void>(trunkctl::Context&)> body
) {
    const auto executor = co_await asio::this_coro::executor;
    pg::Settings settings;
    settings.url = std::move(url);
    pg::Pool pool(executor, settings);
    co_await pool.open();
    const auto migrated = co_await pg::migrate(pool, schema::migrations());
    REQUIRE(migrated);
    const auto call = co_await pool.execute(
        "INSERT INTO calls (enterprise_number, uuid, unique_id, call_type, call_status, "
        "date_received, date_end) VALUES ('0367', $1::uuid, '1.1', 0, 2, now(), now())",
        pg::Params::of(uuid)
    );
    REQUIRE(call);
    const trunkctl::Printer printer(true);
    trunkctl::Context context{
        .pool = pool,
        .out = printer,
        .secrets = {},
        .secrets_key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        .public_url = "https://x.by",
        .recordings_path = "",
        .ingest_url = "",
        .integration_cache_url = "",
        .admin_token = "",
        .internal_token = "",
        .connectors = {},
        .telegram_api_url = ""
    };
    co_await body(context);
    co_await pool.close();
}

asio::awaitable<std::string> revoked(trunkctl::Context& context) {
    const auto rows = co_await context.pool.execute(
        "SELECT count(*) FILTER (WHERE revoked_at IS NOT NULL) || '/' || count(*) FROM recordings "
        "WHERE enterprise_number = '0367'"
    );
    REQUIRE(rows);
    co_return std::string(rows->front().text(0));
}

}  // namespace

TEST_CASE("a recording is revoked and restored, its row made if need be", "[trunkctl][pg]") {
    testing::ScratchDatabase database;
    testing::run(with_call(database.url(), [](trunkctl::Context& context) -> asio::awaitable<void> {
        const auto first = co_await trunkctl::revoke_recording(context, uuid);
        CHECK(first);
        auto state = co_await revoked(context);
        CHECK(state == "1/1");
        const auto again = co_await trunkctl::revoke_recording(context, uuid);
        CHECK(again);
        const auto back = co_await trunkctl::restore_recording(context, uuid);
        CHECK(back);
        state = co_await revoked(context);
        CHECK(state == "0/1");
    }));
}

TEST_CASE("what is no call has no recording to revoke or link", "[trunkctl][pg]") {
    testing::ScratchDatabase database;
    testing::run(with_call(database.url(), [](trunkctl::Context& context) -> asio::awaitable<void> {
        const auto unknown =
            co_await trunkctl::revoke_recording(context, "01890a5d-ac96-774b-bcce-b302099a8058");
        REQUIRE_FALSE(unknown);
        CHECK(unknown.error().code == base::Errc::not_found);
        const auto odd = co_await trunkctl::link_recording(context, "1.1", 30);
        REQUIRE_FALSE(odd);
        CHECK(odd.error().code == base::Errc::invalid_input);
    }));
}

TEST_CASE("a signed link needs an address and a key", "[trunkctl][pg]") {
    testing::ScratchDatabase database;
    testing::run(with_call(database.url(), [](trunkctl::Context& context) -> asio::awaitable<void> {
        const auto made = co_await trunkctl::link_recording(context, uuid, 30);
        CHECK(made);
        context.secrets_key.clear();
        const auto keyless = co_await trunkctl::link_recording(context, uuid, 30);
        REQUIRE_FALSE(keyless);
        CHECK_THAT(keyless.error().detail, ContainsSubstring("SECRETS_KEY is not set"));
        context.public_url.clear();
        const auto nowhere = co_await trunkctl::link_recording(context, uuid, 30);
        REQUIRE_FALSE(nowhere);
        CHECK_THAT(nowhere.error().detail, ContainsSubstring("PUBLIC_URL is not set"));
    }));
}
