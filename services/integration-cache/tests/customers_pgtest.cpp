// Customers over their real neighbours: PostgreSQL, Redis, and connectors played over HTTP.

#include <boost/asio/this_coro.hpp>
#include <chrono>
#include <set>

#include "base/ids.hpp"
#include "customer_source.hpp"
#include "customer_store.hpp"
#include "customers.hpp"
#include "httpc/client.hpp"
#include "metrics/registry.hpp"
#include "net/sleep.hpp"
#include "net/task_group.hpp"
#include "pg/migrate.hpp"
#include "schema/schema.hpp"
#include "testing/catch.hpp"
#include "testing/eventually.hpp"
#include "testing/neighbour.hpp"
#include "testing/postgres.hpp"
#include "testing/redis.hpp"
#include "testing/run.hpp"

using namespace trunkline;
using namespace trunkline::integration_cache;
using namespace std::chrono_literals;

namespace {

constexpr auto phone = "375296254070";
constexpr auto all_enabled =
    R"({"smart":{"primary":"uon"},"retailcrm":{"enabled":true},"uon":{"enabled":true},)"
    R"("ms":{"enabled":true}})";

std::shared_ptr<const tenants::Enterprise> june(std::string_view config = all_enabled) {
    auto enterprise = std::make_shared<tenants::Enterprise>();
    enterprise->number = "0367";
    enterprise->integrations = json::parse(config).value();
    return enterprise;
}

testing::NeighbourResponse found(const std::string& name) {
    return testing::NeighbourResponse::json(R"({"found":true,"name":")" + name + "\"}");
}

/// Three connectors that know nobody until they are told.
struct Crms {
    Crms() {
        for (auto* crm : {&retailcrm, &uon, &moysklad}) {
            crm->answer("GET", "*", testing::NeighbourResponse::json(R"({"found":false})"));
        }
    }
    testing::HttpNeighbour retailcrm;
    testing::HttpNeighbour uon;
    testing::HttpNeighbour moysklad;

    std::vector<Connector> connectors() const {
        return integration_cache::connectors(
            {.retailcrm = retailcrm.url(),
             .uon = uon.url(),
             .moysklad = moysklad.url(),
             .bitrix24 = ""}
        );
    }
};

/// A replica's part that this is about.
struct Replica {
    Replica(
        asio::any_io_executor executor,
        pg::Pool& pool,
        const Crms& crms,
        const std::string& redis_url,
        const std::string& installation,
        const Customers::Settings& settings,
        const CustomerSource::Budgets& budgets
    )
        : client(executor, httpc::Settings{}, registry),
          redis(executor, redis_settings(redis_url)),
          shared(redis, base::make_uuid()),
          store(pool),
          own(pool),
          source(executor, client, store, own, crms.connectors(), "", budgets),
          figures(base::system_clock()),
          customers(executor, base::system_clock(), settings, source, shared, figures) {
        shared.open(installation);
        redis.start();
    }

    static redis::Settings redis_settings(const std::string& url) {
        redis::Settings settings;
        settings.url = url;
        return settings;
    }

    asio::awaitable<std::string> name(std::string number = phone) {
        const auto enterprise = june();
        const auto customer = co_await customers.look_up(enterprise, std::move(number));
        co_return customer.name;
    }

    asio::awaitable<void> stop() {
        co_await customers.stop();
        co_await source.stop();
        co_await redis.stop();
        co_await client.close();
    }

    metrics::Registry registry;
    httpc::Client client;
    redis::Client redis;
    SharedCache shared;
    CustomerStore store;
    OwnStore own;
    CustomerSource source;
    HitFigures figures;
    Customers customers;
};

/// What a test needs; `body` gets a pool with tables and makes its replicas.
struct Scene {
    testing::ScratchDatabase database;
    Crms crms;
    std::string redis_url = testing::shared_redis_url();
    std::string installation = base::make_uuid();
    Customers::Settings settings;
    CustomerSource::Budgets budgets;

