#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

#include "shared_servers.hpp"
#include "testing/catch.hpp"
#include "testing/paths.hpp"
#include "testing/postgres.hpp"
#include "testing/process.hpp"
#include "testing/redis.hpp"
#include "testing/temp_folder.hpp"

namespace trunkline::testing {
namespace {

std::string read_env(const std::filesystem::path& folder, const std::string& name) {
    std::ifstream file(folder / "env");
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with(name + "=")) {
            return line.substr(name.size() + 1);
        }
    }
    return {};
}

Outcome test_servers(const std::string& verb, const std::filesystem::path& folder) {
    const Command command{
        .argv = {source_folder() / "scripts/lib/test-servers", verb, folder},
        .inherit_environment = false
    };
    return run_command(command, std::chrono::seconds(120));
}

}  // namespace

TEST_CASE("what PostgreSQL committed survives its being killed", "[testing]") {
    PrivatePostgres server;
    run_sql(server.url(), "create table kept (value int); insert into kept values (1)");
    run_sql(server.url(), "insert into kept values (2)");
    server.kill();
    REQUIRE_FALSE(server.is_running());
    REQUIRE_FALSE(answers(server.port()));
    server.start();
    REQUIRE(run_sql(server.url(), "select sum(value) from kept") == "3");
}

TEST_CASE("PostgreSQL stops and starts on the same port", "[testing]") {
    PrivatePostgres server(PostgresOptions{.settings = {"max_connections=7"}});
    const auto url = server.url();
    server.stop();
    REQUIRE_THROWS_AS(run_sql(url, "select 1"), std::runtime_error);
    server.start();
    REQUIRE(run_sql(url, "show max_connections") == "7");
}

TEST_CASE("a paused PostgreSQL answers after it is resumed", "[testing]") {
    PrivatePostgres server;
    server.pause();
    ChildProcess client(
        Command{.argv = {"psql", "-X", "-At", "-d", server.url(), "-c", "select 'late'"}}
    );
    REQUIRE_FALSE(client.wait(std::chrono::milliseconds(300)));
    server.resume();
    REQUIRE(client.wait(std::chrono::seconds(20)) == 0);
    REQUIRE(client.output() == "late\n");
}

TEST_CASE("a scratch database is dropped at the end", "[testing]") {
    std::string name;
    {
        const ScratchDatabase database;
        name = database.name();
        REQUIRE(run_sql(database.url(), "select current_database()") == name);
    }
    const auto count = "select count(*) from pg_database where datname = '" + name + "'";
    REQUIRE(run_sql(shared_postgres_url(), count) == "0");
}

TEST_CASE("Redis loses its keys when it is killed and comes back on its port", "[testing]") {
    PrivateRedis server(RedisOptions{.password = "password-of-tests"});
    run_redis(server.url(), {"SET", "key", "value"});
    REQUIRE(run_redis(server.url(), {"GET", "key"}) == "value");
    server.kill();
    REQUIRE_FALSE(server.is_running());
    server.start();
    REQUIRE(run_redis(server.url(), {"EXISTS", "key"}) == "0");
    server.pause();
    server.resume();
    server.stop();
    REQUIRE_FALSE(server.is_running());
}

TEST_CASE("scratch keys are deleted at the end", "[testing]") {
    std::string key;
    {
        const ScratchKeys keys;
        key = keys.key("one");
        run_redis(shared_redis_url(), {"SET", key, "1"});
        REQUIRE(run_redis(shared_redis_url(), {"EXISTS", key}) == "1");
    }
    REQUIRE(run_redis(shared_redis_url(), {"EXISTS", key}) == "0");
}

TEST_CASE("the script of a test run's servers starts, clears leftovers and stops", "[testing]") {
    const TempFolder folder;
    const auto first = test_servers("start", folder.path());
    INFO(first.output);
    REQUIRE(first.status == 0);
    const auto first_url = read_env(folder.path(), "TRUNKLINE_TEST_POSTGRES");
    REQUIRE(run_sql(first_url, "select 1") == "1");

    const auto second = test_servers("start", folder.path());
    REQUIRE(second.status == 0);
    REQUIRE_THROWS_AS(run_sql(first_url, "select 1"), std::runtime_error);
    const auto redis_url = read_env(folder.path(), "TRUNKLINE_TEST_REDIS");
    REQUIRE(run_redis(redis_url, {"PING"}) == "PONG");

    const auto stopped = test_servers("stop", folder.path());
    REQUIRE(stopped.status == 0);
    REQUIRE_THROWS_AS(run_redis(redis_url, {"PING"}), std::runtime_error);
    REQUIRE_FALSE(std::filesystem::exists(folder.path() / "env"));
}

}  // namespace trunkline::testing
