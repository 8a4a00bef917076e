#include "net/address.hpp"

#include <string>

#include "testing/catch.hpp"

using trunkline::base::Errc;
using trunkline::net::any_contains;
using trunkline::net::IpAddress;
using trunkline::net::Network;
using trunkline::net::parse_networks;

namespace {

IpAddress address(const std::string& text) {
    const auto parsed = IpAddress::parse(text);
    INFO(text);
    REQUIRE(parsed.has_value());
    return *parsed;
}

Network network(const std::string& text) {
    const auto parsed = Network::parse(text);
    INFO(text);
    REQUIRE(parsed.has_value());
    return *parsed;
}

}  // namespace

TEST_CASE("an address is written back in its canonical form", "[net]") {
    CHECK(address("10.0.0.7").to_string() == "10.0.0.7");
    CHECK(address("2001:0DB8:0:0:0:0:0:1").to_string() == "2001:db8::1");
    CHECK(address("::").to_string() == "::");
}

TEST_CASE("an IPv4 address and its mapped form are the same", "[net]") {
    CHECK(address("::ffff:10.0.0.7") == address("10.0.0.7"));
    CHECK(address("::ffff:0a00:0007") == address("10.0.0.7"));
    CHECK(address("::ffff:10.0.0.7").is_v4());
    CHECK_FALSE(address("::10.0.0.7").is_v4());
}

TEST_CASE("what is not an address is refused", "[net]") {
    for (const std::string text :
         {"",
          " ",
          "10.0.0",
          "10.0.0.256",
          "10.0.0.1 ",
          "010.0.0.1",
          "0x7f.1",
          "2130706433",
          "[::1]",
          "::1%lo",
          "1::2::3",
          "localhost",
          "10.0.0.1/8",
          "0000:0000:0000:0000:0000:0000:255.255.255.255.255.255.255.255"}) {
        INFO(text);
        const auto parsed = IpAddress::parse(text);
        REQUIRE_FALSE(parsed.has_value());
        CHECK(parsed.error().code == Errc::invalid_input);
    }
    CHECK_FALSE(IpAddress::parse(std::string_view("10.0.0.1\0", 9)).has_value());
}

TEST_CASE("loopback is 127.0.0.0/8 and ::1", "[net]") {
    CHECK(address("127.0.0.1").is_loopback());
    CHECK(address("127.255.0.1").is_loopback());
    CHECK(address("::ffff:127.0.0.1").is_loopback());
    CHECK(address("::1").is_loopback());
    CHECK_FALSE(address("128.0.0.1").is_loopback());
    CHECK_FALSE(address("::2").is_loopback());
}

TEST_CASE("addresses that lead inside are private", "[net]") {
    for (const std::string text :
         {"0.0.0.0",
          "0.1.2.3",
          "10.0.0.1",
          "10.255.255.255",
          "100.64.0.0",
          "100.127.255.255",
          "127.0.0.1",
          "169.254.169.254",
          "169.254.0.1",
          "172.16.0.1",
          "172.31.255.255",
          "192.0.0.8",
          "192.0.2.1",
          "192.168.1.1",
          "198.18.0.1",
          "198.19.255.255",
          "198.51.100.1",
          "203.0.113.9",
          "224.0.0.1",
          "239.255.255.255",
          "240.0.0.1",
          "255.255.255.255",
          "::",
          "::1",
          "::ffff:10.0.0.1",
          "::ffff:169.254.169.254",
          "::10.0.0.1",
          "::ffff:0:8.8.8.8",
          "64:ff9b::10.0.0.1",
          "64:ff9b::a9fe:a9fe",
          "64:ff9b:1::808:808",
          "2002:0a00:0001::",
          "2002:a9fe:a9fe::",
          "2002:7f00:1::1",
          "100::1",
          "2001::1",
          "2001:0:808:808::1",
          "2001:db8::1",
          "3fff::1",
          "fc00::1",
          "fd00:ec2::254",
          "fe80::1",
          "fec0::1",
          "ff02::1",
          "5f00::1"}) {
        INFO(text);
        CHECK(address(text).is_private());
    }
}

TEST_CASE("public addresses are not private", "[net]") {
    for (const std::string text :
         {"1.1.1.1",
          "9.255.255.255",
          "11.0.0.0",
          "100.63.255.255",
          "100.128.0.0",
          "126.255.255.255",
          "128.0.0.1",
          "169.253.255.255",
          "169.255.0.0",
          "172.15.255.255",
          "172.32.0.0",
          "192.0.1.1",
          "192.167.255.255",
          "192.169.0.0",
          "198.17.255.255",
          "198.20.0.0",
          "223.255.255.255",
          "::ffff:8.8.8.8",
          "64:ff9b::8.8.8.8",
          "2002:808:808::1",
          "2001:200::1",
          "2001:4860:4860::8888",
          "2606:4700:4700::1111",
          "2a00:1450::1"}) {
        INFO(text);
        CHECK_FALSE(address(text).is_private());
    }
}

TEST_CASE("a network contains what shares its prefix", "[net]") {
    CHECK(network("10.0.0.0/8").contains(address("10.255.0.1")));
    CHECK_FALSE(network("10.0.0.0/8").contains(address("11.0.0.1")));
    CHECK(network("10.1.2.3/8").contains(address("10.9.9.9")));
    CHECK(network("192.168.4.0/22").contains(address("192.168.7.255")));
    CHECK_FALSE(network("192.168.4.0/22").contains(address("192.168.8.0")));
    CHECK(network("2001:db8::/32").contains(address("2001:db8:ffff::1")));
    CHECK_FALSE(network("2001:db8::/32").contains(address("2001:db9::1")));
    CHECK(network("10.0.0.7").contains(address("::ffff:10.0.0.7")));
    CHECK_FALSE(network("10.0.0.7").contains(address("10.0.0.8")));
    CHECK(network("::ffff:10.0.0.0/104").contains(address("10.1.1.1")));
}

TEST_CASE("the whole of one family does not contain the other", "[net]") {
    CHECK(network("0.0.0.0/0").contains(address("8.8.8.8")));
    CHECK_FALSE(network("0.0.0.0/0").contains(address("2001:4860::1")));
    CHECK(network("::/0").contains(address("2001:4860::1")));
    CHECK_FALSE(network("::/0").contains(address("8.8.8.8")));
}

TEST_CASE("a broken prefix is refused", "[net]") {
    for (const std::string text :
         {"10.0.0.0/",
          "10.0.0.0/33",
          "10.0.0.0/-1",
          "10.0.0.0/8x",
          "10.0.0.0/+8",
          "::/129",
          "/8",
          "10.0.0.0/8/8",
          "x/8"}) {
        INFO(text);
        CHECK_FALSE(Network::parse(text).has_value());
    }
}

TEST_CASE("a list of networks skips empty parts and names a wrong one", "[net]") {
    const auto networks = parse_networks(" 10.0.0.0/8 ,, 2001:db8::/32,");
    REQUIRE(networks.has_value());
    REQUIRE(networks->size() == 2);
    CHECK(any_contains(*networks, address("10.1.1.1")));
    CHECK(any_contains(*networks, address("2001:db8::5")));
    CHECK_FALSE(any_contains(*networks, address("192.168.1.1")));
    const auto empty = parse_networks("");
    REQUIRE(empty.has_value());
    CHECK(empty->empty());
    const auto wrong = parse_networks("10.0.0.0/8,banana");
    REQUIRE_FALSE(wrong.has_value());
    CHECK_THAT(wrong.error().detail, ContainsSubstring("banana"));
}
