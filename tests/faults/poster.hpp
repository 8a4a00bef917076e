#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace trunkline::faults {

/// Posts JSON to a service on this machine over one connection that is kept. One thread.
class Poster {
public:
    Poster(std::uint16_t port, std::chrono::seconds limit) : port_(port), limit_(limit) {}
    ~Poster();
    Poster(const Poster&) = delete;
    Poster& operator=(const Poster&) = delete;

    /// The answer's status; 0: none came in time. The answer's body must be an object.
    int post(const std::string& path, const std::string& body);

private:
    bool connect();
    void hang_up();

    std::uint16_t port_;
    std::chrono::seconds limit_;
    int socket_ = -1;
};

}  // namespace trunkline::faults
