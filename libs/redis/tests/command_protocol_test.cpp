#include "command_protocol.hpp"

#include <string>
#include <vector>

#include "testing/catch.hpp"

namespace trunkline::redis {
namespace {

using std::chrono::milliseconds;
using Outcome = base::Result<std::vector<Reply>>;

const base::SteadyTime start{std::chrono::hours(1)};
const base::Error gone{
    .code = base::Errc::unavailable, .detail = "gone", .fields = {}, .native = {}
};

Settings small_settings() {
    Settings settings;
    settings.command_timeout = milliseconds(1000);
    settings.ping_interval = milliseconds(10000);
    settings.max_in_flight = 3;
    settings.max_queued_bytes = 200;
    return settings;
}

struct Fixture {
    explicit Fixture(const Address& address = Address{.host = "h"})
        : protocol(small_settings(), address) {}

    void connect() {
        protocol.on_open(start);
        protocol.take_output();
        const auto failure = protocol.on_bytes("+PONG\r\n", start);
        REQUIRE_FALSE(failure);
        REQUIRE(protocol.is_ready());
    }

    base::Result<> submit(std::vector<Words> commands, base::SteadyTime now = start) {
        return protocol.submit(commands, now, [this](Outcome outcome) {
            outcomes.push_back(std::move(outcome));
        });
    }

