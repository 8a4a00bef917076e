#include <boost/asio/this_coro.hpp>
#include <functional>

#include "json/document.hpp"
#include "pg/migrate.hpp"
#include "rejected_events.hpp"
#include "retention.hpp"
#include "schema/schema.hpp"
#include "testing/catch.hpp"
#include "testing/eventually.hpp"
#include "testing/postgres.hpp"
#include "testing/run.hpp"

using namespace trunkline;
using namespace std::chrono_literals;

namespace {

/// The table's two doors on a migrated database.
struct Bench {
    Bench(asio::any_io_executor executor, const std::string& url)
        : pool(executor, settings_of(url)), events(executor, pool, registry), store(pool) {}

    static pg::Settings settings_of(const std::string& url) {
        pg::Settings out;
        out.url = url;
        return out;
    }

    pg::Pool pool;
    metrics::Registry registry;
    ingest::RejectedEvents events;
    ingest::RejectedStore store;
};

using Body = std::function<asio::awaitable<void>(Bench&)>;

asio::awaitable<void> with_bench(std::string url, Body body) {
    const auto executor = co_await asio::this_coro::executor;
    Bench bench(executor, url);
    co_await bench.pool.open();
    const auto migrated = co_await pg::migrate(bench.pool, schema::migrations());
    REQUIRE(migrated);
    co_await body(bench);
    co_await bench.events.drain(net::deadline_in(5s));
    co_await bench.pool.close();
}

ingest::RawEvent event_of(std::string body) {
    ingest::RawEvent raw;
    raw.type = call::EventType::dial;
    raw.body = std::move(body);
    raw.content_type = "application/json";
    raw.event_time = "2026-01-15T12:00:00Z";
    raw.pbx = "office";
    raw.seq = "17";
    raw.signature = {.id = "msg_1", .timestamp = "1", .signature = "v1,c2VjcmV0"};
    return raw;
}

ingest::RejectedEvents::Refusal refusal_of(
    base::Errc code, std::string detail, std::string enterprise = ""
) {
    return {
        .source = net::IpAddress::parse("192.0.2.7").value(),
        .trace_id = "",
        .enterprise_number = std::move(enterprise),
        .token = "",
        .error = base::fail(code, std::move(detail)).error(),
    };
}

asio::awaitable<json::Document> list(Bench& bench, ingest::RejectedStore::Filter filter) {
    const auto page = co_await bench.store.list(std::move(filter));
    REQUIRE(page);
    co_return json::parse(*page, {.max_bytes = std::size_t{8} << 20, .max_depth = 16}).value();
}

std::size_t items(const json::Document& page) { return page.root().find("items")->size(); }

}  // namespace

TEST_CASE(
    "a refused event is kept with what a replay needs, without its signature", "[ingest][pg]"
) {
    testing::ScratchDatabase database;
    testing::run(with_bench(database.url(), [](Bench& bench) -> asio::awaitable<void> {
        auto raw = event_of(R"({"Token":"404","api_key":"hidden-secret-1"})");
        auto refusal = refusal_of(base::Errc::not_found, "no enterprise has the Token \"404\"");
        co_await bench.events.keep(std::move(raw), std::move(refusal));
        ingest::RejectedStore::Filter all;
        const auto page = co_await list(bench, all);
        REQUIRE(items(page) == 1);
        const auto item = (*page.root().find("items"))[0];
        CHECK(item.find("token")->string() == "404");
        CHECK(item.find("status")->integer() == 404);
        CHECK(item.find("reason")->string() == "no enterprise has the Token \"404\"");
        CHECK(item.find("source")->string() == "192.0.2.7");
        CHECK(item.find("headers")->find("X-PBX-Id")->string() == "office");
        CHECK(page.root().dump().find("hidden-secret-1") == std::string::npos);
        CHECK(page.root().dump().find("c2VjcmV0") == std::string::npos);
        const auto loaded = co_await bench.store.load(1);
        REQUIRE(loaded);
        CHECK(loaded->raw.body == R"({"Token":"404","api_key":"hidden-secret-1"})");
        CHECK(loaded->raw.event_time == "2026-01-15T12:00:00Z");
        CHECK(loaded->raw.seq == "17");
        CHECK(loaded->raw.type == call::EventType::dial);
        CHECK(loaded->raw.signature == crypto::WebhookHeaders{});
    }));
}

TEST_CASE("any bytes can be kept and are shown as text", "[ingest][pg]") {
    testing::ScratchDatabase database;
    testing::run(with_bench(database.url(), [](Bench& bench) -> asio::awaitable<void> {
        const std::string odd("\x00\xff\xfe{", 4);
        auto raw = event_of(odd);
        raw.pbx = "\xC2";
        raw.token_header = "\xff";
        auto refusal = refusal_of(base::Errc::malformed, std::string("odd \0 and \xff", 11));
        co_await bench.events.keep(std::move(raw), std::move(refusal));
        const auto loaded = co_await bench.store.load(1);
        REQUIRE(loaded);
        CHECK(loaded->raw.body == odd);
        const auto shown = co_await bench.store.get(1);
        REQUIRE(shown);
        CHECK_THAT(*shown, ContainsSubstring("\xEF\xBF\xBD"));
    }));
}

