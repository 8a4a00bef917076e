#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "crypto/secret_box.hpp"
#include "crypto/webhook.hpp"
#include "net/address.hpp"
#include "tenants/enterprise.hpp"

namespace trunkline::ingest {

/// Who brings an event, and how it is signed. Borrowed by Admission for one call.
struct Visit {
    net::IpAddress source;    ///< The client as TRUSTED_PROXIES resolve it.
    base::WallTime received;  ///< Signatures are judged by it, at a replay too.
    const crypto::WebhookHeaders& signature;
    std::string_view body;  ///< The signed bytes exactly as they came: the whole request's.
    bool vouched = false;   ///< An administrator answers for it: no signature is asked for.
};

/// One request with many events, signed as a whole: what each enterprise's secret says of it is
/// worked out once.
struct SignedRequest {
    std::string_view body;                           ///< As it came.
    std::map<std::string, base::Result<>> verdicts;  ///< By enterprise number.
};

/// Who may send events (SPEC section 6, "Authentication of exchanges"): source networks of the
/// installation and of the enterprise, and signatures where the enterprise has a secret. The live
/// path and every replay ask the same two questions. Errors: forbidden, unauthorized (a signature
/// is missing). One executor.
class Admission {
public:
    /// `allowed` empty: every network. Without `box` sealed secrets cannot be read, and their
    /// enterprises' events are refused.
    Admission(std::vector<net::Network> allowed, std::optional<crypto::SecretBox> box);

    /// Before anything of the request is read.
    base::Result<> check_source(const net::IpAddress& source) const;
    /// Once the Token has told whose secret and networks count. Includes check_source().
    base::Result<> check(const tenants::Enterprise& enterprise, const Visit& visit) const;
    /// The same for one event of many in a request; `visit.body` does not count.
    base::Result<> check(const tenants::Enterprise& enterprise, Visit visit, SignedRequest& request)
        const;

private:
    std::vector<net::Network> allowed_;
    std::optional<crypto::SecretBox> box_;
};

}  // namespace trunkline::ingest