    CommandProtocol protocol;
    std::vector<Outcome> outcomes;
};

}  // namespace

TEST_CASE("without a connection commands are refused at once", "[redis]") {
    Fixture fixture;
    const auto before = fixture.submit({{"GET", "a"}});
    fixture.protocol.on_open(start);
    const auto during_greeting = fixture.submit({{"GET", "a"}});
    REQUIRE(before.error().code == base::Errc::unavailable);
    REQUIRE(during_greeting.error().code == base::Errc::unavailable);
    REQUIRE(fixture.outcomes.empty());
}

TEST_CASE("the greeting logs in, selects and asks for a sign of life", "[redis]") {
    Fixture plain;
    plain.protocol.on_open(start);
    REQUIRE(plain.protocol.take_output() == encode({"PING"}));

    Fixture full(Address{.host = "h", .user = "u", .password = "p", .database = 2});
    full.protocol.on_open(start);
    REQUIRE(
        full.protocol.take_output() ==
        encode({"AUTH", "u", "p"}) + encode({"SELECT", "2"}) + encode({"PING"})
    );
    REQUIRE_FALSE(full.protocol.on_bytes("+OK\r\n+OK\r\n", start));
    REQUIRE_FALSE(full.protocol.is_ready());
    REQUIRE_FALSE(full.protocol.on_bytes("+PONG\r\n", start));
    REQUIRE(full.protocol.is_ready());
}

TEST_CASE("a refused greeting is the reason to close", "[redis]") {
    Fixture fixture(Address{.host = "h", .password = "p"});
    fixture.protocol.on_open(start);
    const auto failure = fixture.protocol.on_bytes("-WRONGPASS no\r\n-NOAUTH no\r\n", start);
    REQUIRE(failure);
    REQUIRE(failure->code == base::Errc::unauthorized);
    REQUIRE_FALSE(fixture.protocol.is_ready());

    Fixture loading;
    loading.protocol.on_open(start);
    const auto not_yet = loading.protocol.on_bytes("-LOADING wait\r\n", start);
    REQUIRE(not_yet);
    REQUIRE(not_yet->code == base::Errc::unavailable);
}

TEST_CASE("replies belong to commands by their order", "[redis]") {
    Fixture fixture;
    fixture.connect();
    fixture.submit({{"GET", "a"}});
    fixture.submit({{"INCR", "b"}, {"GET", "c"}});
    REQUIRE(
        fixture.protocol.take_output() ==
        encode({"GET", "a"}) + encode({"INCR", "b"}) + encode({"GET", "c"})
    );
    for (const char byte : std::string("$1\r\nx\r\n:5\r\n-ERR no\r\n")) {
        REQUIRE_FALSE(fixture.protocol.on_bytes({&byte, 1}, start));
    }
    REQUIRE(fixture.outcomes.size() == 2);
    REQUIRE(fixture.outcomes[0]->at(0).text == "x");
    REQUIRE(fixture.outcomes[1]->at(0).integer == 5);
    REQUIRE(fixture.outcomes[1]->at(1).is_error());
}

TEST_CASE("nothing to do is done at once, an empty command is refused", "[redis]") {
    Fixture fixture;
    fixture.connect();
    REQUIRE(fixture.submit({}));
    REQUIRE(fixture.outcomes.size() == 1);
    REQUIRE(fixture.submit({{}}).error().code == base::Errc::invalid_input);
}

TEST_CASE("what is in flight is bounded, and there is room again after replies", "[redis]") {
    Fixture fixture;
    fixture.connect();
    REQUIRE(fixture.submit({{"A"}, {"B"}}));
    REQUIRE(fixture.submit({{"C"}}));
    REQUIRE(fixture.submit({{"D"}}).error().code == base::Errc::unavailable);
    REQUIRE(fixture.submit({{"A"}, {"B"}, {"C"}, {"D"}}).error().code == base::Errc::too_large);
    REQUIRE_FALSE(fixture.protocol.on_bytes("+1\r\n+2\r\n", start));
    REQUIRE(fixture.submit({{"D"}}));
}

TEST_CASE("bytes that wait to be written are bounded", "[redis]") {
    Fixture fixture;
    fixture.connect();
    REQUIRE(fixture.submit({{"SET", std::string(300, 'x')}}).error().code == base::Errc::too_large);
    REQUIRE(fixture.submit({{"SET", std::string(120, 'x')}}));
    REQUIRE(
        fixture.submit({{"SET", std::string(120, 'x')}}).error().code == base::Errc::unavailable
    );
    fixture.protocol.take_output();
    REQUIRE(fixture.submit({{"SET", std::string(120, 'x')}}));
}

TEST_CASE("a command without a reply in time ends the connection", "[redis]") {
    Fixture fixture;
    fixture.connect();
    fixture.submit({{"A"}}, start);
    fixture.submit({{"B"}}, start + milliseconds(500));
    REQUIRE(fixture.protocol.next_deadline() == start + milliseconds(1000));
    REQUIRE_FALSE(fixture.protocol.on_time(start + milliseconds(999)));
    const auto end = start + milliseconds(1000);
    const auto failure = fixture.protocol.on_time(end);
    REQUIRE(failure);
    REQUIRE(failure->code == base::Errc::timeout);
    fixture.protocol.on_lost(*failure, end);
    REQUIRE(fixture.outcomes.size() == 2);
    REQUIRE(fixture.outcomes[0].error().code == base::Errc::timeout);
    REQUIRE(fixture.outcomes[1].error().code == base::Errc::unavailable);
    REQUIRE(fixture.protocol.next_deadline() == base::SteadyTime::max());
}

TEST_CASE("a greeting without a reply in time ends the connection", "[redis]") {
    Fixture fixture;
    fixture.protocol.on_open(start);
    const auto failure = fixture.protocol.on_time(start + milliseconds(1000));
    REQUIRE(failure);
    REQUIRE(failure->code == base::Errc::timeout);
}

TEST_CASE("an idle connection is asked for a sign of life", "[redis]") {
    Fixture fixture;
    fixture.connect();
    const auto idle = start + milliseconds(10000);
    REQUIRE(fixture.protocol.next_deadline() == idle);
    REQUIRE_FALSE(fixture.protocol.on_time(idle));
    REQUIRE(fixture.protocol.take_output() == encode({"PING"}));
    REQUIRE(fixture.protocol.next_deadline() == idle + milliseconds(1000));
    REQUIRE_FALSE(fixture.protocol.on_bytes("+PONG\r\n", idle));
    REQUIRE(fixture.protocol.next_deadline() == idle + milliseconds(10000));
    REQUIRE(fixture.outcomes.empty());
}

TEST_CASE("a reply that nobody asked for ends the connection", "[redis]") {
    Fixture fixture;
    fixture.connect();
    const auto failure = fixture.protocol.on_bytes("+OK\r\n", start);
    REQUIRE(failure);
    REQUIRE(failure->code == base::Errc::malformed);
}

TEST_CASE("garbage ends the connection and fails what is in flight", "[redis]") {
    Fixture fixture;
    fixture.connect();
    fixture.submit({{"A"}});
    const auto failure = fixture.protocol.on_bytes("HTTP/1.1 400\r\n", start);
    REQUIRE(failure);
    fixture.protocol.on_lost(*failure, start);
    REQUIRE(fixture.outcomes.at(0).error().code == base::Errc::unavailable);
}

TEST_CASE("a new connection begins anew, half a reply of the old one does not matter", "[redis]") {
    Fixture fixture;
    fixture.connect();
    fixture.submit({{"A"}});
    fixture.submit({{"B"}, {"C"}});
    REQUIRE_FALSE(fixture.protocol.on_bytes("+1\r\n+2\r\n$10\r\nhal", start));
    fixture.protocol.on_lost(gone, start);
    REQUIRE(fixture.outcomes.size() == 2);
    REQUIRE(fixture.outcomes[0]);
    REQUIRE(fixture.outcomes[1].error().code == base::Errc::unavailable);
    REQUIRE(fixture.protocol.take_output().empty());

    fixture.connect();
    REQUIRE(fixture.submit({{"D"}, {"E"}, {"F"}}));
    REQUIRE_FALSE(fixture.protocol.on_bytes("+d\r\n+e\r\n+f\r\n", start));
    REQUIRE(fixture.outcomes.size() == 3);
    REQUIRE(fixture.outcomes[2]->at(0).text == "d");
}

TEST_CASE("a stop is told as such to all in flight", "[redis]") {
    Fixture fixture;
    fixture.connect();
    fixture.submit({{"A"}});
    const base::Error stopped{
        .code = base::Errc::canceled, .detail = "stopped", .fields = {}, .native = {}
    };
    fixture.protocol.on_lost(stopped, start);
    REQUIRE(fixture.outcomes.at(0).error().code == base::Errc::canceled);
}

TEST_CASE("a connection that was never made fails nobody", "[redis]") {
    Fixture fixture;
    fixture.protocol.on_lost(gone, start);
    REQUIRE(fixture.outcomes.empty());
    REQUIRE_FALSE(fixture.protocol.is_ready());
}

}  // namespace trunkline::redis
