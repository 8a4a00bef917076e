#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace trunkline::net {

/// An IP address as 16 bytes; IPv4 in the mapped form ::ffff:a.b.c.d, so that both kinds compare
/// alike.
struct IpAddress {
    std::array<std::uint8_t, 16> bytes{};

    /// Dotted IPv4 (four decimal parts, no leading zeros) or RFC 4291 text; no zone, no brackets.
    /// invalid_input otherwise.
    static base::Result<IpAddress> parse(std::string_view text);
    bool is_v4() const;
    bool is_loopback() const;
    /// Whether a tenant-given address must not lead here: loopback, private (RFC 1918, RFC 4193),
    /// link-local with the clouds' metadata address 169.254.169.254, shared (RFC 6598), multicast,
    /// documentation, unspecified, anything else that is not global unicast, and the same hidden in
    /// ::ffff:0:0/96, 64:ff9b::/96 or 2002::/16.
    bool is_private() const;
    std::string to_string() const;

    auto operator<=>(const IpAddress&) const = default;
};

/// `10.0.0.0/8`, `2001:db8::/32`, or a lone address. Bits beyond the prefix do not matter.
struct Network {
    IpAddress address;
    unsigned prefix = 128;  ///< Bits of the 16-byte form.

    static base::Result<Network> parse(std::string_view text);
    /// An IPv6 network, even ::/0, contains no IPv4 address.
    bool contains(const IpAddress& candidate) const;
};

/// A comma list of networks, empty parts skipped; the error names the part that is wrong.
base::Result<std::vector<Network>> parse_networks(std::string_view list);
bool any_contains(const std::vector<Network>& networks, const IpAddress& candidate);

}  // namespace trunkline::net
