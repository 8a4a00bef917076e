#include <boost/asio/this_coro.hpp>
#include <functional>

#include "net/sleep.hpp"
#include "pg/migrate.hpp"
#include "schema/schema.hpp"
#include "tenants/directory.hpp"
#include "testing/catch.hpp"
#include "testing/postgres.hpp"
#include "testing/run.hpp"

using namespace trunkline;
using namespace std::chrono_literals;

namespace {

asio::awaitable<void> until(std::function<bool()> condition) {
    const auto limit = net::deadline_in(15s);
    while (!condition() && net::time_left(limit) > 0s) {
        co_await net::sleep_for(5ms);
    }
    REQUIRE(condition());
}

asio::awaitable<void> sql(pg::Pool& pool, std::string text) {
    const auto done = co_await pool.execute(std::move(text));
    if (!done) {
        FAIL(base::describe(done.error()));
    }
}

asio::awaitable<void> with_directory(
    std::string url, std::function<asio::awaitable<void>(pg::Pool&, tenants::Directory&)> body
) {
    const auto executor = co_await asio::this_coro::executor;
    pg::Settings settings;
    settings.url = std::move(url);
    pg::Pool pool(executor, settings);
    pg::Listener listener(executor, settings);
    tenants::Directory directory(executor, pool, listener);
    co_await pool.open();
    const auto migrated = co_await pg::migrate(pool, schema::migrations());
    REQUIRE(migrated);
    listener.start();
    directory.start();
    co_await body(pool, directory);
    co_await directory.stop();
    co_await listener.stop();
    co_await pool.close();
}

constexpr auto insert_june =
    "INSERT INTO enterprises(number,name,name2,bot_token,integrations_config) "
    "VALUES ('0367','june','375293332255','1:a','{\"retailcrm\":{\"enabled\":true}}')";

}  // namespace

TEST_CASE(
    "an enterprise is found by number, Token and name, and by Token alone for exchanges",
    "[tenants][pg]"
) {
    testing::ScratchDatabase database;
    testing::run(with_directory(
        database.url(),
        [](pg::Pool& pool, tenants::Directory& directory) -> asio::awaitable<void> {
            co_await sql(pool, insert_june);
            co_await until([&] { return directory.by_number("0367") != nullptr; });
            CHECK(directory.find("0367")->name == "june");
            CHECK(directory.find("june")->number == "0367");
            CHECK(directory.find("375293332255")->number == "0367");
            CHECK(directory.by_token("375293332255")->number == "0367");
            CHECK(directory.by_token("0367") == nullptr);
            CHECK(directory.by_token("june") == nullptr);
            CHECK(directory.find("3752") == nullptr);
        }
    ));
}

TEST_CASE(
    "a row that was written a moment ago is found without waiting for its notice", "[tenants][pg]"
) {
    testing::ScratchDatabase database;
    testing::run(with_directory(
        database.url(),
        [](pg::Pool& pool, tenants::Directory& directory) -> asio::awaitable<void> {
            co_await until([&] { return directory.is_loaded(); });
            co_await sql(pool, insert_june);
            const auto found = co_await directory.find_or_load("june", net::deadline_in(5s));
            REQUIRE(found);
            CHECK(found->token == "375293332255");
            const auto absent = co_await directory.find_or_load("nobody", net::deadline_in(5s));
            CHECK(absent == nullptr);
        }
    ));
}

TEST_CASE("changes of every tenant table reach the directory", "[tenants][pg]") {
    testing::ScratchDatabase database;
    testing::run(with_directory(
        database.url(),
        [](pg::Pool& pool, tenants::Directory& directory) -> asio::awaitable<void> {
            co_await sql(pool, insert_june);
            co_await sql(
                pool,
                "INSERT INTO telegram_users(tg_id,bot_token,enterprise_number) VALUES "
                "(5,'1:a','0367'),(6,'2:b','0367')"
            );
            co_await sql(
                pool, "INSERT INTO managers VALUES ('0367','151','Сидоров Пётр','Пётр С.')"
            );
            co_await sql(
                pool, "INSERT INTO lines VALUES ('0367','0001363','Продажи','A1','+375173880000')"
            );
            co_await until([&] {
                const auto june = directory.by_number("0367");
                return june && !june->subscribers.empty() && !june->managers.empty() &&
                       !june->lines.empty();
            });
            const auto june = directory.by_number("0367");
            // The other chat belongs to another bot: no calls of ours for it.
            REQUIRE(june->subscribers.size() == 1);
            CHECK(june->subscribers[0].chat_id == 5);
            CHECK(june->managers.at("151").full_name == "Сидоров Пётр");
            CHECK(june->lines.at("0001363").number == "+375173880000");
            co_await sql(
                pool, "UPDATE enterprises SET name2 = '375290000000' WHERE number = '0367'"
            );
            co_await until([&] { return directory.by_token("375290000000") != nullptr; });
            CHECK(directory.by_token("375293332255") == nullptr);
            co_await sql(pool, "DELETE FROM enterprises WHERE number = '0367'");
            co_await until([&] { return directory.find("0367") == nullptr; });
            CHECK(directory.find("june") == nullptr);
        }
    ));
}

