#include "connection.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace trunkline::bench {

void Connection::open() {
    close();
    descriptor_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port_);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (descriptor_ < 0 ||
        ::connect(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
        throw std::system_error(errno, std::generic_category(), "cannot connect");
    }
    const int yes = 1;
    ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
}

void Connection::close() {
    if (descriptor_ >= 0) {
        ::close(descriptor_);
    }
    descriptor_ = -1;
    is_busy_ = false;
    reader_.reset();
}

bool Connection::send(std::string_view request, Clock::time_point counts_from) {
    counts_from_ = counts_from;
    reader_.reset();
    is_busy_ = true;
    // Far smaller than the socket's buffer, which is empty: a part alone means that something is
    // wrong.
    const auto sent =
        ::send(descriptor_, request.data(), request.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    return sent == static_cast<ssize_t>(request.size());
}

AnswerReader::State Connection::receive() {
    std::array<char, 4096> buffer;
    const auto got = ::recv(descriptor_, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        return AnswerReader::State::more;
    }
    if (got <= 0 || !is_busy_) {
        return AnswerReader::State::broken;
    }
    const auto state = reader_.feed({buffer.data(), static_cast<std::size_t>(got)});
    is_busy_ = state == AnswerReader::State::more;
    return state;
}

}  // namespace trunkline::bench
