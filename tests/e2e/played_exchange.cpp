#include "played_exchange.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "testing/paths.hpp"

namespace trunkline::e2e {
namespace {

std::vector<Frame> frames_in(const std::string& text) {
    std::vector<Frame> out;
    Frame frame;
    for (std::size_t from = 0; from < text.size();) {
        const auto end = std::min(text.find("\r\n", from), text.size());
        const auto line = text.substr(from, end - from);
        from = end + 2;
        const auto colon = line.find(": ");
        if (!line.empty()) {
            frame.emplace_back(
                line.substr(0, colon), colon == std::string::npos ? "" : line.substr(colon + 2)
            );
        } else if (!frame.empty()) {
            out.push_back(std::exchange(frame, {}));
        }
    }
    return out;
}

std::string text_of(const Frame& frame) {
    std::string out;
    for (const auto& [name, value] : frame) {
        out += name + ": " + value + "\r\n";
    }
    return out + "\r\n";
}

bool ends_with(const std::string& name, std::string_view end) { return name.ends_with(end); }

/// What tells one call from another, by the kind of header that holds it.
std::string renamed(const std::string& name, const std::string& value, unsigned run) {
    std::array<char, 64> text{};
    if (name.find("Bridge") != std::string::npos && ends_with(name, "niqueid")) {
        std::snprintf(text.data(), text.size(), "%08x", run);
        return value.size() < 9 ? value : text.data() + value.substr(8);
    }
    const auto point = value.find('.');
    if ((ends_with(name, "niqueid") || ends_with(name, "inkedid")) && point != std::string::npos) {
        const auto number = std::stoul(value.substr(point + 1));
        std::snprintf(
            text.data(),
            text.size(),
            "%lu.%lu",
            std::stoul(value.substr(0, point)) + run,
            number + 100UL * run
        );
        return text.data();
    }
    const auto dash = value.rfind('-');
    if (ends_with(name, "Channel") && dash != std::string::npos && value.size() == dash + 9) {
        const auto number = std::stoul(value.substr(dash + 1), nullptr, 16);
        std::snprintf(text.data(), text.size(), "-%08lx", number + 256UL * run);
        return value.substr(0, dash) + text.data();
    }
    return value;
}

}  // namespace

std::vector<Frame> capture(const std::string& name) {
    const auto path = testing::source_folder() / "tests" / "captures" / "ami" / (name + ".ami");
    std::ifstream file(path, std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    const auto begin = text.find("\r\nEvent: FullyBooted");
    if (begin == std::string::npos) {
        throw std::runtime_error(path.string() + " is no capture");
    }
    std::vector<Frame> out;
    for (auto& frame : frames_in(text.substr(begin + 2))) {
        const auto event = value_of(frame, "Event");
        if (!event.empty() && event != "FullyBooted" && value_of(frame, "ActionID").empty()) {
            out.push_back(std::move(frame));
        }
    }
    return out;
}

std::vector<Frame> another_call(
    const std::vector<Frame>& frames, unsigned run, const std::string& phone
) {
    std::string first_phone;
    for (const auto& frame : frames) {
        const auto number = value_of(frame, "CallerIDNum");
        if (value_of(frame, "Event") == "Newchannel" && first_phone.empty()) {
            first_phone = number;
        }
    }
    auto out = frames;
    for (auto& frame : out) {
        for (auto& [name, value] : frame) {
            value = value == first_phone ? phone : renamed(name, value, run);
        }
    }
    return out;
}

std::string value_of(const Frame& frame, std::string_view header) {
    for (const auto& [name, value] : frame) {
        if (name == header) {
            return value;
        }
    }
    return "";
}

PlayedExchange::PlayedExchange() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_, generic, size) != 0 || ::listen(listener_, 16) != 0 ||
        ::getsockname(listener_, generic, &size) != 0) {
        throw std::runtime_error("no port for the exchange");
    }
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept_all(); });
}

PlayedExchange::~PlayedExchange() {
    {
        const std::lock_guard lock(mutex_);
        is_stopping_ = true;
        ::shutdown(listener_, SHUT_RDWR);
    }
    acceptor_.join();
    cut();
    for (auto& connection : connections_) {
        connection.thread.join();
        ::close(connection.socket);
    }
    ::close(listener_);
}

void PlayedExchange::accept_all() {
    for (;;) {
        const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        const std::lock_guard lock(mutex_);
        if (socket < 0 || is_stopping_) {
            ::close(socket);
            return;
        }
        if (is_refusing_) {
            ::close(socket);
            continue;
        }
        auto& connection = connections_.emplace_back();
        connection.socket = socket;
        connection.thread = std::thread([this, &connection] { serve(connection); });
    }
}

