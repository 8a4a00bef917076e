#include "shared_servers.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>

namespace trunkline::testing {
namespace {

std::optional<std::string> from_file(std::string_view name) {
    std::ifstream file(std::filesystem::path(TRUNKLINE_TEST_SERVERS_FOLDER) / "env");
    const std::string start = std::string(name) + "=";
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with(start)) {
            return line.substr(start.size());
        }
    }
    return std::nullopt;
}

// The script writes URLs of its own servers with a numeric host and always a port.
std::uint16_t port_of(const std::string& url) {
    const auto host = url.find("127.0.0.1:");
    if (host == std::string::npos) {
        return 0;
    }
    return static_cast<std::uint16_t>(std::strtoul(url.c_str() + host + 10, nullptr, 10));
}

}  // namespace

bool answers(std::uint16_t port) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const bool connected =
        ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    ::close(socket);
    return connected;
}

std::optional<std::string> given_server(std::string_view name) {
    const char* value = std::getenv(std::string(name).c_str());  // NOLINT(concurrency-mt-unsafe)
    if (value != nullptr && *value != '\0') {
        return value;
    }
    auto url = from_file(name);
    if (url && !answers(port_of(*url))) {
        return std::nullopt;
    }
    return url;
}

std::string unique_suffix() {
    static std::random_device device;
    return std::to_string(::getpid()) + "_" + std::to_string(device());
}

}  // namespace trunkline::testing
