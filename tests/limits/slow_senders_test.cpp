#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <chrono>
#include <memory>

#include "../e2e/suite.hpp"
#include "client.hpp"
#include "testing/catch.hpp"

using namespace trunkline;
using namespace std::chrono_literals;

namespace {

/// A sender that never comes to its end: a byte now and then, so that no pause gives it away.
struct SlowSender {
    SlowSender(std::uint16_t port, std::string_view beginning, char drop_in)
        : connection(port), drop(drop_in) {
        connection.open();
        if (!beginning.empty()) {
            connection.send(beginning, bench::Clock::now());
        }
    }

    /// The answer's status once it is here, or 0 when the connection was ended without one.
    void look() {
        const auto state = connection.receive();
        if (state == bench::AnswerReader::State::more) {
            if (drop != '\0') {
                ::send(connection.descriptor(), &drop, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
            }
            return;
        }
        is_cut = true;
        status = state == bench::AnswerReader::State::complete ? connection.answer().status() : 0;
        connection.close();
    }

    bench::Connection connection;
    char drop;
    bool is_cut = false;
    int status = -1;
};

}  // namespace

TEST_CASE("slow senders are cut off, whatever they are slow with, and hold up nobody", "[e2e]") {
    e2e::Suite suite;
    suite.start("ingest");
    const auto port = limits::port_of(suite.url("ingest"));
    SlowSender silent(port, "", '\0');
    SlowSender head(port, "POST /start HTTP/1.1\r\nHost: bench\r\nX-Slow: ", 'a');
    SlowSender body(
        port, "POST /start HTTP/1.1\r\nHost: bench\r\nContent-Length: 60000\r\n\r\n{", ' '
    );
    const std::array senders{&silent, &head, &body};

    const auto event = e2e::inbound_answered("1768467600.41").front();
    bench::Connection good(port);
    good.open();
    std::size_t asked = 0;
    std::size_t answered = 0;
    // The limits are 10 s for a head and 15 s for a body.
    const auto last = bench::Clock::now() + 40s;
    while (bench::Clock::now() < last &&
           !std::ranges::all_of(senders, [](const auto* each) { return each->is_cut; })) {
        for (auto* sender : senders) {
            if (!sender->is_cut) {
                sender->look();
            }
        }
        ++asked;
        answered += limits::ask(good, limits::post_event(event.name, event.body)) == 200 ? 1 : 0;
        ::poll(nullptr, 0, 100);  // The senders' pace.
    }
    CHECK(silent.status == 0);
    CHECK(head.status == 408);
    CHECK(body.status == 408);
    CHECK(asked > 0);
    CHECK(answered == asked);
}
