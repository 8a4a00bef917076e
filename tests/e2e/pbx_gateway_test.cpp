#include <chrono>

#include "suite.hpp"
#include "testing/catch.hpp"
#include "testing/process.hpp"

using namespace trunkline;
using namespace std::chrono_literals;

TEST_CASE("pbx-gateway is ready without an exchange and with a dead one", "[e2e][pbx-gateway]") {
    e2e::Suite suite;
    suite.start("pbx-gateway");
    suite.sql(
        "INSERT INTO pbx_servers (id, enterprise_number, host, port) VALUES ('dead', '0367', "
        "'127.0.0.1', " +
        std::to_string(testing::free_port()) + ")"
    );
    testing::wait_until(
        [&] {
            return suite.sql(
                       "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = "
                       "(SELECT oid FROM pg_database WHERE datname = current_database())"
                   ) == "1";
        },
        10s,
        "the exchange is led"
    );
    CHECK(e2e::http("GET", suite.url("pbx-gateway") + "/ready").status == 200);
    CHECK(suite.stop("pbx-gateway") == 0);
}
