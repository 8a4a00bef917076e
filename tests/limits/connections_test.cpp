#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "../e2e/suite.hpp"
#include "client.hpp"
#include "testing/catch.hpp"

using namespace trunkline;

namespace {

/// A connection that has asked once and then says nothing.
class Idle {
public:
    explicit Idle(std::uint16_t port) : connection_(std::make_unique<bench::Connection>(port)) {
        connection_->open();
    }

    int ask() {
        const auto status =
            limits::ask(*connection_, "GET /health HTTP/1.1\r\nHost: bench\r\n\r\n");
        asked_at_ = bench::Clock::now();
        return status;
    }

    /// Before ingest's limit for idle connections, which a slow machine reaches while others are
    /// still being opened.
    bool was_closed_early() {
        const bool is_open = connection_->receive() == bench::AnswerReader::State::more;
        return !is_open && bench::Clock::now() - asked_at_ < idle_limit;
    }

private:
    static constexpr std::chrono::seconds idle_limit{70};

    std::unique_ptr<bench::Connection> connection_;
    bench::Clock::time_point asked_at_;
};

}  // namespace

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
    std::vector<Idle> idle;
    std::size_t answered = 0;
    std::string first_wrong = "all answered";
    for (std::size_t i = 0; i < count; ++i) {
        auto& connection = idle.emplace_back(limits::port_of(suite.url("ingest")));
        const auto status = connection.ask();
        answered += status == 200 ? 1 : 0;
        if (status != 200 && answered == i) {
            first_wrong = "connection " + std::to_string(i) + " got " + std::to_string(status);
        }
    }
    const auto after = limits::private_memory(suite.pid("ingest"));
    const auto each = (after - std::min(before, after)) / count;

    suite.send(events[1].name, events[1].body);
    const auto closed = static_cast<std::size_t>(std::ranges::count_if(idle, [](auto& connection) {
        return connection.was_closed_early();
    }));
    idle.clear();
    suite.send(events[2].name, events[2].body);
    const auto exit_code = suite.stop("ingest");

    // Together at the end, where a log that is cut still has them.
    UNSCOPED_INFO(first_wrong << "; an idle connection costs " << each << " bytes");
    CHECK(answered == count);
    CHECK(closed == 0);
    CHECK((limits::is_sanitized || each <= most_bytes));
    CHECK(exit_code == 0);
}
