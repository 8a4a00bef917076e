#include "forwarded.hpp"

#include <utility>
#include <vector>

#include "testing/catch.hpp"

using namespace trunkline;
using namespace trunkline::httpd;

namespace {

using Fields = std::vector<std::pair<const char*, const char*>>;

struct Case {
    const char* peer;
    Fields fields;
    const char* client;
};

std::string resolve(const Case& each) {
    Headers headers;
    for (const auto& [name, value] : each.fields) {
        headers.add(name, value);
    }
    const auto trusted = net::parse_networks("127.0.0.1, 10.0.0.0/8, ::1").value();
    return resolve_client(net::IpAddress::parse(each.peer).value(), headers, trusted).to_string();
}

}  // namespace

TEST_CASE("the client is the rightmost hop that is no proxy of ours", "[httpd]") {
    const Case cases[] = {
        {"127.0.0.1", {}, "127.0.0.1"},
        {"127.0.0.1", {{"X-Forwarded-For", "8.8.8.8"}}, "8.8.8.8"},
        {"127.0.0.1", {{"x-forwarded-for", "1.1.1.1, 8.8.8.8"}}, "8.8.8.8"},
        {"127.0.0.1", {{"X-Forwarded-For", "127.0.0.1, 8.8.8.8, 10.1.2.3"}}, "8.8.8.8"},
        {"127.0.0.1", {{"X-Forwarded-For", "8.8.4.4"}, {"X-Forwarded-For", "8.8.8.8"}}, "8.8.8.8"},
        {"127.0.0.1", {{"X-Forwarded-For", "8.8.8.8:5678"}}, "8.8.8.8"},
        {"127.0.0.1", {{"X-Forwarded-For", "10.0.0.7"}}, "10.0.0.7"},
        {"127.0.0.1", {{"X-Real-IP", "9.9.9.9"}}, "9.9.9.9"},
        {"127.0.0.1",
         {{"Forwarded", "for=192.0.2.60;proto=http, for=198.51.100.17"}},
         "198.51.100.17"},
        {"127.0.0.1", {{"Forwarded", "For=\"[2001:db8:cafe::17]:4711\""}}, "2001:db8:cafe::17"},
        {"127.0.0.1", {{"Forwarded", "for=\"a,b\";by=x, for=8.8.8.8"}}, "8.8.8.8"},
        {"::1", {{"X-Forwarded-For", "2001:db8::5"}}, "2001:db8::5"},
    };
    for (const auto& each : cases) {
        CAPTURE(each.peer, each.fields.empty() ? "" : each.fields.front().second);
        CHECK(resolve(each) == each.client);
    }
}

TEST_CASE("an untrusted peer's claims are ignored", "[httpd]") {
    CHECK(resolve({"203.0.113.9", {{"X-Forwarded-For", "127.0.0.1"}}, ""}) == "203.0.113.9");
    CHECK(
        resolve({"203.0.113.9", {{"X-Real-IP", "127.0.0.1"}, {"Forwarded", "for=127.0.0.1"}}, ""}
        ) == "203.0.113.9"
    );
    Headers headers;
    headers.add("X-Forwarded-For", "8.8.8.8");
    const auto loopback = net::IpAddress::parse("127.0.0.1").value();
    CHECK(resolve_client(loopback, headers, {}) == loopback);
}

TEST_CASE("nobody poses as loopback through a proxy", "[httpd]") {
    // The proxy sets one header and passes the client's other one on.
    CHECK(
        resolve({"127.0.0.1", {{"X-Forwarded-For", "127.0.0.1"}, {"X-Real-IP", "8.8.8.8"}}, ""}) ==
        "8.8.8.8"
    );
    CHECK(
        resolve({"127.0.0.1", {{"X-Real-IP", "127.0.0.1"}, {"X-Forwarded-For", "8.8.8.8"}}, ""}) ==
        "8.8.8.8"
    );
    CHECK(
        resolve({"127.0.0.1", {{"Forwarded", "for=127.0.0.1"}, {"X-Real-IP", "8.8.8.8"}}, ""}) ==
        "8.8.8.8"
    );
    // What is no address is nobody.
    for (const char* value :
         {"unknown", "_hidden", "", "127.0.0.1, garbage", "300.1.1.1", "[::1"}) {
        CAPTURE(value);
        CHECK(resolve({"127.0.0.1", {{"X-Forwarded-For", value}}, ""}) == "::");
    }
    CHECK(resolve({"127.0.0.1", {{"Forwarded", "proto=https"}}, ""}) == "::");
}
