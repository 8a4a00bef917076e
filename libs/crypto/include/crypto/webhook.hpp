#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"

namespace trunkline::crypto {

// Signatures of webhooks by the Standard Webhooks specification
// (https://www.standardwebhooks.com), symmetric form: HMAC-SHA256 over `id.timestamp.body`. Any
// thread.

/// The headers `webhook-id`, `webhook-timestamp` and `webhook-signature` as they came; empty:
/// absent.
struct WebhookHeaders {
    std::string id;
    std::string timestamp;  ///< Whole seconds since 1970.
    std::string signature;  ///< `v1,<base64>`, several separated by blanks.

    bool operator==(const WebhookHeaders&) const = default;
};

/// How far a timestamp may lie from the time of receipt, either way.
inline constexpr std::chrono::seconds webhook_tolerance{300};

/// The raw key of `whsec_<base64>`; the prefix may be missing. The key must have 24 to 64 bytes, as
/// the specification recommends. invalid_input otherwise; the error shows nothing of the secret.
base::Result<std::string> webhook_key(std::string_view secret);

/// A new random secret of 32 bytes, `whsec_<base64>`.
std::string make_webhook_secret();

/// `v1,<base64>` for the header webhook-signature. `id` must hold no full stop.
std::string sign_webhook(
    std::string_view key, std::string_view id, std::int64_t timestamp, std::string_view body
);

/// Whether one of `keys` has signed `body`, the exact bytes received at `received`. unauthorized: a
/// header is missing; forbidden: the timestamp is no number or too far away, or no signature fits.
/// Takes the same time for every wrong signature; versions other than v1 are passed over.
base::Result<> verify_webhook(
    std::span<const std::string> keys,
    const WebhookHeaders& headers,
    std::string_view body,
    base::WallTime received
);

}  // namespace trunkline::crypto
