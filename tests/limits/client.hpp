#pragma once

#include <sys/resource.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <stdexcept>
#include <string>

#include "connection.hpp"

namespace trunkline::limits {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool is_sanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool is_sanitized = true;
#else
constexpr bool is_sanitized = false;
#endif
#else
constexpr bool is_sanitized = false;
#endif

/// How many files this user may open at once.
inline std::size_t most_descriptors() {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    return static_cast<std::size_t>(limit.rlim_max);
}

/// The soft limit of open files of this process and of those that it starts from now on.
inline void limit_descriptors(rlim_t count) {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_max < count) {
        throw std::runtime_error(
            "this user may open only " + std::to_string(limit.rlim_max) + " files"
        );
    }
    limit.rlim_cur = count;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

/// What the process keeps in memory for itself alone, in bytes.
inline std::size_t private_memory(int pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/smaps_rollup");
    std::size_t total = 0;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("Private_")) {
            total += std::stoul(line.substr(line.find(':') + 1)) * 1024;
        }
    }
    return total;
}

inline std::uint16_t port_of(const std::string& url) {
    return static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
}

/// Sends one request and waits for its answer; the status, 0 if the connection ends without one.
int ask(bench::Connection& connection, std::string_view request);

inline std::string post_event(const std::string& event, const std::string& body) {
    return "POST /" + event +
           " HTTP/1.1\r\nHost: bench\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
}

}  // namespace trunkline::limits
