#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "httpd/router.hpp"

namespace trunkline::httpd {

/// One thing that can be asked for: a method of a pattern, a stream or a WebSocket.
struct Endpoint {
    enum class Kind { plain, stream, websocket };
    Kind kind = Kind::plain;
    std::string method;
    std::string pattern;
    RouteOptions options;
    Handler handler;
    EventStreamHandler stream_handler;
    WebSocketHandler websocket_handler;
    WebSocketOptions websocket;
    std::vector<std::string> names;  ///< Of its parameters, in the order of the pattern.
    std::size_t index = 0;           ///< Counts all endpoints of the table.
};

/// The facts of a request that choose among the endpoints of one path.
struct RouteQuery {
    std::string_view method;
    std::string_view path;  ///< Percent-encoded.
    bool wants_websocket = false;
    bool wants_events = false;
};

struct RouteMatch {
    const Endpoint* endpoint = nullptr;
    bool path_exists = false;
    bool websocket_only = false;      ///< The path is a WebSocket and the request no upgrade.
    std::string allow;                ///< For 405 and OPTIONS, when no endpoint was found.
    std::vector<std::string> values;  ///< Of the parameters, decoded, as Endpoint::names.
};

/// A tree of path segments. Built at the start, only read afterwards.
class RouteTable {
public:
    RouteTable();
    ~RouteTable();

    void add(Endpoint endpoint);
    RouteMatch match(const RouteQuery& query) const;

    const std::vector<std::unique_ptr<Endpoint>>& endpoints() const { return endpoints_; }

private:
    struct Node;
    struct Walk;

    Node& descend(Node& node, std::string_view segment, Endpoint& endpoint);
    static const Node* find(
        const Node& node, std::string_view rest, std::vector<std::string>& values
    );
    static const Node* find_parameter(
        const Node& node,
        std::string_view segment,
        std::string_view rest,
        std::vector<std::string>& values
    );
    static void choose(const Node& node, const RouteQuery& query, RouteMatch& match);

    std::unique_ptr<Node> root_;
    std::vector<std::unique_ptr<Endpoint>> endpoints_;
};

}  // namespace trunkline::httpd
