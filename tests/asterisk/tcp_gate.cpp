#include "tcp_gate.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <vector>

namespace trunkline::asterisk {
namespace {

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

/// Closes with a reset, as a broken way does.
void reset(int socket) {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    ::close(socket);
}

struct Way {
    int from;
    int to;
};

/// Passes on what has come; false when that side has ended.
bool pass(int from, int to) {
    std::array<char, 65536> buffer{};
    const auto got = ::recv(from, buffer.data(), buffer.size(), 0);
    if (got <= 0) {
        return false;
    }
    for (ssize_t sent = 0; sent < got;) {
        const auto part =
            ::send(to, buffer.data() + sent, static_cast<std::size_t>(got - sent), MSG_NOSIGNAL);
        if (part <= 0) {
            return false;
        }
        sent += part;
    }
    return true;
}

}  // namespace

TcpGate::TcpGate(std::uint16_t target) : target_(target) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    auto address = loopback(0);
    socklen_t size = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    if (listener_ < 0 || ::bind(listener_, any, size) != 0 || ::listen(listener_, 16) != 0 ||
        ::getsockname(listener_, any, &size) != 0 || ::pipe2(wake_, O_CLOEXEC) != 0) {
        throw std::runtime_error("the TCP gate cannot listen");
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { run(); });
}

TcpGate::~TcpGate() {
    ends_ = true;
    wake();
    thread_.join();
    for (const int descriptor : {listener_, wake_[0], wake_[1]}) {
        ::close(descriptor);
    }
}

void TcpGate::cut() {
    is_open_ = false;
    wake();
}

void TcpGate::fall_silent() {
    is_silent_ = true;
    wake();
}

void TcpGate::heal() {
    is_open_ = true;
    is_silent_ = false;
    wake();
}

void TcpGate::wake() { [[maybe_unused]] const auto written = ::write(wake_[1], "", 1); }

void TcpGate::run() {
    std::vector<Way> ways;
    const auto close_all = [&] {
        for (const Way& way : ways) {
            reset(way.from);
            reset(way.to);
        }
        ways.clear();
    };
    while (!ends_) {
        std::vector<pollfd> waits{{listener_, POLLIN, 0}, {wake_[0], POLLIN, 0}};
        for (const Way& way : ways) {
            waits.push_back({way.from, POLLIN, 0});
            waits.push_back({way.to, POLLIN, 0});
        }
        for (std::size_t i = 0; is_silent_ && i < waits.size(); ++i) {
            waits[i].fd = i == 1 ? waits[i].fd : -1;  // poll() passes over it
        }
        ::poll(waits.data(), waits.size(), -1);
        if (waits[1].revents != 0) {
            char byte = 0;
            [[maybe_unused]] const auto got = ::read(wake_[0], &byte, 1);
        }
        if (!is_open_) {
            close_all();
        }
        std::vector<Way> left;
        for (std::size_t i = 0; i < ways.size(); ++i) {
            const bool comes = waits[2 + (2 * i)].revents != 0;
            const bool answers = waits[3 + (2 * i)].revents != 0;
            const Way way = ways[i];
            if ((comes && !pass(way.from, way.to)) || (answers && !pass(way.to, way.from))) {
                reset(way.from);
                reset(way.to);
            } else {
                left.push_back(way);
            }
        }
        ways = left;
        if (waits[0].revents != 0) {
            const int from = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
            const int to = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
            const auto address = loopback(target_);
            const bool reached =
                is_open_ && to >= 0 &&
                ::connect(to, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
            if (reached) {
                ways.push_back({from, to});
            } else {
                reset(from);
                reset(to);
            }
        }
    }
    close_all();
}

}  // namespace trunkline::asterisk
