#include "forwarded.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace trunkline::httpd {

namespace {

using Hops = std::vector<std::string_view>;

// Splits outside of double quotes, where a backslash takes the next character with it (RFC 9110,
// quoted-string).
template <class Fn>
void split_unquoted(std::string_view text, char separator, Fn&& each) {
    bool quoted = false;
    std::size_t begin = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (quoted && c == '\\') {
            ++at;
        } else if (c == '"') {
            quoted = !quoted;
        } else if (c == separator && !quoted) {
            each(text.substr(begin, at - begin));
            begin = at + 1;
        }
    }
    each(text.substr(begin));
}

void add_x_forwarded_for(std::string_view value, Hops& hops) {
    split_unquoted(value, ',', [&](std::string_view part) { hops.push_back(base::trim(part)); });
}

void add_forwarded(std::string_view value, Hops& hops) {
    split_unquoted(value, ',', [&](std::string_view element) {
        std::string_view hop;
        split_unquoted(element, ';', [&](std::string_view pair) {
            const auto equals = pair.find('=');
            if (equals != std::string_view::npos &&
                base::equals_ignoring_case(base::trim(pair.substr(0, equals)), "for")) {
                hop = base::trim(pair.substr(equals + 1));
            }
        });
        hops.push_back(hop);
    });
}

void add_real_ip(std::string_view value, Hops& hops) { hops.push_back(base::trim(value)); }

struct Walk {
    net::IpAddress client;
    bool is_stranger = false;
};

// From the nearest hop outwards while the hops are ours.
Walk walk(const Hops& hops, const net::IpAddress& peer, const std::vector<net::Network>& trusted) {
    Walk result{peer, false};
    for (const auto& hop : hops) {
        const auto address = parse_hop(hop);
        if (!address) {
            return {net::IpAddress{}, true};
        }
        result.client = *address;
        if (!net::any_contains(trusted, *address)) {
            result.is_stranger = true;
            return result;
        }
    }
    return result;
}

template <class Add>
Hops collect(const Headers& headers, std::string_view name, Add add) {
    Hops hops;
    for (const auto field : headers) {
        if (base::equals_ignoring_case(field.name, name)) {
            add(field.value, hops);
        }
    }
    std::ranges::reverse(hops);
    return hops;
}

}  // namespace

std::optional<net::IpAddress> parse_hop(std::string_view text) {
    if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
        text = text.substr(1, text.size() - 2);
    }
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        if (end == std::string_view::npos) {
            return std::nullopt;
        }
        text = text.substr(1, end - 1);
    } else if (std::ranges::count(text, ':') == 1) {
        text = text.substr(0, text.find(':'));
    }
    const auto address = net::IpAddress::parse(text);
    return address ? std::optional(*address) : std::nullopt;
}

net::IpAddress resolve_client(
    const net::IpAddress& peer, const Headers& headers, const std::vector<net::Network>& trusted
) {
    if (trusted.empty() || !net::any_contains(trusted, peer)) {
        return peer;
    }
    const Hops chains[] = {
        collect(headers, "X-Forwarded-For", add_x_forwarded_for),
        collect(headers, "Forwarded", add_forwarded),
        collect(headers, "X-Real-IP", add_real_ip),
    };
    net::IpAddress best = peer;
    bool found = false;
    for (const auto& chain : chains) {
        if (chain.empty()) {
            continue;
        }
        const auto outcome = walk(chain, peer, trusted);
        if (outcome.is_stranger) {
            return outcome.client;
        }
        if (!found) {
            best = outcome.client;
            found = true;
        }
    }
    return best;
}

}  // namespace trunkline::httpd
