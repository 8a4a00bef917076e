#include "httpc/guard.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/text.hpp"

namespace trunkline::httpc {
namespace {

/// Whether the entry spells out a port: a colon behind the bracket, or the only one there is.
bool has_port(std::string_view entry) {
    const auto colon = entry.rfind(':');
    return colon != std::string_view::npos && !entry.substr(colon).contains(']');
}

base::Result<AllowedHost> parse_allowed_host(std::string_view entry) {
    // An entry is exactly a URL's authority; its parser knows names, ports and brackets.
    auto url = Url::parse("https://" + std::string(entry));
    if (!url || url->target != "/" || entry.ends_with('/') || entry.ends_with(':') ||
        entry.contains('#')) {
        return base::fail(
            base::Errc::invalid_input, "\"" + std::string(entry) + "\" is not host or host:port"
        );
    }
    AllowedHost allowed{.host = std::move(url->host), .port = std::nullopt};
    if (has_port(entry)) {
        allowed.port = url->port;
    }
    return allowed;
}

bool is_allowed(const std::vector<AllowedHost>& hosts, const Url& url) {
    return std::ranges::any_of(hosts, [&url](const AllowedHost& allowed) {
        return allowed.host == url.host && (!allowed.port || *allowed.port == url.port);
    });
}

}  // namespace

base::Result<std::vector<AllowedHost>> parse_allowed_hosts(const std::vector<std::string>& entries
) {
    std::vector<AllowedHost> hosts;
    for (const auto& entry : entries) {
        const auto trimmed = base::trim(entry);
        if (trimmed.empty()) {
            continue;
        }
        auto allowed = parse_allowed_host(trimmed);
        if (!allowed) {
            return std::unexpected(std::move(allowed.error()));
        }
        hosts.push_back(std::move(*allowed));
    }
    return hosts;
}

base::Result<Reach> admit_tenant_url(const AddressGuard& guard, const Url& url) {
    if (guard.allow_loopback && url.host == "127.0.0.1") {
        return Reach::anywhere;
    }
    if (!url.is_tls()) {
        return base::fail(
            base::Errc::forbidden, "only https addresses may be called, not " + url.origin()
        );
    }
    return is_allowed(guard.allowed_hosts, url) ? Reach::anywhere : Reach::public_only;
}

base::Result<std::vector<net::IpAddress>> keep_public(const std::vector<net::IpAddress>& addresses
) {
    std::vector<net::IpAddress> kept;
    std::ranges::copy_if(addresses, std::back_inserter(kept), [](const net::IpAddress& address) {
        return !address.is_private();
    });
    if (kept.empty()) {
        return base::fail(base::Errc::forbidden, "the address leads into a private network");
    }
    return kept;
}

}  // namespace trunkline::httpc