TEST_CASE("while the database is away what was read stays usable", "[tenants][pg]") {
    testing::PrivatePostgres server;
    testing::run(
        with_directory(
            server.url(),
            [&](pg::Pool& pool, tenants::Directory& directory) -> asio::awaitable<void> {
                co_await sql(pool, insert_june);
                co_await until([&] { return directory.by_token("375293332255") != nullptr; });
                server.stop();
                const auto unknown =
                    co_await directory.find_or_load("somebody", net::deadline_in(2s));
                CHECK(unknown == nullptr);
                CHECK(directory.by_token("375293332255") != nullptr);
                server.start();
                co_await until([&] { return pool.is_ready(); });
                co_await sql(pool, "UPDATE enterprises SET name = 'juli' WHERE number = '0367'");
                co_await until([&] { return directory.find("juli") != nullptr; });
            }
        ),
        std::chrono::seconds(60)
    );
}

TEST_CASE(
    "number rules take effect when they change, for their enterprise alone", "[tenants][pg]"
) {
    testing::ScratchDatabase database;
    testing::run(with_directory(
        database.url(),
        [](pg::Pool& pool, tenants::Directory& directory) -> asio::awaitable<void> {
            co_await sql(pool, insert_june);
            co_await sql(
                pool, "INSERT INTO enterprises(number,name2,region) VALUES ('0368','2','DE')"
            );
            const auto key = [&](const char* number, const char* raw) {
                const auto enterprise = directory.by_number(number);
                return enterprise ? enterprise->match_key(raw) : std::string();
            };
            co_await until([&] { return key("0367", "80291234567") == "375291234567"; });
            co_await until([&] { return key("0368", "0301234567") == "49301234567"; });
            CHECK(key("0367", "2345678") == "2345678");

            co_await sql(
                pool,
                "INSERT INTO number_rules(enterprise_number,pattern,replacement) "
                "VALUES ('0367','(\\d{7})','+37517\\1')"
            );
            co_await until([&] { return key("0367", "2345678") == "375172345678"; });
            CHECK(key("0368", "2345678") != "375172345678");
            co_await sql(pool, "DELETE FROM number_rules");
            co_await until([&] { return key("0367", "2345678") == "2345678"; });
        }
    ));
}

TEST_CASE("a number rule that does not compile is left out, the others work", "[tenants][pg]") {
    testing::ScratchDatabase database;
    testing::run(with_directory(
        database.url(),
        [](pg::Pool& pool, tenants::Directory& directory) -> asio::awaitable<void> {
            co_await sql(pool, insert_june);
            co_await sql(
                pool,
                "INSERT INTO number_rules(enterprise_number,line,priority,pattern,replacement) "
                "VALUES ('0367','',1,'(','1'), ('0367','0001363',2,'+375{9}','')"
            );
            const auto canonical = [&](const char* raw, const char* line) {
                const auto enterprise = directory.by_number("0367");
                return enterprise ? enterprise->canonical_number(raw, line) : std::string();
            };
            co_await until([&] { return canonical("99291234567", "0001363") == "+375291234567"; });
            CHECK(canonical("99291234567", "0001364") != "+375291234567");
            CHECK(directory.by_number("0367")->numbers->lines_with_rules().size() == 1);
        }
    ));
}

TEST_CASE(
    "line ids that look like numbers are lines in what the directory gives", "[tenants][pg]"
) {
    testing::ScratchDatabase database;
    testing::run(with_directory(
        database.url(),
        [](pg::Pool& pool, tenants::Directory& directory) -> asio::awaitable<void> {
            co_await sql(pool, insert_june);
            co_await sql(
                pool, "INSERT INTO lines(enterprise_number,line_id) VALUES ('0367','375173880000')"
            );
            const auto kind = [&] {
                const auto enterprise = directory.by_number("0367");
                return enterprise ? enterprise->numbers->identify("375173880000").kind
                                  : numbers::Kind::hidden;
            };
            co_await until([&] { return kind() == numbers::Kind::line; });
        }
    ));
}
