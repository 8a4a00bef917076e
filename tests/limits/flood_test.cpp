#include <poll.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "../e2e/suite.hpp"
#include "client.hpp"
#include "testing/catch.hpp"

using namespace trunkline;
using namespace std::chrono_literals;

namespace {

struct Request {
    std::string bytes;
    int status;  ///< What it is to be answered with.
};

std::vector<Request> nonsense() {
    const std::string head = "POST /start HTTP/1.1\r\nHost: bench\r\n";
    return {
        {limits::post_event("start", R"({"Token":"375293332255","UniqueId":)"), 400},
        {limits::post_event("dial", std::string(20000, '[')), 413},
        {limits::post_event("hangup", R"({"Token":{},"UniqueId":"1.1"})"), 422},
        {limits::post_event("start", R"({"Token":"1","UniqueId":"1.1"})"), 404},
        {"\x16\x03\x01\x02\x01\x01\r\n\r\n", 400},
        {"POST /start HTTP/9.9\r\nHost: bench\r\n\r\n", 505},
        {head + "Content-Length: -1\r\n\r\n", 400},
        {head + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        {head + "Transfer-Encoding: chunked\r\n\r\nnonsense\r\n", 400},
        {head + "X-Huge: " + std::string(20000, 'a') + "\r\n\r\n", 431},
        {head + "Content-Length: 100000000\r\n\r\n", 413},
    };
}

/// An event that is fresh and right.
Request good_event(std::size_t number) {
    const auto event = e2e::inbound_answered("1768467601." + std::to_string(number)).front();
    return {limits::post_event(event.name, event.body), 200};
}

/// Keeps some connections busy with nonsense, a good event now and then among it; each has one
/// request under way.
class Flood {
public:
    Flood(std::uint16_t port, std::size_t connections) : under_way_(connections) {
        for (std::size_t i = 0; i < connections; ++i) {
            connections_.push_back(std::make_unique<bench::Connection>(port));
        }
    }

    /// Until so many more were sent and answered; false when answers stop coming.
    bool send(std::size_t count) {
        to_send_ = count;
        for (std::size_t i = 0; i < connections_.size(); ++i) {
            begin(i);
        }
        while (waiting() != 0) {
            if (!wait()) {
                return false;
            }
        }
        return true;
    }

    std::size_t right = 0;  ///< Answered with the status that belongs to the request.
    std::size_t good = 0;   ///< Good events that were sent.
    std::string first_wrong;

private:
    std::size_t waiting() const {
        return static_cast<std::size_t>(std::ranges::count_if(connections_, [](const auto& each) {
            return each->is_busy();
        }));
    }

    void begin(std::size_t index) {
        if (to_send_ == 0) {
            return;
        }
        --to_send_;
        auto& connection = *connections_[index];
        // What is refused for its form ends the connection; the others go on with theirs.
        connection.open();
        const auto number = next_++;
        const bool is_good = number % good_every == 0;
        good += is_good ? 1 : 0;
        under_way_[index] = is_good ? good_event(number) : nonsense_[number % nonsense_.size()];
        connection.send(under_way_[index].bytes, bench::Clock::now());
    }

    bool wait() {
        std::vector<pollfd> wanted;
        for (const auto& connection : connections_) {
            // A negative descriptor is passed over.
            wanted.push_back(
                {.fd = connection->is_busy() ? connection->descriptor() : -1,
                 .events = POLLIN,
                 .revents = 0}
            );
        }
        if (::poll(wanted.data(), wanted.size(), 20000) <= 0) {
            first_wrong = "no answer for 20 seconds";
            return false;
        }
        for (std::size_t i = 0; i < wanted.size(); ++i) {
            if (wanted[i].revents != 0) {
                take(i);
            }
        }
        return true;
    }

    void take(std::size_t index) {
        auto& connection = *connections_[index];
        const auto state = connection.receive();
        if (state == bench::AnswerReader::State::more) {
            return;
        }
        const auto& sent = under_way_[index];
        const bool is_right = state == bench::AnswerReader::State::complete &&
                              connection.answer().status() == sent.status;
        right += is_right ? 1 : 0;
        if (!is_right && first_wrong.empty()) {
            first_wrong =
                std::to_string(connection.answer().status()) + " for " + sent.bytes.substr(0, 80);
        }
        connection.close();
        begin(index);
    }

    static constexpr std::size_t good_every = 100;

    std::vector<Request> nonsense_ = nonsense();
    std::vector<std::unique_ptr<bench::Connection>> connections_;
    std::vector<Request> under_way_;
    std::size_t to_send_ = 0;
    std::size_t next_ = 0;
};

}  // namespace

TEST_CASE("a hundred thousand malformed requests cost no memory and no good request", "[e2e]") {
    constexpr std::size_t rounds = 20;
    constexpr std::size_t each = limits::is_sanitized ? 500 : 5000;
    constexpr std::size_t most_growth = 16UL * 1024 * 1024;
    e2e::Suite suite;
    suite.start("ingest");
    Flood flood(limits::port_of(suite.url("ingest")), 32);
    std::size_t after_first = 0;
    for (std::size_t round = 0; round < rounds; ++round) {
        INFO(flood.first_wrong);
        const bool answered = flood.send(each);
        REQUIRE(answered);
        if (round == 0) {
            after_first = limits::private_memory(suite.pid("ingest"));
        }
    }
    INFO(flood.first_wrong);
    CHECK(flood.right == rounds * each);
    const auto at_end = limits::private_memory(suite.pid("ingest"));
    WARN(
        "memory: " << after_first / 1024 << " KiB after the first round, " << at_end / 1024
                   << " at the end"
    );
    if (!limits::is_sanitized) {
        CHECK(at_end <= after_first + most_growth);
    }
    CHECK(suite.sql("SELECT count(*) FROM call_events") == std::to_string(flood.good));
}
