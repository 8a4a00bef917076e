#include "httpc/url.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <system_error>
#include <utility>

#include "base/text.hpp"
#include "net/address.hpp"

namespace trunkline::httpc {
namespace {

constexpr std::size_t max_host_bytes = 253;  // RFC 1035's 255 octets as text.
constexpr std::size_t max_url_bytes = 64 * 1024;

std::unexpected<base::Error> wrong(std::string detail) {
    return base::fail(base::Errc::invalid_input, "URL: " + std::move(detail));
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_name_character(char c) {
    return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-' || c == '_';
}

bool is_label(std::string_view label) {
    return !label.empty() && label.size() <= 63 && std::ranges::all_of(label, is_name_character);
}

/// `7`, `0x7f`: a last label of this kind makes resolvers read the whole name as an IPv4 address in
/// an odd notation.
bool is_number_like(std::string_view label) {
    return label.starts_with("0x") || std::ranges::all_of(label, is_digit);
}

base::Result<std::string> parse_name(std::string_view text) {
    std::string host = base::to_lower_ascii(text);
    if (host.ends_with('.')) {
        host.pop_back();
    }
    if (host.empty() || host.size() > max_host_bytes) {
        return wrong("the host is missing or too long");
    }
    std::string_view rest = host;
    std::string_view last;
    for (;;) {
        const auto dot = rest.find('.');
        last = rest.substr(0, dot);
        if (!is_label(last)) {
            return wrong("the host is not a name of letters, digits, hyphens and dots");
        }
        if (dot == std::string_view::npos) {
            break;
        }
        rest.remove_prefix(dot + 1);
    }
    if (is_number_like(last) && !net::IpAddress::parse(host)) {
        return wrong("the host is a number, but not an IPv4 address");
    }
    return host;
}

base::Result<std::string> parse_bracketed(std::string_view text) {
    const auto address = net::IpAddress::parse(text);
    if (!address || !text.contains(':')) {
        return wrong("the host in brackets is not an IPv6 address");
    }
    // The mapped form is that IPv4 address, and would not survive a round trip inside brackets.
    return address->to_string();
}

base::Result<std::uint16_t> parse_port(std::string_view text, std::uint16_t otherwise) {
    if (text.empty()) {
        return otherwise;
    }
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc{} || end != text.data() + text.size() || port == 0) {
        return wrong("the port is not a number from 1 to 65535");
    }
    return port;
}

/// `host`, `host:port`, `[v6]:port`: where the host ends. Nothing if a bracket stays open or is
/// followed by junk.
std::optional<std::pair<std::string_view, std::string_view>> split_authority(
    std::string_view authority
) {
    std::size_t host_end = authority.find(':');
    if (authority.starts_with('[')) {
        const auto bracket = authority.find(']');
        if (bracket == std::string_view::npos) {
            return std::nullopt;
        }
        host_end = bracket + 1;
        if (host_end < authority.size() && authority[host_end] != ':') {
            return std::nullopt;
        }
    }
    if (host_end >= authority.size()) {
        return std::pair{authority, std::string_view{}};
    }
    return std::pair{authority.substr(0, host_end), authority.substr(host_end + 1)};
}

base::Result<> parse_authority(std::string_view authority, Url& url) {
    if (authority.contains('@')) {
        return wrong("user information before the host is not accepted");
    }
    const auto parts = split_authority(authority);
    if (!parts) {
        return wrong("the host in brackets is not an IPv6 address");
    }
    const auto [host_text, port_text] = *parts;
    auto host = host_text.starts_with('[')
                    ? parse_bracketed(host_text.substr(1, host_text.size() - 2))
                    : parse_name(host_text);
    if (!host) {
        return std::unexpected(std::move(host.error()));
    }
    auto port = parse_port(port_text, url.is_tls() ? 443 : 80);
    if (!port) {
        return std::unexpected(std::move(port.error()));
    }
    url.host = std::move(*host);
    url.port = *port;
    return {};
}

bool is_plain(char c) { return c > ' ' && c <= '~' && c != '\\'; }

}  // namespace

base::Result<Url> Url::parse(std::string_view text) {
    if (text.size() > max_url_bytes) {
        return wrong("is longer than 64 KiB");
    }
    if (!std::ranges::all_of(text, is_plain)) {
        return wrong("holds a blank, a control character, a backslash or a byte that is not ASCII");
    }
    const auto colon = text.find("://");
    if (colon == std::string_view::npos) {
        return wrong("does not start with http:// or https://");
    }
    Url url;
    url.scheme = base::to_lower_ascii(text.substr(0, colon));
    if (url.scheme != "http" && url.scheme != "https") {
        return wrong("does not start with http:// or https://");
    }
    auto rest = text.substr(colon + 3);
    rest = rest.substr(0, rest.find('#'));
    const auto authority_end = std::min(rest.find_first_of("/?"), rest.size());
    auto authority = parse_authority(rest.substr(0, authority_end), url);
    if (!authority) {
        return std::unexpected(std::move(authority.error()));
    }
    const auto target = rest.substr(authority_end);
    url.target = target.starts_with('/') ? std::string(target) : "/" + std::string(target);
    return url;
}

Url& Url::segment(std::string_view text) { return append(base::percent_encode(text)); }

Url& Url::append(std::string_view path) {
    const auto question = std::min(target.find('?'), target.size());
    const std::string tail = target.substr(question);
    target.resize(question);
    if (target.ends_with('/')) {
        target.pop_back();
    }
    if (!path.starts_with('/')) {
        target += '/';
    }
    target += path;
    target += tail;
    return *this;
}

Url& Url::query(std::string_view name, std::string_view value) {
    target += target.contains('?') ? '&' : '?';
    target += base::percent_encode(name);
    target += '=';
    target += base::percent_encode(value);
    return *this;
}

std::string Url::authority() const {
    std::string text = host.contains(':') ? "[" + host + "]" : host;
    if (!is_default_port()) {
        text += ":" + std::to_string(port);
    }
    return text;
}

}  // namespace trunkline::httpc
