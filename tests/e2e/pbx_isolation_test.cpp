// One gateway, a good exchange and five bad ones: the good one's calls come all the same.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <fstream>
#include <list>
#include <mutex>
#include <string>
#include <thread>

#include "played_exchange.hpp"
#include "suite.hpp"
#include "testing/catch.hpp"

using namespace trunkline;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;

namespace {

/// An exchange that does harm, on loopback, with a thread for each connection.
class BadExchange {
public:
    enum class Kind {
        silent,    ///< Takes connections and says nothing.
        garbage,   ///< Bytes without an end of line, without end.
        floods,    ///< Logs in, and then tells of channels that begin as fast as it can.
        refuses,   ///< Knows nobody.
        hangs_up,  ///< Closes at once.
    };

    explicit BadExchange(Kind kind)
        : kind_(kind), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* const any = reinterpret_cast<sockaddr*>(&address);
        if (::bind(listener_, any, size) != 0 || ::listen(listener_, 16) != 0 ||
            ::getsockname(listener_, any, &size) != 0) {
            throw std::runtime_error("no port for the bad exchange");
        }
        port_ = ntohs(address.sin_port);
        acceptor_ = std::thread([this] { accept_all(); });
    }
    ~BadExchange() {
        ends_ = true;
        ::shutdown(listener_, SHUT_RDWR);
        acceptor_.join();
        for (auto& [socket, thread] : connections_) {
            ::shutdown(socket, SHUT_RDWR);
            thread.join();
            ::close(socket);
        }
        ::close(listener_);
    }
    BadExchange(const BadExchange&) = delete;
    BadExchange& operator=(const BadExchange&) = delete;

    std::uint16_t port() const { return port_; }
    /// Events that a flooding one got rid of, connections that the others had.
    std::uint64_t harm() const { return harm_; }

private:
    void accept_all() {
        for (;;) {
            const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
            if (socket < 0 || ends_) {
                ::close(socket);
                return;
            }
            connections_.emplace_back(socket, std::thread([this, socket] { serve(socket); }));
        }
    }

