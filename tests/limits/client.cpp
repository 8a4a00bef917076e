#include "client.hpp"

#include <poll.h>

namespace trunkline::limits {

int ask(bench::Connection& connection, std::string_view request) {
    constexpr int longest_wait_ms = 20000;
    if (!connection.send(request, bench::Clock::now())) {
        return 0;
    }
    pollfd wanted{.fd = connection.descriptor(), .events = POLLIN, .revents = 0};
    while (::poll(&wanted, 1, longest_wait_ms) == 1) {
        const auto state = connection.receive();
        if (state != bench::AnswerReader::State::more) {
            return state == bench::AnswerReader::State::complete ? connection.answer().status() : 0;
        }
    }
    return 0;
}

}  // namespace trunkline::limits
