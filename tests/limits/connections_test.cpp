#include <algorithm>
#include <memory>
#include <vector>

#include "../e2e/suite.hpp"
#include "client.hpp"
#include "testing/catch.hpp"

using namespace trunkline;

TEST_CASE("ten thousand idle connections cost at most 20 KB each and keep nobody out", "[e2e]") {
    // Fewer only where the machine forbids so many files to a process.
    const std::size_t count = std::min<std::size_t>(10000, limits::most_descriptors() - 500);
    REQUIRE(count >= 1000);
    constexpr std::size_t most_bytes = 20UL * 1024;
    // As a login shell has it: the service itself must find room for more.
    limits::limit_descriptors(1024);
    e2e::Suite suite;
    suite.start("ingest");
    limits::limit_descriptors(count + 500);
    const auto events = e2e::inbound_answered("1768467600.40");
    suite.send(events[0].name, events[0].body);

    const auto before = limits::private_memory(suite.pid("ingest"));
    std::vector<std::unique_ptr<bench::Connection>> connections;
    std::size_t answered = 0;
    for (std::size_t i = 0; i < count; ++i) {
        connections.push_back(
            std::make_unique<bench::Connection>(limits::port_of(suite.url("ingest")))
        );
        connections.back()->open();
        const auto status =
            limits::ask(*connections.back(), "GET /health HTTP/1.1\r\nHost: bench\r\n\r\n");
        answered += status == 200 ? 1 : 0;
    }
    CHECK(answered == count);
    const auto after = limits::private_memory(suite.pid("ingest"));
    const auto each = (after - std::min(before, after)) / count;
    UNSCOPED_INFO("an idle connection costs " << each << " bytes");
    if (!limits::is_sanitized) {
        CHECK(each <= most_bytes);
    }

    suite.send(events[1].name, events[1].body);
    std::size_t still_open = 0;
    for (const auto& connection : connections) {
        still_open += connection->receive() == bench::AnswerReader::State::more ? 1 : 0;
    }
    CHECK(still_open == count);
    connections.clear();
    suite.send(events[2].name, events[2].body);
    CHECK(suite.stop("ingest") == 0);
}