    static bool send(int socket, const std::string& text) {
        for (std::size_t sent = 0; sent < text.size();) {
            const auto put = ::send(socket, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
            if (put <= 0) {
                return false;
            }
            sent += static_cast<std::size_t>(put);
        }
        return true;
    }

    void serve(int socket) {
        if (kind_ != Kind::floods) {
            ++harm_;
        }
        switch (kind_) {
            case Kind::silent:
                read_all(socket, [](const std::string&) { return true; });
                break;
            case Kind::garbage:
                while (!ends_ && send(socket, std::string(65'536, 'x'))) {
                }
                break;
            case Kind::floods:
                flood(socket);
                break;
            case Kind::refuses:
                send(socket, "Asterisk Call Manager/11.0.0\r\n");
                read_all(socket, [&](const std::string& id) {
                    return send(
                        socket,
                        "Response: Error\r\nActionID: " + id +
                            "\r\nMessage: Authentication failed\r\n\r\n"
                    );
                });
                break;
            case Kind::hangs_up:
                break;
        }
        ::shutdown(socket, SHUT_RDWR);
    }

    /// `answer` gets each action's id until it returns false.
    template <typename Answer>
    void read_all(int socket, Answer answer) {
        std::string pending;
        std::array<char, 4096> buffer{};
        for (;;) {
            const auto got = ::recv(socket, buffer.data(), buffer.size(), 0);
            if (got <= 0) {
                return;
            }
            pending.append(buffer.data(), static_cast<std::size_t>(got));
            for (auto end = pending.find("\r\n\r\n"); end != std::string::npos;
                 end = pending.find("\r\n\r\n")) {
                const auto action = pending.substr(0, end + 2);
                pending.erase(0, end + 4);
                const auto at = action.find("ActionID: ");
                const auto id = at == std::string::npos
                                    ? std::string()
                                    : action.substr(at + 10, action.find("\r\n", at) - at - 10);
                if (!answer(id)) {
                    return;
                }
            }
        }
    }

    void flood(int socket) {
        // Answers and events come from two threads, whole each.
        std::mutex mutex;
        const auto say = [&](const std::string& text) {
            const std::lock_guard lock(mutex);
            return send(socket, text);
        };
        say("Asterisk Call Manager/11.0.0\r\n");
        std::atomic<bool> is_logged_in = false;
        std::thread events([&] {
            while (!ends_ && !is_logged_in) {
                std::this_thread::sleep_for(1ms);
            }
            for (unsigned run = 0; !ends_; ++run) {
                std::string text;
                for (unsigned i = 0; i < 500; ++i) {
                    const auto number = (run * 500) + i;
                    text += fmt::format(
                        "Event: Newchannel\r\nChannel: PJSIP/trunk-{0:08x}\r\nChannelState: 4\r\n"
                        "CallerIDNum: 37529{0:07}\r\nContext: from-trunk\r\nExten: 375173880051\r\n"
                        "Uniqueid: 1795200000.{0}\r\nLinkedid: 1795200000.{0}\r\n\r\n",
                        number
                    );
                }
                if (!say(text)) {
                    return;
                }
                harm_ += 500;
            }
        });
        unsigned answered = 0;
        read_all(socket, [&](const std::string& id) {
            const bool sent =
                say("Response: Success\r\nActionID: " + id +
                    "\r\nMessage: Authentication accepted\r\nChallenge: 840415273\r\n\r\n");
            // The challenge, then the login.
            is_logged_in = ++answered >= 2;
            return sent;
        });
        is_logged_in = true;
        ::shutdown(socket, SHUT_RDWR);
        events.join();
    }

    Kind kind_;
    int listener_;
    std::uint16_t port_ = 0;
    std::atomic<bool> ends_ = false;
    std::atomic<std::uint64_t> harm_ = 0;
    std::list<std::pair<int, std::thread>> connections_;
    std::thread acceptor_;
};

void add_exchange(
    const e2e::Suite& suite,
    const std::string& id,
    const std::string& enterprise,
    std::uint16_t port
) {
    suite.sql(fmt::format(
        "INSERT INTO pbx_servers (id, enterprise_number, host, port, username, secret, "
        "reconnect_delay) VALUES ('{}', '{}', '127.0.0.1', {}, 'trunkline', 'pbx-secret', 1)",
        id,
        enterprise,
        port
    ));
}

std::uint64_t memory_kb(int pid) {
    std::ifstream status("/proc/" + std::to_string(pid) + "/status");
    std::string word;
    std::uint64_t value = 0;
    while (status >> word) {
        if (word == "VmRSS:") {
            status >> value;
            break;
        }
    }
    return value;
}

}  // namespace

TEST_CASE("bad exchanges cost a good one nothing", "[e2e][pbx-gateway]") {
    e2e::Suite suite;
    e2e::PlayedExchange good;
    BadExchange silent(BadExchange::Kind::silent);
    BadExchange garbage(BadExchange::Kind::garbage);
    BadExchange floods(BadExchange::Kind::floods);
    BadExchange refuses(BadExchange::Kind::refuses);
    BadExchange hangs_up(BadExchange::Kind::hangs_up);
    suite.sql("INSERT INTO enterprises (number, name, name2) VALUES ('0999', 'bad', '375440009999')"
    );
    suite.start("ingest");
    suite.start("pbx-gateway");
    add_exchange(suite, "silent", "0999", silent.port());
    add_exchange(suite, "garbage", "0999", garbage.port());
    add_exchange(suite, "floods", "0999", floods.port());
    add_exchange(suite, "refuses", "0999", refuses.port());
    add_exchange(suite, "hangs-up", "0999", hangs_up.port());
    for (const auto* bad : {&silent, &garbage, &refuses, &hangs_up}) {
        testing::wait_until([&] { return bad->harm() > 0; }, 20s, "each bad one is connected");
    }
    testing::wait_until([&] { return floods.harm() > 20'000; }, 30s, "the flood has begun");

    add_exchange(suite, "good", "0367", good.port());
    testing::wait_until([&] { return good.logins() == 1; }, 20s, "the good one is connected");
    const auto call = e2e::capture("01-inbound-answered");
    for (unsigned run = 0; run < 5; ++run) {
        const auto phone = "37529111000" + std::to_string(run);
        const auto before = floods.harm();
        good.happen(e2e::another_call(call, run + 1, phone));
        testing::wait_until(
            [&] {
                return suite.sql(
                           "SELECT extension, call_status FROM calls WHERE enterprise_number = "
                           "'0367' AND phone = '" +
                           phone + "'"
                       ) == "1001|2";
            },
            20s,
            "the call of " + phone + " is there"
        );
        testing::wait_until([&] { return floods.harm() > before; }, 20s, "the flood goes on");
    }
    CHECK(good.logins() == 1);
    CHECK(suite.sql("SELECT count(*) FROM calls WHERE enterprise_number = '0367'") == "5");
    // A flood of 20,000 events that wait is some tens of megabytes; without a bound it has no end.
    CHECK(memory_kb(suite.pid("pbx-gateway")) < 300'000);
    const auto metrics = e2e::http("GET", suite.url("pbx-gateway") + "/metrics").body;
    CHECK_THAT(metrics, Contains("pbx_connected{enterprise=\"0367\",pbx=\"good\"} 1"));
    CHECK_THAT(metrics, Contains("pbx_connected{enterprise=\"0999\",pbx=\"silent\"} 0"));
    CHECK_THAT(metrics, Contains("pbx_connected{enterprise=\"0999\",pbx=\"garbage\"} 0"));
    CHECK_THAT(metrics, Contains("pbx_connected{enterprise=\"0999\",pbx=\"refuses\"} 0"));
    CHECK(e2e::http("GET", suite.url("pbx-gateway") + "/ready").status == 200);
    CHECK(suite.stop("pbx-gateway") == 0);
}
