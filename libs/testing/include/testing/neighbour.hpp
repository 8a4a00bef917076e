#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"

namespace trunkline::testing {

using HeaderList = std::vector<std::pair<std::string, std::string>>;

/// A request as the neighbour received it, whatever it answered then.
struct NeighbourRequest {
    std::size_t order = 0;  ///< 0 for the first of this neighbour's life.
    base::SteadyTime time;  ///< When its last byte arrived.
    std::string method;
    std::string target;  ///< As on the wire: path and query.
    std::string path;
    std::string query;  ///< Without `?`, not decoded.
    HeaderList headers;
    std::string body;

    /// The first header of this name, any case; empty if there is none.
    std::string header(std::string_view name) const;
};

struct NeighbourResponse {
    unsigned status = 200;
    HeaderList headers = {};
    std::string body = {};

    static NeighbourResponse json(std::string body, unsigned status = 200);
};

/// How an answer goes wrong.
struct Fault {
    enum class Kind {
        slow,          ///< The right answer, `delay` later.
        status,        ///< `status` with a short text; the handler is not called.
        never_answer,  ///< Nothing, until the caller gives up; the handler is not called.
        break_off,     ///< The handler is called; the connection ends after `bytes` bytes of its
                       ///< answer.
        lose_answer,   ///< The handler is called; the connection ends without a byte.
        reset,         ///< A TCP reset instead of an answer; the handler is not called.
        garbage,       ///< Bytes that are no HTTP; the handler is not called.
    };

    Kind kind = Kind::status;
    std::chrono::milliseconds delay{0};
    std::size_t bytes = 0;
    unsigned status = 500;

    static Fault slow(std::chrono::milliseconds delay);
    static Fault answer_status(unsigned status);
    static Fault never_answer();
    static Fault break_off_after(std::size_t bytes);
    static Fault lose_answer();
    static Fault reset();
    static Fault garbage();
};

/// An HTTP/1.1 server on a thread of its own that plays a peer in tests of services: it records
/// every request and can be told to misbehave. All functions may be called from any thread;
/// handlers run on the neighbour's thread, one at a time, and must not call functions of the
/// neighbour that change it.
class HttpNeighbour {
public:
    using Handler = std::function<NeighbourResponse(const NeighbourRequest&)>;

    /// Listens on a free port of loopback. What no route matches gets 404.
    HttpNeighbour();
    /// `fallback` answers what no route matches.
    explicit HttpNeighbour(Handler fallback);
    /// Ends all connections.
    ~HttpNeighbour();
    HttpNeighbour(const HttpNeighbour&) = delete;
    HttpNeighbour& operator=(const HttpNeighbour&) = delete;

    std::uint16_t port() const;
    /// `http://127.0.0.1:<port><path>`; without a slash at the end by default.
    std::string url(std::string_view path = "") const;

    /// A canned answer. `path` matches without the query, or as a prefix if it ends with `*`;
    /// `method` may be `*`. Of several routes that match, the one added last wins.
    void answer(std::string method, std::string path, NeighbourResponse response);
    void handle(std::string method, std::string path, Handler handler);

    /// The next `times` requests fare so; such orders queue up and come before fail_always(). With
    /// a path (the rule of answer()) only requests to it.
    void fail_next(Fault fault, std::size_t times = 1, std::string path = "*");
    /// Every request from now on, until clear_faults().
    void fail_always(Fault fault, std::string path = "*");
    void clear_faults();

    /// Closes the port and all connections: connecting is refused. Returns when it is so.
    void refuse();
    /// Listens again on the same port.
    void accept();
    /// Ends all open connections, idle ones too, and goes on listening.
    void drop_connections();

    std::vector<NeighbourRequest> requests() const;
    /// Those of one method and path (the rule of answer()).
    std::vector<NeighbourRequest> requests(std::string_view method, std::string_view path) const;
    /// Waits until `count` or more requests have come since the start or forget_requests(), and
    /// gives all. Throws std::runtime_error if fewer came within `limit`.
    std::vector<NeighbourRequest> wait_for_requests(
        std::size_t count, std::chrono::milliseconds limit = std::chrono::seconds(10)
    ) const;
    void forget_requests();
    /// Connections accepted so far: shows whether a client keeps them open.
    std::size_t connections() const;

private:
    class Server;
    std::unique_ptr<Server> server_;
};

}  // namespace trunkline::testing
