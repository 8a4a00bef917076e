#include "httpc/guard.hpp"

#include <string>
#include <vector>

#include "testing/catch.hpp"

using namespace trunkline::httpc;
using trunkline::base::Errc;
using trunkline::net::IpAddress;

namespace {

struct Case {
    std::vector<std::string> allowed;
    bool allow_loopback;
    std::string url;
    std::string verdict;  ///< `anywhere`, `public_only` or `forbidden`.
};

std::string verdict_of(const Case& each) {
    const auto hosts = parse_allowed_hosts(each.allowed);
    const auto url = Url::parse(each.url);
    REQUIRE(hosts.has_value());
    REQUIRE(url.has_value());
    const AddressGuard guard{.allowed_hosts = *hosts, .allow_loopback = each.allow_loopback};
    const auto reach = admit_tenant_url(guard, *url);
    if (!reach) {
        CHECK(reach.error().code == Errc::forbidden);
        return "forbidden";
    }
    return *reach == Reach::anywhere ? "anywhere" : "public_only";
}

std::vector<IpAddress> addresses(const std::vector<std::string>& texts) {
    std::vector<IpAddress> result;
    for (const auto& text : texts) {
        const auto address = IpAddress::parse(text);
        REQUIRE(address.has_value());
        result.push_back(*address);
    }
    return result;
}

}  // namespace

TEST_CASE("the guard's rule before DNS", "[httpc]") {
    const std::vector<Case> cases = {
        {{}, false, "https://x.retailcrm.ru/", "public_only"},
        {{}, false, "https://x.retailcrm.ru:8443/", "public_only"},
        {{}, false, "http://x.retailcrm.ru/", "forbidden"},
        {{}, true, "http://x.retailcrm.ru/", "forbidden"},
        {{}, false, "https://10.0.0.1/", "public_only"},
        {{}, false, "https://127.0.0.1/", "public_only"},
        {{}, false, "http://127.0.0.1:8029/", "forbidden"},
        {{}, true, "http://127.0.0.1:8029/", "anywhere"},
        {{}, true, "https://127.0.0.1/", "anywhere"},
        {{}, true, "http://127.0.0.2/", "forbidden"},
        {{}, true, "http://localhost/", "forbidden"},
        {{}, true, "https://localhost/", "public_only"},
        {{}, true, "http://[::1]/", "forbidden"},
        {{}, true, "http://[::ffff:127.0.0.1]/", "anywhere"},
        {{"crm.lan"}, false, "https://crm.lan/", "anywhere"},
        {{"crm.lan"}, false, "https://CRM.lan.:8443/", "anywhere"},
        {{"crm.lan"}, false, "http://crm.lan/", "forbidden"},
        {{"crm.lan"}, false, "https://a.crm.lan/", "public_only"},
        {{"crm.lan"}, false, "https://crm.lan.evil.example/", "public_only"},
        {{"crm.lan:8443"}, false, "https://crm.lan:8443/", "anywhere"},
        {{"crm.lan:8443"}, false, "https://crm.lan/", "public_only"},
        {{"crm.lan:443"}, false, "https://crm.lan/", "anywhere"},
        {{"other.lan", " CRM.lan "}, false, "https://crm.lan/", "anywhere"},
        {{"10.0.0.7:443"}, false, "https://10.0.0.7/", "anywhere"},
        {{"[fd00::7]"}, false, "https://[fd00:0::7]:99/", "anywhere"},
        {{"[fd00::7]:443"}, false, "https://[fd00::7]:99/", "public_only"},
    };
    for (const auto& each : cases) {
        INFO(each.url);
        CHECK(verdict_of(each) == each.verdict);
    }
}

TEST_CASE("a list of allowed hosts names the entry that is wrong", "[httpc]") {
    for (const std::string entry :
         {"https://crm.lan",
          "crm.lan/",
          "crm.lan/x",
          "crm.lan?x",
          "crm.lan#x",
          "crm.lan:",
          "crm.lan:0",
          "user@crm.lan",
          "a b",
          "::1",
          "*.crm.lan",
          "10.0.0.0/8"}) {
        INFO(entry);
        const auto hosts = parse_allowed_hosts({"good.lan", entry});
        REQUIRE_FALSE(hosts.has_value());
        CHECK(hosts.error().code == Errc::invalid_input);
        CHECK_THAT(hosts.error().detail, ContainsSubstring(entry));
    }
    const auto empty = parse_allowed_hosts({"", "  "});
    REQUIRE(empty.has_value());
    CHECK(empty->empty());
}

TEST_CASE("after DNS only public addresses are kept", "[httpc]") {
    const auto mixed =
        keep_public(addresses({"10.0.0.1", "1.1.1.1", "::1", "2606:4700::1", "169.254.169.254"}));
    REQUIRE(mixed.has_value());
    CHECK(*mixed == addresses({"1.1.1.1", "2606:4700::1"}));
    for (const std::string text :
         {"127.0.0.1",
          "169.254.169.254",
          "100.64.0.1",
          "::ffff:10.0.0.1",
          "64:ff9b::a00:1",
          "2002:a00:1::",
          "fd00::1"}) {
        INFO(text);
        const auto none = keep_public(addresses({text}));
        REQUIRE_FALSE(none.has_value());
        CHECK(none.error().code == Errc::forbidden);
    }
    CHECK_FALSE(keep_public({}).has_value());
}
