#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "httpc/url.hpp"
#include "net/address.hpp"

namespace trunkline::httpc {

/// One entry of ALLOWED_UPSTREAM_HOSTS: without a port it covers all ports.
struct AllowedHost {
    std::string host;
    std::optional<std::uint16_t> port;

    bool operator==(const AllowedHost&) const = default;
};

/// `host`, `host:port`, `[v6]`, `[v6]:port`; empty entries are skipped. invalid_input names the
/// entry that is wrong.
base::Result<std::vector<AllowedHost>> parse_allowed_hosts(const std::vector<std::string>& entries);

/// Where an address that a tenant gave us may lead (SPEC section 9).
struct AddressGuard {
    std::vector<AllowedHost> allowed_hosts;
    bool allow_loopback = false;  ///< ALLOW_LOOPBACK_UPSTREAMS: 127.0.0.1, also by plain http.
};

enum class Reach {
    anywhere,     ///< The operator vouches for the host.
    public_only,  ///< Every connection goes to a public address, checked after DNS.
};

/// The rule before DNS. `forbidden`: plain http, save for 127.0.0.1 if that is allowed.
base::Result<Reach> admit_tenant_url(const AddressGuard& guard, const Url& url);

/// The rule after DNS: those of `addresses` that are not private. `forbidden` if none is left.
base::Result<std::vector<net::IpAddress>> keep_public(const std::vector<net::IpAddress>& addresses);

}  // namespace trunkline::httpc
