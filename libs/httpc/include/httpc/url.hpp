#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace trunkline::httpc {

/// An absolute http or https URL, taken apart and checked (RFC 3986, with the narrowings below). A
/// plain value.
struct Url {
    std::string scheme;        ///< `http` or `https`.
    std::string host;          ///< Lower case; an IPv6 literal without its brackets.
    std::uint16_t port = 0;    ///< Never 0 after parse(): 80 and 443 are filled in.
    std::string target = "/";  ///< Path and query as they go into the request line; no fragment.

    /// `invalid_input` for anything that is not an absolute http(s) URL, and for what is legal but
    /// has no place here: user information, percent-encoded or non-ASCII hosts, IPv4 in any but the
    /// dotted decimal form (`127.1`, `0x7f.1`), IPv6 zones, port 0, white space, control
    /// characters, backslashes and bytes over 0x7E anywhere. A fragment is cut off, a host's
    /// trailing dot too. The error does not repeat the text, which may hold a token.
    static base::Result<Url> parse(std::string_view text);

    /// Adds `text` as one more path segment before the query, percent-encoded: `/api` and `a/b`
    /// give `/api/a%2Fb`.
    Url& segment(std::string_view text);
    /// Adds a literal, already encoded path with exactly one slash between: `/api/` and `/v5/x`
    /// give `/api/v5/x`.
    Url& append(std::string_view path);
    /// Adds `name=value` to the query, both percent-encoded.
    Url& query(std::string_view name, std::string_view value);

    bool is_tls() const { return scheme == "https"; }
    bool is_default_port() const { return port == (is_tls() ? 443 : 80); }
    /// For the Host header: brackets around IPv6, the port unless it is the scheme's own.
    std::string authority() const;
    /// `https://host:8443`, without path: safe to log.
    std::string origin() const { return scheme + "://" + authority(); }
    std::string to_string() const { return origin() + target; }

    bool operator==(const Url&) const = default;
};

}  // namespace trunkline::httpc
