#include "asterisk.hpp"

#include <chrono>
#include <sstream>
#include <string>

#include "phones.hpp"
#include "testing/catch.hpp"

using namespace trunkline;
using namespace std::chrono_literals;

TEST_CASE("a real Asterisk takes a call between SIPp's phones and listens on loopback alone") {
    asterisk::Asterisk exchange;
    exchange.start();
    asterisk::Phones phones(exchange);
    phones.plug_in("151", "answers");
    phones.call({.from = "375296254070", .to = "375173880051", .stay_ms = 500});
    testing::wait_until([&] { return exchange.channels() == 2; }, 10s, "both legs are up");

    // What takes connections and media; PJSIP's resolver has sockets of its own for questions.
    const auto open = testing::run_command({.argv = {"ss", "-lntupH"}});
    std::istringstream lines(open.output);
    std::string line;
    int found = 0;
    while (std::getline(lines, line)) {
        const bool is_media = line.find(" 127.0.0.1:1") != std::string::npos ||
                              line.find(" 0.0.0.0:1") != std::string::npos;
        if (line.find("\"asterisk\"") != std::string::npos &&
            (line.starts_with("tcp") || is_media)) {
            INFO(line);
            CHECK(line.find(" 127.0.0.1:") != std::string::npos);
            ++found;
        }
    }
    CHECK(found >= 2);

    phones.wait_for_callers();
    testing::wait_until([&] { return exchange.channels() == 0; }, 10s, "the call is over");
}

TEST_CASE("an Asterisk that was killed takes calls again after its start") {
    asterisk::Asterisk exchange;
    exchange.start();
    exchange.kill();
    exchange.start();
    asterisk::Phones phones(exchange);
    phones.plug_in("153", "busy");
    phones.call({.from = "375296254070", .to = "375173880053"});
    phones.wait_for_callers();
    CHECK(exchange.channels() == 0);
}
