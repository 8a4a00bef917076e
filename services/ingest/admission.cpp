#include "admission.hpp"

#include <utility>

namespace trunkline::ingest {

Admission::Admission(std::vector<net::Network> allowed, std::optional<crypto::SecretBox> box)
    : allowed_(std::move(allowed)), box_(std::move(box)) {}

base::Result<> Admission::check_source(const net::IpAddress& source) const {
    if (allowed_.empty() || net::any_contains(allowed_, source)) {
        return {};
    }
    return base::fail(
        base::Errc::forbidden,
        "events from " + source.to_string() +
            " are not allowed here: it is in none of PBX_ALLOWED_NETWORKS"
    );
}

base::Result<> Admission::check(const tenants::Enterprise& enterprise, const Visit& visit) const {
    if (auto checked = check_source(visit.source); !checked) {
        return checked;
    }
    if (enterprise.restricts_sources &&
        !net::any_contains(enterprise.allowed_networks, visit.source)) {
        return base::fail(
            base::Errc::forbidden,
            "events from " + visit.source.to_string() +
                " are not allowed: it is in none of the enterprise's allowed networks"
        );
    }
    if (enterprise.webhook_secret.empty() || visit.vouched) {
        return {};
    }
    const auto keys = enterprise.webhook_keys(box_ ? &*box_ : nullptr);
    if (!keys) {
        return std::unexpected(keys.error());
    }
    if (keys->empty()) {
        return {};  // Nothing but blanks.
    }
    return crypto::verify_webhook(*keys, visit.signature, visit.body, visit.received);
}

base::Result<> Admission::check(
    const tenants::Enterprise& enterprise, Visit visit, SignedRequest& request
) const {
    const auto known = request.verdicts.find(enterprise.number);
    if (known != request.verdicts.end()) {
        return known->second;
    }
    visit.body = request.body;
    return request.verdicts.emplace(enterprise.number, check(enterprise, visit)).first->second;
}

}  // namespace trunkline::ingest