TEST_CASE("of a hundred thousand malformed requests few rows stay", "[ingest][pg]") {
    testing::ScratchDatabase database;
    testing::run(with_bench(database.url(), [](Bench& bench) -> asio::awaitable<void> {
        for (int i = 0; i < 100'000; ++i) {
            auto refusal = refusal_of(base::Errc::malformed, "the body must be one JSON object");
            co_await bench.events.keep(event_of("["), std::move(refusal));
        }
        const auto rows = co_await bench.pool.execute("SELECT count(*) FROM rejected_events");
        REQUIRE(rows);
        CHECK(rows->front().integer(0) <= 600);
        CHECK(
            bench.registry.counter("ingest_rejected_total", "", {{"reason", "malformed"}})
                .value() == 100'000
        );
        CHECK(bench.registry.counter("ingest_rejected_not_kept_total", "").value() >= 99'000);
    }));
}

TEST_CASE("an enterprise sees its own rejected events and nobody else's", "[ingest][pg]") {
    testing::ScratchDatabase database;
    testing::run(with_bench(database.url(), [](Bench& bench) -> asio::awaitable<void> {
        for (const auto* enterprise : {"0367", "0368", ""}) {
            const std::string token = std::string(enterprise) == "0368" ? "other" : "mine";
            auto refusal =
                refusal_of(base::Errc::invalid_input, "UniqueId: is missing", enterprise);
            auto raw = event_of("{\"Token\":\"" + token + "\"}");
            co_await bench.events.keep(std::move(raw), std::move(refusal));
        }
        ingest::RejectedStore::Filter mine;
        mine.enterprise = "0367";
        mine.enterprise_token = "mine";
        const auto page = co_await list(bench, mine);
        CHECK(items(page) == 2);
        CHECK(page.root().dump().find("0368") == std::string::npos);
    }));
}

TEST_CASE("pages follow each other and filters narrow them", "[ingest][pg]") {
    testing::ScratchDatabase database;
    testing::run(with_bench(database.url(), [](Bench& bench) -> asio::awaitable<void> {
        for (int i = 0; i < 5; ++i) {
            const auto code = i % 2 == 0 ? base::Errc::not_found : base::Errc::forbidden;
            auto refusal = refusal_of(code, "x");
            co_await bench.events.keep(event_of("{}"), std::move(refusal));
        }
        ingest::RejectedStore::Filter filter;
        filter.limit = 3;
        const auto first = co_await list(bench, filter);
        CHECK(items(first) == 3);
        CHECK(first.root().find("next")->string() == "3");
        filter.cursor = 3;
        const auto second = co_await list(bench, filter);
        CHECK(items(second) == 2);
        CHECK(second.root().find("next")->is_null());
        ingest::RejectedStore::Filter refused;
        refused.status = 403;
        const auto forbidden = co_await list(bench, refused);
        CHECK(items(forbidden) == 2);
        const auto marked =
            co_await bench.store.mark_replayed(2, "01890a5d-ac96-774b-bcce-b302099a8057");
        REQUIRE(marked);
        const auto waiting = co_await bench.store.waiting(refused);
        REQUIRE(waiting);
        CHECK(*waiting == std::vector<std::int64_t>{4});
    }));
}

TEST_CASE("old and too many rejected events are swept", "[ingest][pg]") {
    testing::ScratchDatabase database;
    testing::run(with_bench(database.url(), [](Bench& bench) -> asio::awaitable<void> {
        const auto filled = co_await bench.pool.execute(
            "INSERT INTO rejected_events (received_at, event_type, status, reason, body) "
            "SELECT now() - CASE WHEN n = 1 THEN interval '31 days' ELSE interval '0' END, 'dial', "
            "400, '', '' FROM generate_series(1, 100010) n"
        );
        REQUIRE(filled);
        const auto swept = co_await ingest::sweep_refused_and_dead(bench.pool);
        REQUIRE(swept);
        const auto rows = co_await bench.pool.execute(
            "SELECT count(*) AS left, min(id) AS oldest FROM rejected_events"
        );
        REQUIRE(rows);
        CHECK(rows->front().integer("left") == 100'000);
        CHECK(rows->front().integer("oldest") == 11);
    }));
}

TEST_CASE("what was refused while the database was away is kept when it is back", "[ingest][pg]") {
    testing::PrivatePostgres postgres;
    testing::run(with_bench(postgres.url(), [&](Bench& bench) -> asio::awaitable<void> {
        postgres.kill();
        auto refusal = refusal_of(base::Errc::invalid_input, "UniqueId: is missing");
        co_await bench.events.keep(event_of("{}"), std::move(refusal));
        postgres.start();
        co_await testing::eventually([&] { return bench.pool.is_ready(); }, "the pool is back");
        co_await bench.events.drain(net::deadline_in(10s));
        const auto rows = co_await bench.pool.execute("SELECT count(*) FROM rejected_events");
        REQUIRE(rows);
        CHECK(rows->front().integer(0) == 1);
    }));
}
