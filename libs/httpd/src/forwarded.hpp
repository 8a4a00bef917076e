#pragma once

#include <string_view>
#include <vector>

#include "httpd/message.hpp"
#include "net/address.hpp"

namespace trunkline::httpd {

/// The client behind the proxies. A peer outside `trusted` is the client itself, whatever it
/// claims. From a trusted peer X-Forwarded-For, then Forwarded (RFC 7239), then X-Real-IP is read:
/// the rightmost hop that is not trusted, since everything left of it is hearsay. A header that
/// names trusted hops only is overruled by one that names a stranger, so that a client cannot pose
/// as loopback through a proxy that passes one header on and sets another. A hop that is no address
/// gives `::`, which is nobody's and never loopback.
net::IpAddress resolve_client(
    const net::IpAddress& peer, const Headers& headers, const std::vector<net::Network>& trusted
);

/// `1.2.3.4`, `1.2.3.4:56`, `::1`, `[::1]`, `[::1]:56`, each also in double quotes. Nothing for
/// `unknown`, `_hidden`, ...
std::optional<net::IpAddress> parse_hop(std::string_view text);

}  // namespace trunkline::httpd
