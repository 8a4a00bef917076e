#include "asker.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <utility>

namespace trunkline::faults {
namespace {

constexpr timeval longest_wait{.tv_sec = 5, .tv_usec = 0};

}  // namespace

std::string known_name(const std::string& phone) { return "Клиент " + phone; }

Asker::Asker(
    std::uint16_t port,
    std::string enterprise,
    std::vector<std::string> phones,
    double questions_per_second
)
    : port_(port),
      enterprise_(std::move(enterprise)),
      phones_(std::move(phones)),
      pace_(1 / questions_per_second),
      thread_([this] { run(); }) {}

Asker::~Asker() {
    stop();
    hang_up();
}

void Asker::stop() {
    stopping_ = true;
    if (thread_.joinable()) {
        thread_.join();
    }
}

void Asker::run() {
    auto due = std::chrono::steady_clock::now();
    for (std::size_t turn = 0; !stopping_; ++turn) {
        due += std::chrono::duration_cast<std::chrono::steady_clock::duration>(pace_);
        std::this_thread::sleep_until(due);
        ask(phones_[turn % phones_.size()]);
    }
}

void Asker::ask(const std::string& phone) {
    const auto begin = std::chrono::steady_clock::now();
    const auto body = get("/customer-name/" + enterprise_ + "/" + phone);
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
    ++account_.asked;
    account_.waits_ms.push_back(took.count());
    if (body == R"({"name":")" + known_name(phone) + "\"}") {
        ++account_.right;
        return;
    }
    ++(body.empty() ? account_.unanswered : account_.wrong);
    if (account_.first_fault.empty()) {
        account_.first_fault =
            fmt::format("{}: {}", phone, body.empty() ? std::string("no answer") : body);
    }
}

std::string Asker::get(const std::string& path) {
    if (socket_ < 0 && !connect()) {
        return {};
    }
    const auto request = "GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n";
    if (::send(socket_, request.data(), request.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(request.size())) {
        hang_up();
        return {};
    }
    std::string answer;
    std::array<char, 4096> buffer;
    while (true) {
        const auto got = ::recv(socket_, buffer.data(), buffer.size(), 0);
        if (got <= 0) {
            hang_up();
            return {};
        }
        answer.append(buffer.data(), static_cast<std::size_t>(got));
        const auto head = answer.find("\r\n\r\n");
        const auto length = answer.find("Content-Length: ");
        std::size_t bytes = 0;
        if (head == std::string::npos || length > head ||
            std::from_chars(&answer[length + 16], answer.data() + head, bytes).ec != std::errc{} ||
            answer.size() < head + 4 + bytes) {
            continue;
        }
        return answer.starts_with("HTTP/1.1 200") ? answer.substr(head + 4, bytes) : std::string();
    }
}

bool Asker::connect() {
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &longest_wait, sizeof(longest_wait));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port_);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
        hang_up();
        return false;
    }
    return true;
}

void Asker::hang_up() {
    if (socket_ >= 0) {
        ::close(socket_);
    }
    socket_ = -1;
}

}  // namespace trunkline::faults
