#include "url.hpp"

#include <charconv>
#include <memory>
#include <utility>

#include "base/text.hpp"
#include "redis/settings.hpp"

namespace trunkline::redis {
namespace {

template <class Number>
bool parse_number(std::string_view text, Number& number) {
    const auto* end = std::to_address(text.end());
    const auto [stop, error] = std::from_chars(std::to_address(text.begin()), end, number);
    return error == std::errc{} && stop == end;
}

base::Result<> wrong(std::string_view what) {
    return base::fail(
        base::Errc::invalid_input,
        "a Redis URL is redis://[[user]:password@]host[:port][/database]; " + std::string(what)
    );
}

// The last @ divides, as browsers do it, so that an unencoded @ in a password does no harm.
std::string_view take_credentials(std::string_view rest, Address& address) {
    const auto at = rest.rfind('@');
    if (at == std::string_view::npos) {
        return rest;
    }
    const auto credentials = rest.substr(0, at);
    const auto colon = credentials.find(':');
    address.user = base::percent_decode(credentials.substr(0, colon));
    if (colon != std::string_view::npos) {
        address.password = base::percent_decode(credentials.substr(colon + 1));
    }
    return rest.substr(at + 1);
}

base::Result<> take_host_and_port(std::string_view text, Address& address) {
    auto colon = text.rfind(':');
    if (text.starts_with('[')) {
        const auto bracket = text.find(']');
        if (bracket == std::string_view::npos) {
            return wrong("the bracket is not closed");
        }
        address.host = text.substr(1, bracket - 1);
        colon = bracket + 1 < text.size() ? bracket + 1 : std::string_view::npos;
        if (colon != std::string_view::npos && text[colon] != ':') {
            return wrong("the port is not a number from 1 to 65535");
        }
    } else {
        address.host = text.substr(0, colon);
    }
    if (address.host.empty()) {
        return wrong("there is no host");
    }
    if (colon != std::string_view::npos &&
        (!parse_number(text.substr(colon + 1), address.port) || address.port == 0)) {
        return wrong("the port is not a number from 1 to 65535");
    }
    return {};
}

}  // namespace

std::string Address::to_string() const {
    const bool v6 = host.contains(':');
    return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port) + "/" +
           std::to_string(database);
}

base::Result<Address> parse_url(std::string_view url) {
    constexpr std::string_view scheme = "redis://";
    if (!url.starts_with(scheme)) {
        return std::unexpected(wrong("it must begin with redis:// (TLS is not supported)").error());
    }
    Address address;
    auto rest = url.substr(scheme.size());
    // A slash in front of the last @ belongs to the password.
    const auto at = rest.rfind('@');
    const auto slash = rest.find('/', at == std::string_view::npos ? 0 : at);
    if (slash != std::string_view::npos) {
        const auto database = rest.substr(slash + 1);
        if (!database.empty() && !parse_number(database, address.database)) {
            return std::unexpected(wrong("the database is not a number").error());
        }
        rest = rest.substr(0, slash);
    }
    rest = take_credentials(rest, address);
    if (!address.user.empty() && address.password.empty()) {
        return std::unexpected(wrong("there is a user, but no password").error());
    }
    const auto taken = take_host_and_port(rest, address);
    if (!taken) {
        return std::unexpected(taken.error());
    }
    return address;
}

base::Result<> check_url(std::string_view url) {
    const auto address = parse_url(url);
    if (!address) {
        return std::unexpected(address.error());
    }
    return {};
}

}  // namespace trunkline::redis
