#include "route_table.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>

#include "base/text.hpp"
#include "head_rules.hpp"

namespace trunkline::httpd {

namespace {

// Where a segment stops at the end of the path, so that `/a` and `/a/` stay apart.
constexpr std::size_t no_more = std::numeric_limits<std::size_t>::max();

std::string_view take_segment(std::string_view path, std::size_t& next) {
    const auto slash = path.find('/');
    next = slash == std::string_view::npos ? no_more : slash + 1;
    return path.substr(0, slash);
}

std::string decode(std::string_view segment) { return base::percent_decode(segment); }

[[noreturn]] void refuse(const Endpoint& endpoint, const char* why) {
    throw std::logic_error("route " + endpoint.method + " " + endpoint.pattern + ": " + why);
}

}  // namespace

struct RouteTable::Node {
    struct Parameter {
        std::string prefix;
        std::string suffix;
        std::unique_ptr<Node> node;
    };

    std::map<std::string, std::unique_ptr<Node>, std::less<>> literals;
    std::vector<Parameter> parameters;
    std::unique_ptr<Node> rest;
    std::vector<const Endpoint*> endpoints;
};

RouteTable::RouteTable() : root_(std::make_unique<Node>()) {}
RouteTable::~RouteTable() = default;

RouteTable::Node& RouteTable::descend(Node& node, std::string_view segment, Endpoint& endpoint) {
    const auto open = segment.find('{');
    if (open == std::string_view::npos) {
        auto& child = node.literals[std::string(segment)];
        if (!child) {
            child = std::make_unique<Node>();
        }
        return *child;
    }
    const auto close = segment.find('}', open);
    if (close == std::string_view::npos || close == open + 1 ||
        segment.find('{', open + 1) != std::string_view::npos) {
        refuse(endpoint, "malformed parameter");
    }
    auto name = segment.substr(open + 1, close - open - 1);
    if (name.ends_with("...")) {
        name.remove_suffix(3);
        endpoint.names.emplace_back(name);
        if (!node.rest) {
            node.rest = std::make_unique<Node>();
        }
        return *node.rest;
    }
    endpoint.names.emplace_back(name);
    const auto prefix = segment.substr(0, open);
    const auto suffix = segment.substr(close + 1);
    for (auto& parameter : node.parameters) {
        if (parameter.prefix == prefix && parameter.suffix == suffix) {
            return *parameter.node;
        }
    }
    // The more text surrounds a parameter, the earlier it is tried.
    const auto place = std::ranges::find_if(node.parameters, [&](const Node::Parameter& parameter) {
        return parameter.prefix.size() + parameter.suffix.size() < prefix.size() + suffix.size();
    });
    const auto added = node.parameters.insert(
        place, Node::Parameter{std::string(prefix), std::string(suffix), std::make_unique<Node>()}
    );
    return *added->node;
}

void RouteTable::add(Endpoint endpoint) {
    if (!endpoint.pattern.starts_with('/')) {
        refuse(endpoint, "a pattern begins with a slash");
    }
    auto owned = std::make_unique<Endpoint>(std::move(endpoint));
    Node* node = root_.get();
    std::string_view rest = std::string_view(owned->pattern).substr(1);
    std::size_t next = 0;
    while (next != no_more) {
        const auto segment = take_segment(rest, next);
        node = &descend(*node, segment, *owned);
        if (segment.find("...}") != std::string_view::npos && next != no_more) {
            refuse(*owned, "only the last segment can take the rest");
        }
        rest.remove_prefix(std::min(next, rest.size()));
    }
    for (const auto* other : node->endpoints) {
        if (other->kind == owned->kind && other->method == owned->method) {
            refuse(*owned, "defined twice");
        }
    }
    owned->index = endpoints_.size();
    node->endpoints.push_back(owned.get());
    endpoints_.push_back(std::move(owned));
}

const RouteTable::Node* RouteTable::find_parameter(
    const Node& node,
    std::string_view segment,
    std::string_view rest,
    std::vector<std::string>& values
) {
    for (const auto& parameter : node.parameters) {
        const bool fits = segment.size() > parameter.prefix.size() + parameter.suffix.size() &&
                          segment.starts_with(parameter.prefix) &&
                          segment.ends_with(parameter.suffix);
        if (!fits) {
            continue;
        }
        auto value = segment;
        value.remove_prefix(parameter.prefix.size());
        value.remove_suffix(parameter.suffix.size());
        values.push_back(decode(value));
        // A null pointer stands for the path's end, an empty text for an empty segment.
        const auto* found =
            rest.data() == nullptr
                ? (parameter.node->endpoints.empty() ? nullptr : parameter.node.get())
                : find(*parameter.node, rest, values);
        if (found != nullptr) {
            return found;
        }
        values.pop_back();
    }
    return nullptr;
}

const RouteTable::Node* RouteTable::find(
    const Node& node, std::string_view rest, std::vector<std::string>& values
) {
    std::size_t next = 0;
    const auto segment = take_segment(rest, next);
    const auto behind = next == no_more ? std::string_view{} : rest.substr(next);
    const bool has_escape = segment.find('%') != std::string_view::npos;
    const auto literal =
        has_escape ? node.literals.find(decode(segment)) : node.literals.find(segment);
    if (literal != node.literals.end()) {
        const auto& child = *literal->second;
        const auto* found = next != no_more ? find(child, behind, values)
                                            : (child.endpoints.empty() ? nullptr : &child);
        if (found != nullptr) {
            return found;
        }
    }
    if (!segment.empty()) {
        const auto* found = find_parameter(node, segment, behind, values);
        if (found != nullptr) {
            return found;
        }
    }
    if (node.rest) {
        values.push_back(decode(rest));
        return node.rest.get();
    }
    return nullptr;
}

void RouteTable::choose(const Node& node, const RouteQuery& query, RouteMatch& match) {
    const Endpoint* get = nullptr;
    const Endpoint* stream = nullptr;
    const Endpoint* websocket = nullptr;
    const bool is_get = query.method == "GET";
    const bool is_head = query.method == "HEAD";
    for (const auto* endpoint : node.endpoints) {
        if (endpoint->kind == Endpoint::Kind::websocket) {
            websocket = endpoint;
        } else if (endpoint->kind == Endpoint::Kind::stream) {
            stream = endpoint;
        } else if (endpoint->method == query.method) {
            match.endpoint = endpoint;
        } else if (endpoint->method == "GET") {
            get = endpoint;
        }
    }
    if (is_head && match.endpoint == nullptr) {
        match.endpoint = get;
    }
    if (is_get && stream != nullptr && (match.endpoint == nullptr || query.wants_events)) {
        match.endpoint = stream;
    }
    if (is_get && websocket != nullptr && query.wants_websocket) {
        match.endpoint = websocket;
    }
    match.websocket_only = is_get && websocket != nullptr && match.endpoint == nullptr;
}

namespace {

std::string allowed_methods(const std::vector<const Endpoint*>& endpoints) {
    std::string allow = "OPTIONS";
    for (const auto* endpoint : endpoints) {
        if (!list_has_token(allow, endpoint->method)) {
            allow += ", " + endpoint->method;
        }
        if (endpoint->kind == Endpoint::Kind::plain && endpoint->method == "GET" &&
            !list_has_token(allow, "HEAD")) {
            allow += ", HEAD";
        }
    }
    return allow;
}

}  // namespace

RouteMatch RouteTable::match(const RouteQuery& query) const {
    RouteMatch match;
    if (!query.path.starts_with('/')) {
        return match;
    }
    const auto* node = find(*root_, query.path.substr(1), match.values);
    if (node == nullptr) {
        return match;
    }
    match.path_exists = true;
    choose(*node, query, match);
    if (match.endpoint == nullptr) {
        match.allow = allowed_methods(node->endpoints);
    }
    return match;
}

}  // namespace trunkline::httpd