void PlayedExchange::serve(Connection& connection) {
    {
        const std::lock_guard lock(mutex_);
        send(connection, "Asterisk Call Manager/11.0.0\r\n");
    }
    std::string pending;
    std::array<char, 4096> buffer{};
    for (;;) {
        const auto got = ::recv(connection.socket, buffer.data(), buffer.size(), 0);
        if (got <= 0) {
            const std::lock_guard lock(mutex_);
            connection.is_logged_in = false;
            return;
        }
        pending.append(buffer.data(), static_cast<std::size_t>(got));
        for (auto end = pending.find("\r\n\r\n"); end != std::string::npos;
             end = pending.find("\r\n\r\n")) {
            const auto frames = frames_in(pending.substr(0, end + 4));
            pending.erase(0, end + 4);
            const std::lock_guard lock(mutex_);
            for (const auto& frame : frames) {
                answer(connection, {frame.begin(), frame.end()});
            }
        }
    }
}

void PlayedExchange::answer(
    Connection& connection, const std::map<std::string, std::string>& action
) {
    const auto header = [&](const char* name) {
        const auto found = action.find(name);
        return found == action.end() ? std::string() : found->second;
    };
    const auto name = header("Action");
    const auto id = "ActionID: " + header("ActionID") + "\r\n";
    if (name == "Challenge") {
        send(connection, "Response: Success\r\n" + id + "Challenge: 840415273\r\n\r\n");
    } else if (name == "Login") {
        connection.is_logged_in = true;
        ++logins_;
        send(
            connection,
            "Response: Success\r\n" + id +
                "Message: Authentication accepted\r\n\r\n"
                "Event: FullyBooted\r\nStatus: Fully Booted\r\n\r\n"
        );
    } else if (name == "CoreShowChannels") {
        std::string text = "Response: Success\r\n" + id +
                           "EventList: start\r\nMessage: Channels will follow\r\n\r\n";
        for (const auto& [unique_id, channel] : up_) {
            text += "Event: CoreShowChannel\r\n" + id;
            for (const auto& [key, value] : channel) {
                text += key + ": " + value + "\r\n";
            }
            text += "\r\n";
        }
        send(
            connection,
            text + "Event: CoreShowChannelsComplete\r\n" + id +
                "EventList: Complete\r\nListItems: " + std::to_string(up_.size()) + "\r\n\r\n"
        );
    } else if (name == "Ping" || name == "Logoff") {
        send(connection, "Response: Success\r\n" + id + "Ping: Pong\r\n\r\n");
    } else {
        send(connection, "Response: Error\r\n" + id + "Message: Invalid/unknown command\r\n\r\n");
    }
}

void PlayedExchange::send(const Connection& connection, const std::string& text) {
    for (std::size_t sent = 0; sent < text.size();) {
        const auto put =
            ::send(connection.socket, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
        if (put <= 0) {
            return;
        }
        sent += static_cast<std::size_t>(put);
    }
}

/// A channel is up from its first event to its hangup.
void PlayedExchange::note(const Frame& frame) {
    const auto event = value_of(frame, "Event");
    const auto id = value_of(frame, "Uniqueid");
    if (event == "Hangup") {
        up_.erase(id);
        return;
    }
    if (event == "Newchannel") {
        up_[id]["Application"] = "";
    }
    const auto found = up_.find(id);
    if (found == up_.end()) {
        return;
    }
    auto& channel = found->second;
    for (const auto* name :
         {"Channel",
          "ChannelState",
          "ChannelStateDesc",
          "CallerIDNum",
          "CallerIDName",
          "ConnectedLineNum",
          "ConnectedLineName",
          "Context",
          "Exten",
          "Priority",
          "Uniqueid",
          "Linkedid"}) {
        channel[name] = value_of(frame, name);
    }
    if (event == "BridgeEnter") {
        channel["BridgeId"] = value_of(frame, "BridgeUniqueid");
    } else if (event == "BridgeLeave") {
        channel["BridgeId"] = "";
    }
}

void PlayedExchange::happen(const Frame& frame) {
    const std::lock_guard lock(mutex_);
    note(frame);
    for (const auto& connection : connections_) {
        if (connection.is_logged_in) {
            send(connection, text_of(frame));
        }
    }
}

void PlayedExchange::happen(const std::vector<Frame>& frames) {
    for (const auto& frame : frames) {
        happen(frame);
    }
}

void PlayedExchange::cut() {
    const std::lock_guard lock(mutex_);
    for (auto& connection : connections_) {
        connection.is_logged_in = false;
        ::shutdown(connection.socket, SHUT_RDWR);
    }
}

void PlayedExchange::refuse(bool refusing) {
    const std::lock_guard lock(mutex_);
    is_refusing_ = refusing;
}

void PlayedExchange::crash() {
    {
        const std::lock_guard lock(mutex_);
        up_.clear();
    }
    cut();
}

bool PlayedExchange::is_listened_to() const {
    const std::lock_guard lock(mutex_);
    return std::ranges::any_of(connections_, [](const auto& each) { return each.is_logged_in; });
}

unsigned PlayedExchange::logins() const {
    const std::lock_guard lock(mutex_);
    return logins_;
}

std::size_t PlayedExchange::channels() const {
    const std::lock_guard lock(mutex_);
    return up_.size();
}

}  // namespace trunkline::e2e
