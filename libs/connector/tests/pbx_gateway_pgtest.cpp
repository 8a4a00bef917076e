#include "connector/pbx_gateway.hpp"
#include "testing/catch.hpp"
#include "testing/neighbour.hpp"
#include "workshop.hpp"

using namespace trunkline;
using namespace trunkline::connector;
using namespace trunkline::connector::workshop;
using namespace std::chrono_literals;

namespace {

PbxGateway::Order click() {
    PbxGateway::Order order;
    order.enterprise = "0367";
    order.extension = "151";
    order.phone = "+375296254070";
    order.line = "+375173880000";
    order.requested_by = "test:27";
    return order;
}

void add_exchanges(const Bench& bench) {
    bench.sql(
        "INSERT INTO enterprises (number, name, name2) VALUES ('0367', 'june', '1'), ('0368', "
        "'july', '2');"
        "INSERT INTO pbx_servers (id, enterprise_number, enabled) VALUES ('5', '0367', false), "
        "('7', '0367', true), ('8', '0368', true)"
    );
}

}  // namespace

TEST_CASE("a click goes to the enterprise's own exchange, with the token", "[connector][pg]") {
    with_bench([](Bench& bench) -> asio::awaitable<void> {
        add_exchanges(bench);
        testing::HttpNeighbour gateway;
        gateway.answer(
            "POST",
            "/pbx/7/calls",
            testing::NeighbourResponse::json(R"({"id":"ab","status":"queued"})", 202)
        );
        PbxGateway pbx(bench.pool, bench.http, gateway.url(), "the-token");
        const auto placed = co_await pbx.place(click(), net::deadline_in(5s));
        CHECK(placed.value_or("") == "ab");
        const auto requests = gateway.requests();
        REQUIRE(requests.size() == 1);
        CHECK(requests.front().header("Authorization") == "Bearer the-token");
        CHECK(
            requests.front().body ==
            R"({"enterprise_number":"0367","from":"151","to":"+375296254070","caller_id":"+375173880000","requested_by":"test:27"})"
        );
    });
}

TEST_CASE("what the gateway refuses keeps its reason and its kind", "[connector][pg]") {
    with_bench([](Bench& bench) -> asio::awaitable<void> {
        add_exchanges(bench);
        testing::HttpNeighbour gateway;
        PbxGateway pbx(bench.pool, bench.http, gateway.url(), "");
        const std::vector<std::pair<unsigned, base::Errc>> rows{
            {401, base::Errc::forbidden},
            {403, base::Errc::forbidden},
            {404, base::Errc::not_found},
            {409, base::Errc::conflict},
            {422, base::Errc::invalid_input},
            {429, base::Errc::rate_limited},
            {503, base::Errc::unavailable},
            {500, base::Errc::unavailable},
        };
        for (const auto& [status, code] : rows) {
            gateway.answer(
                "POST",
                "/pbx/7/calls",
                testing::NeighbourResponse::json(R"({"detail":"its own words"})", status)
            );
            const auto refused = co_await pbx.place(click(), net::deadline_in(5s));
            INFO(status);
            REQUIRE_FALSE(refused);
            CHECK(refused.error().code == code);
            CHECK_THAT(refused.error().detail, ContainsSubstring("its own words"));
        }
        gateway.refuse();
        const auto away = co_await pbx.place(click(), net::deadline_in(5s));
        REQUIRE_FALSE(away);
        CHECK(away.error().code == base::Errc::unavailable);
    });
}

TEST_CASE("without an exchange, or without a gateway, nobody is asked", "[connector][pg]") {
    with_bench([](Bench& bench) -> asio::awaitable<void> {
        add_exchanges(bench);
        bench.sql("UPDATE pbx_servers SET enabled = false WHERE enterprise_number = '0367'");
        testing::HttpNeighbour gateway;
        PbxGateway pbx(bench.pool, bench.http, gateway.url(), "");
        PbxGateway none(bench.pool, bench.http, "", "");
        for (auto* each : {&pbx, &none}) {
            const auto refused = co_await each->place(click(), net::deadline_in(5s));
            REQUIRE_FALSE(refused);
            CHECK(refused.error().code == base::Errc::not_found);
        }
        CHECK(gateway.requests().empty());
    });
}
