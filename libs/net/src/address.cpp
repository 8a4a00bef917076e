#include "net/address.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <iterator>
#include <system_error>
#include <utility>

#include "base/text.hpp"

namespace trunkline::net {
namespace {

constexpr std::size_t mapped_prefix_bytes = 12;
constexpr unsigned mapped_prefix_bits = 96;

using V4 = std::array<std::uint8_t, 4>;

struct V4Block {
    V4 address;
    unsigned bits;
};

/// The IANA IPv4 special-purpose registry's blocks that are not globally reachable, plus multicast
/// and 240/4: https://www.iana.org/assignments/iana-ipv4-special-registry
constexpr V4Block private_v4[] = {
    {{0, 0, 0, 0}, 8},
    {{10, 0, 0, 0}, 8},
    {{100, 64, 0, 0}, 10},
    {{127, 0, 0, 0}, 8},
    {{169, 254, 0, 0}, 16},
    {{172, 16, 0, 0}, 12},
    {{192, 0, 0, 0}, 24},
    {{192, 0, 2, 0}, 24},
    {{192, 88, 99, 0}, 24},
    {{192, 168, 0, 0}, 16},
    {{198, 18, 0, 0}, 15},
    {{198, 51, 100, 0}, 24},
    {{203, 0, 113, 0}, 24},
    {{224, 0, 0, 0}, 4},
    {{240, 0, 0, 0}, 4},
};

struct V6Block {
    std::array<std::uint8_t, 4> start;
    unsigned bits;
};

/// Inside 2000::/3: IETF protocol assignments with Teredo (2001::/23), and documentation.
/// https://www.iana.org/assignments/iana-ipv6-special-registry
constexpr V6Block private_v6[] = {
    {{0x20, 0x01, 0x00, 0x00}, 23},
    {{0x20, 0x01, 0x0d, 0xb8}, 32},
    {{0x3f, 0xff, 0x00, 0x00}, 20},
};

bool same_prefix(const std::uint8_t* a, const std::uint8_t* b, unsigned bits) {
    const unsigned whole = bits / 8;
    if (!std::equal(a, a + whole, b)) {
        return false;
    }
    const unsigned rest = bits % 8;
    if (rest == 0) {
        return true;
    }
    const auto mask = static_cast<std::uint8_t>(0xFF << (8 - rest));
    return (a[whole] & mask) == (b[whole] & mask);
}

bool is_private_v4(const std::uint8_t* octets) {
    return std::any_of(
        std::begin(private_v4),
        std::end(private_v4),
        [octets](const V4Block& block) {
            return same_prefix(octets, block.address.data(), block.bits);
        }
    );
}

bool is_private_v6(const std::uint8_t* bytes) {
    constexpr std::array<std::uint8_t, 12> nat64 = {0x00, 0x64, 0xff, 0x9b};
    if (same_prefix(bytes, nat64.data(), 96)) {
        return is_private_v4(bytes + 12);
    }
    if (bytes[0] == 0x20 && bytes[1] == 0x02) {  // 6to4 carries its IPv4 address in bytes 2 to 5.
        return is_private_v4(bytes + 2);
    }
    // Only 2000::/3 is global unicast; every other range is local, multicast, reserved or a
    // translation of IPv4.
    if ((bytes[0] & 0xE0) != 0x20) {
        return true;
    }
    return std::any_of(std::begin(private_v6), std::end(private_v6), [bytes](const V6Block& block) {
        return same_prefix(bytes, block.start.data(), block.bits);
    });
}

}  // namespace

base::Result<IpAddress> IpAddress::parse(std::string_view text) {
    // inet_pton wants a terminator; INET6_ADDRSTRLEN holds the longest text it accepts.
    std::array<char, INET6_ADDRSTRLEN> buffer{};
    if (text.empty() || text.size() >= buffer.size() || text.contains('\0')) {
        return base::fail(base::Errc::invalid_input, "not an IP address");
    }
    std::copy(text.begin(), text.end(), buffer.begin());
    IpAddress address;
    if (inet_pton(AF_INET6, buffer.data(), address.bytes.data()) == 1) {
        return address;
    }
    address.bytes = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
    if (inet_pton(AF_INET, buffer.data(), address.bytes.data() + mapped_prefix_bytes) == 1) {
        return address;
    }
    return base::fail(
        base::Errc::invalid_input, "\"" + std::string(text) + "\" is not an IP address"
    );
}

bool IpAddress::is_v4() const {
    constexpr std::array<std::uint8_t, 12> mapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
    return std::equal(mapped.begin(), mapped.end(), bytes.begin());
}

bool IpAddress::is_loopback() const {
    if (is_v4()) {
        return bytes[mapped_prefix_bytes] == 127;
    }
    constexpr std::array<std::uint8_t, 16> one = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    return bytes == one;
}

bool IpAddress::is_private() const {
    return is_v4() ? is_private_v4(bytes.data() + mapped_prefix_bytes)
                   : is_private_v6(bytes.data());
}

std::string IpAddress::to_string() const {
    std::array<char, INET6_ADDRSTRLEN> buffer{};
    if (is_v4()) {
        inet_ntop(AF_INET, bytes.data() + mapped_prefix_bytes, buffer.data(), buffer.size());
    } else {
        inet_ntop(AF_INET6, bytes.data(), buffer.data(), buffer.size());
    }
    return buffer.data();
}

base::Result<Network> Network::parse(std::string_view text) {
    const auto slash = text.find('/');
    auto address = IpAddress::parse(text.substr(0, slash));
    if (!address) {
        return std::unexpected(std::move(address.error()));
    }
    const bool is_v4 = address->is_v4() && !text.substr(0, slash).contains(':');
    Network network{.address = *address, .prefix = 128};
    if (slash == std::string_view::npos) {
        return network;
    }
    const auto digits = text.substr(slash + 1);
    const unsigned most = is_v4 ? 32 : 128;
    unsigned bits = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    if (error != std::errc{} || end != digits.data() + digits.size() || bits > most) {
        return base::fail(
            base::Errc::invalid_input,
            "\"" + std::string(text) + "\": the prefix is not a number from 0 to " +
                std::to_string(most)
        );
    }
    network.prefix = is_v4 ? bits + mapped_prefix_bits : bits;
    return network;
}

bool Network::contains(const IpAddress& candidate) const {
    // ::/0 means all of IPv6; the mapped form must not slip every IPv4 address into it.
    return address.is_v4() == candidate.is_v4() &&
           same_prefix(address.bytes.data(), candidate.bytes.data(), prefix);
}

base::Result<std::vector<Network>> parse_networks(std::string_view list) {
    std::vector<Network> networks;
    for (const auto& part : base::split(list, ',')) {
        if (part.empty()) {
            continue;
        }
        auto network = Network::parse(part);
        if (!network) {
            return std::unexpected(std::move(network.error()));
        }
        networks.push_back(*network);
    }
    return networks;
}

bool any_contains(const std::vector<Network>& networks, const IpAddress& candidate) {
    return std::ranges::any_of(networks, [&candidate](const Network& network) {
        return network.contains(candidate);
    });
}

}  // namespace trunkline::net