    using Body = std::function<asio::awaitable<void>(pg::Pool&)>;
    asio::awaitable<void> play(Body body) const {
        const auto executor = co_await asio::this_coro::executor;
        pg::Settings postgres;
        postgres.url = database.url();
        pg::Pool pool(executor, postgres);
        co_await pool.open();
        const auto migrated = co_await pg::migrate(pool, schema::migrations());
        REQUIRE(migrated);
        co_await body(pool);
        co_await pool.close();
    }

    std::unique_ptr<Replica> replica(asio::any_io_executor executor, pg::Pool& pool) const {
        return std::make_unique<Replica>(
            std::move(executor), pool, crms, redis_url, installation, settings, budgets
        );
    }
};

asio::awaitable<void> ask_into(Replica& replica, std::vector<std::string>& names) {
    auto name = co_await replica.name();
    names.push_back(std::move(name));
}

asio::awaitable<void> ask_a_thousand_times(Replica& replica, std::vector<std::string>& names) {
    const auto executor = co_await asio::this_coro::executor;
    net::TaskGroup askers(executor, "askers");
    for (int i = 0; i < 1000; ++i) {
        askers.spawn("ask", ask_into(replica, names));
    }
    co_await askers.join();
}

asio::awaitable<void> connected(Replica& replica) {
    co_await testing::eventually([&] { return replica.redis.is_connected(); }, "Redis answers");
}

}  // namespace

TEST_CASE("a thousand askers for one absent name ask each CRM once", "[integration-cache][pg]") {
    Scene scene;
    // None of them has an answer before all askers have come.
    scene.settings.patience = 20s;
    scene.budgets.all_crms = 20s;
    testing::run(scene.play([&](pg::Pool& pool) -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        const auto replica = scene.replica(executor, pool);
        std::vector<std::string> names;
        co_await ask_a_thousand_times(*replica, names);
        CHECK(names == std::vector<std::string>(1000, ""));
        CHECK(replica->figures.total().misses == 1000);
        names.clear();
        co_await ask_a_thousand_times(*replica, names);
        CHECK(names.size() == 1000);
        CHECK(replica->figures.total().hits == 1000);
        for (const auto* crm : {&scene.crms.retailcrm, &scene.crms.uon, &scene.crms.moysklad}) {
            CHECK(crm->requests().size() == 1);
        }
        CHECK(
            scene.crms.moysklad.requests().front().path ==
            "/internal/moysklad/customer/0367/375296254070"
        );
        co_await replica->stop();
    }));
}

TEST_CASE(
    "the chain ends with who knows: primary, others, own customers", "[integration-cache][pg]"
) {
    Scene scene;
    testing::run(scene.play([&](pg::Pool& pool) -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        const auto inserted = co_await pool.execute(
            "INSERT INTO customers (enterprise_number, phone, name, first_call_at, last_call_at) "
            "VALUES ('0367', '375296254070', 'Свой', now(), now()), "
            "('0368', '375296254071', 'Чужой', now(), now())"
        );
        REQUIRE(inserted);
        const auto replica = scene.replica(executor, pool);
        const auto own = co_await replica->name();
        CHECK(own == "Свой");
        const auto stranger = co_await replica->name("375296254071");
        CHECK(stranger.empty());
        replica->customers.forget("0367");
        scene.crms.retailcrm.answer("GET", "*", found("Из RetailCRM"));
        scene.crms.moysklad.answer("GET", "*", found("Из МоегоСклада"));
        const auto second = co_await replica->name("375296254072");
        CHECK(second == "Из RetailCRM");
        scene.crms.uon.answer("GET", "*", found("Из U-ON"));
        const auto primary = co_await replica->name("375296254073");
        CHECK(primary == "Из U-ON");
        // Who knew it first is enough.
        CHECK(scene.crms.retailcrm.requests().size() == 3);
        co_await replica->stop();
    }));
}

