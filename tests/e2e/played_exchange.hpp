#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace trunkline::e2e {

/// One event of an exchange's manager: headers in their order.
using Frame = std::vector<std::pair<std::string, std::string>>;

/// The events of a capture of tests/captures/ami.
std::vector<Frame> capture(const std::string& name);
/// The same call once more: ids, channels and bridges of its own by `run`, from another number.
std::vector<Frame> another_call(
    const std::vector<Frame>& frames, unsigned run, const std::string& phone
);
std::string value_of(const Frame& frame, std::string_view header);

/// An exchange's manager interface on loopback that says what a test lets happen, knows which
/// channels are up by that, and answers CoreShowChannels so. What it says while nobody is connected
/// is lost, as in life. On threads of its own; all functions may be called from any thread.
class PlayedExchange {
public:
    PlayedExchange();
    ~PlayedExchange();
    PlayedExchange(const PlayedExchange&) = delete;
    PlayedExchange& operator=(const PlayedExchange&) = delete;

    std::uint16_t port() const { return port_; }
    /// Something happens, and who listens is told.
    void happen(const Frame& frame);
    void happen(const std::vector<Frame>& frames);
    /// All connections break. While `refusing`, none is taken.
    void cut();
    void refuse(bool refusing);
    /// It crashes and comes back: all channels are gone, nobody was told.
    void crash();

    unsigned logins() const;
    /// Somebody is logged in now.
    bool is_listened_to() const;
    std::size_t channels() const;

private:
    struct Connection {
        int socket = -1;
        bool is_logged_in = false;
        std::thread thread;
    };

    void accept_all();
    void serve(Connection& connection);
    void answer(Connection& connection, const std::map<std::string, std::string>& action);
    void note(const Frame& frame);
    static void send(const Connection& connection, const std::string& text);

    mutable std::mutex mutex_;
    int listener_ = -1;
    std::uint16_t port_ = 0;
    bool is_stopping_ = false;
    bool is_refusing_ = false;
    unsigned logins_ = 0;
    std::list<Connection> connections_;
    std::map<std::string, std::map<std::string, std::string>> up_;  ///< By Uniqueid.
    std::thread acceptor_;
};

}  // namespace trunkline::e2e
