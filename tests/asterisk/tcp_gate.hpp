#pragma once

#include <atomic>
#include <cstdint>
#include <thread>

namespace trunkline::asterisk {

/// A TCP connection's way that can be cut or fall silent: what connects to it reaches a port of
/// loopback, or nobody. Has a thread of its own; the functions may be called from any.
class TcpGate {
public:
    explicit TcpGate(std::uint16_t target);
    ~TcpGate();
    TcpGate(const TcpGate&) = delete;
    TcpGate& operator=(const TcpGate&) = delete;

    std::uint16_t port() const { return port_; }
    /// Resets all connections, and each that comes from now on.
    void cut();
    /// Nothing passes any more and nobody is told, as behind a dead router: what is sent waits with
    /// the sender's system, who connects waits as well.
    void fall_silent();
    void heal();

private:
    void run();
    void wake();

    std::uint16_t target_;
    std::uint16_t port_ = 0;
    int listener_ = -1;
    int wake_[2] = {-1, -1};
    std::atomic<bool> is_open_{true};
    std::atomic<bool> is_silent_{false};
    std::atomic<bool> ends_{false};
    std::thread thread_;
};

}  // namespace trunkline::asterisk