TEST_CASE("a CRM that never answers holds up nobody", "[integration-cache][pg]") {
    Scene scene;
    // Far longer than the test may take: an answer cannot have waited for them.
    scene.budgets.crm = 300s;
    scene.crms.uon.fail_always(testing::Fault::never_answer());
    testing::run(scene.play([&](pg::Pool& pool) -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        const auto replica = scene.replica(executor, pool);
        scene.crms.retailcrm.answer("GET", "*", found("Иван"));
        const auto begin = std::chrono::steady_clock::now();
        const auto name = co_await replica->name();
        const auto took = std::chrono::steady_clock::now() - begin;
        CHECK(name == "Иван");
        scene.crms.retailcrm.answer("GET", "*", testing::NeighbourResponse::json("<", 500));
        const auto nobody = co_await replica->name("375296254071");
        CHECK(nobody.empty());
        WARN(
            "with the primary CRM silent a name took "
            << std::chrono::duration_cast<std::chrono::milliseconds>(took).count() << " ms"
        );
        co_await replica->stop();
    }));
}

TEST_CASE("a late answer is there for the next asker", "[integration-cache][pg]") {
    Scene scene;
    scene.crms.uon.answer("GET", "*", found("Поздний"));
    scene.crms.uon.fail_next(testing::Fault::slow(700ms));
    testing::run(scene.play([&](pg::Pool& pool) -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        const auto replica = scene.replica(executor, pool);
        (void)co_await replica->name();
        co_await testing::eventually(
            [&] { return replica->customers.fresh_name_answer("0367", phone) != nullptr; },
            "the late answer is kept"
        );
        const auto name = co_await replica->name();
        CHECK(name == "Поздний");
        CHECK(scene.crms.uon.requests().size() == 1);
        co_await replica->stop();
    }));
}

TEST_CASE("what was known is shown while its source is away", "[integration-cache][pg]") {
    Scene scene;
    scene.settings.limits.present = 1ms;
    scene.settings.limits.failed = 50ms;
    scene.redis_url = "redis://127.0.0.1:1/0";
    testing::run(scene.play([&](pg::Pool& pool) -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        const auto replica = scene.replica(executor, pool);
        scene.crms.uon.answer("GET", "*", found("Иван"));
        const auto known = co_await replica->name();
        CHECK(known == "Иван");
        scene.crms.uon.refuse();
        scene.crms.retailcrm.answer("GET", "*", found("Кто-то другой"));
        for (int i = 0; i < 20; ++i) {
            co_await net::sleep_for(5ms);
            const auto name = co_await replica->name();
            CHECK(name == "Иван");
        }
        CHECK(replica->customers.stale_answers() > 0);
        scene.crms.uon.answer("GET", "*", found("Иван Петров"));
        scene.crms.uon.accept();
        std::string name;
        const auto limit = net::deadline_in(20s);
        while (name != "Иван Петров" && net::time_left(limit) > 0s) {
            name = co_await replica->name();
            co_await net::sleep_for(5ms);
        }
        CHECK(name == "Иван Петров");
        co_await replica->stop();
    }));
}

TEST_CASE("names in use are asked for again before their time is over", "[integration-cache][pg]") {
    Scene scene;
    scene.settings.limits.present = 2s;
    testing::run(scene.play([&](pg::Pool& pool) -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        const auto replica = scene.replica(executor, pool);
        scene.crms.uon.answer("GET", "*", found("Иван"));
        (void)co_await replica->name();
        (void)co_await replica->name("375296254071");
        const Customers::FindEnterprise find = [](const std::string&) { return june(); };
        // The first is looked at all the time, the second never again.
        co_await testing::eventually(
            [&] {
                (void)replica->customers.fresh_name_answer("0367", phone);
                replica->customers.refresh_due(find);
                return scene.crms.uon.requests().size() >= 4;
            },
            "it is asked for again and again"
        );
        const auto again =
            scene.crms.uon.requests("GET", "/internal/uon/customer/0367/375296254071");
        CHECK(again.size() == 1);
        CHECK(replica->customers.stale_answers() == 0);
        co_await replica->stop();
    }));
}

