#include "workshop.hpp"

#include <boost/asio/this_coro.hpp>
#include <chrono>

#include "pg/migrate.hpp"
#include "schema/schema.hpp"
#include "testing/catch.hpp"
#include "testing/run.hpp"

namespace trunkline::connector::workshop {

std::string Bench::sql(const std::string& text) const {
    return testing::run_sql(database_url, text);
}

void with_bench(std::function<asio::awaitable<void>(Bench&)> body) {
    testing::ScratchDatabase database;
    const auto run = [&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        pg::Settings settings;
        settings.url = database.url();
        pg::Pool pool(executor, settings);
        co_await pool.open();
        const auto migrated = co_await pg::migrate(pool, schema::migrations());
        REQUIRE(migrated);
        metrics::Registry registry;
        httpc::Client http(executor, httpc::Settings{}, registry);
        Bench bench{executor, database.url(), pool, http, registry};
        co_await body(bench);
        co_await http.close();
        co_await pool.close();
    };
    testing::run(run(), std::chrono::seconds(60));
}

Verdict judge(const httpc::Response& response) {
    const auto said = "it answered " + std::to_string(response.status);
    if (response.status == 429 || response.status == 503) {
        return Verdict::busy(said, retry_after_of(response));
    }
    if (response.status == 404) {
        return Verdict::absent(said);
    }
    if (response.status >= 400 && response.status < 500) {
        return Verdict::refused(said, "mend it");
    }
    return response.status >= 500 ? Verdict::failed(said) : Verdict::accepted(said);
}

}  // namespace trunkline::connector::workshop