TEST_CASE("replicas share what they know and forget it together", "[integration-cache][pg]") {
    Scene scene;
    testing::run(scene.play([&](pg::Pool& pool) -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        const auto first = scene.replica(executor, pool);
        const auto second = scene.replica(executor, pool);
        co_await connected(*first);
        co_await connected(*second);
        scene.crms.uon.answer("GET", "*", found("Иван"));
        (void)co_await first->name();
        // It is kept behind the answer.
        SharedCache::Found kept;
        const auto limit = net::deadline_in(20s);
        while (!kept.shared && net::time_left(limit) > 0s) {
            kept = co_await first->shared.get("0367", phone);
        }
        const auto shared = co_await second->name();
        CHECK(shared == "Иван");
        CHECK(second->figures.total().hits == 1);
        CHECK(scene.crms.uon.requests().size() == 1);

        // Forgotten by one; what the other asked for before is not kept after.
        SharedCache::Forget what{"0367", ""};
        const bool forgotten = co_await first->shared.forget(std::move(what));
        CHECK(forgotten);
        SharedCustomer old{{"Старый", "", "", "uon"}, base::system_clock().now(), 90s};
        co_await second->shared.put("0367", phone, std::move(old), kept.generation);
        const auto after = co_await first->shared.get("0367", phone);
        CHECK_FALSE(after.shared);
        CHECK(after.generation != kept.generation);

        // Garbage is as good as nothing.
        const auto key = "trunkline:names:1:" + scene.installation + ":c:0367:" + phone;
        for (const auto& garbage :
             {std::string("x"), after.generation + " {\"v\":1}", std::string(100'000, '{')}) {
            testing::run_redis(scene.redis_url, {"SET", key, garbage});
            const auto seen = co_await first->shared.get("0367", phone);
            CHECK_FALSE(seen.shared);
        }
        testing::run_redis(scene.redis_url, {"DEL", key});
        testing::run_redis(scene.redis_url, {"LPUSH", key, "a list"});
        first->customers.forget("0367");
        const auto name = co_await first->name();
        CHECK(name == "Иван");
        co_await first->stop();
        co_await second->stop();
    }));
}

TEST_CASE("what is forgotten while it is asked for is not kept", "[integration-cache][pg]") {
    Scene scene;
    scene.settings.patience = 20s;
    scene.crms.uon.fail_next(testing::Fault::slow(300ms));
    testing::run(scene.play([&](pg::Pool& pool) -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        const auto replica = scene.replica(executor, pool);
        scene.crms.uon.answer("GET", "*", found("Старый"));
        std::vector<std::string> names;
        net::TaskGroup askers(executor, "askers");
        askers.spawn("ask", ask_into(*replica, names));
        co_await testing::eventually([&] { return !scene.crms.uon.requests().empty(); });
        replica->customers.forget("0367");
        co_await askers.join();
        CHECK(replica->customers.cache().size() == 0);
        scene.crms.uon.answer("GET", "*", found("Новый"));
        const auto name = co_await replica->name();
        CHECK(name == "Новый");
        co_await replica->stop();
    }));
}

TEST_CASE(
    "a gap in what is heard loses no name while its source is away", "[integration-cache][pg]"
) {
    Scene scene;
    scene.settings.limits.present = 1ms;
    scene.settings.short_patience = 20s;
    testing::run(scene.play([&](pg::Pool& pool) -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        const auto replica = scene.replica(executor, pool);
        scene.crms.uon.answer("GET", "*", found("Иван"));
        (void)co_await replica->name();
        co_await net::sleep_for(5ms);
        scene.crms.uon.fail_next(testing::Fault::slow(200ms));
        scene.crms.uon.answer("GET", "*", testing::NeighbourResponse::json("{}", 500));
        std::vector<std::string> names;
        net::TaskGroup askers(executor, "askers");
        askers.spawn("ask", ask_into(*replica, names));
        co_await testing::eventually([&] { return scene.crms.uon.requests().size() == 2; });
        replica->customers.expire();
        co_await askers.join();
        CHECK(names == std::vector<std::string>{"Иван"});
        co_await replica->stop();
    }));
}
