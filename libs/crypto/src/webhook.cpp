#include "crypto/webhook.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <stdexcept>
#include <utility>

#include "base/text.hpp"
#include "crypto/digest.hpp"
#include "crypto/encoding.hpp"

namespace trunkline::crypto {
namespace {

constexpr std::string_view secret_prefix = "whsec_";
constexpr std::string_view version_prefix = "v1,";
constexpr std::size_t min_key = 24;
constexpr std::size_t max_key = 64;
constexpr std::size_t made_key = 32;
/// Senders rotate between two or three secrets; more signatures than this only cost time.
constexpr std::size_t max_signatures = 16;

std::string signature_of(
    std::string_view key, std::string_view id, std::string_view timestamp, std::string_view body
) {
    std::string content;
    content.reserve(id.size() + timestamp.size() + body.size() + 2);
    content.append(id).append(1, '.').append(timestamp).append(1, '.').append(body);
    return std::string(version_prefix) + base64_encode(hmac_sha256(key, content));
}

std::optional<std::int64_t> seconds_of(std::string_view text) {
    std::int64_t seconds = 0;
    const auto* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, seconds);
    if (parsed.ec != std::errc{} || parsed.ptr != end || seconds < 0) {
        return std::nullopt;
    }
    return seconds;
}

base::Result<> check_headers(const WebhookHeaders& headers, base::WallTime received) {
    for (const auto& [name, value] :
         {std::pair<std::string_view, std::string_view>{"webhook-id", headers.id},
          {"webhook-timestamp", headers.timestamp},
          {"webhook-signature", headers.signature}}) {
        if (value.empty()) {
            return base::fail(
                base::Errc::unauthorized, "the header " + std::string(name) + " is missing"
            );
        }
    }
    const auto signed_at = seconds_of(headers.timestamp);
    if (!signed_at) {
        return base::fail(
            base::Errc::forbidden, "webhook-timestamp must be whole seconds since 1970"
        );
    }
    const auto now = std::chrono::floor<std::chrono::seconds>(received).time_since_epoch().count();
    // Compared without a difference of the two, which could overflow for a foreign number.
    if (*signed_at < now - webhook_tolerance.count()) {
        return base::fail(
            base::Errc::forbidden, "webhook-timestamp lies more than 5 minutes in the past"
        );
    }
    if (*signed_at > now + webhook_tolerance.count()) {
        return base::fail(
            base::Errc::forbidden, "webhook-timestamp lies more than 5 minutes in the future"
        );
    }
    return {};
}

}  // namespace

base::Result<std::string> webhook_key(std::string_view secret) {
    if (secret.starts_with(secret_prefix)) {
        secret.remove_prefix(secret_prefix.size());
    }
    auto key = base64_decode(secret);
    if (!key || key->size() < min_key || key->size() > max_key) {
        return base::fail(
            base::Errc::invalid_input,
            "a webhook secret must be whsec_ and base64 of 24 to 64 bytes"
        );
    }
    return key;
}

std::string make_webhook_secret() {
    std::string key(made_key, '\0');
    if (RAND_bytes(reinterpret_cast<unsigned char*>(key.data()), static_cast<int>(key.size())) !=
        1) {
        throw std::runtime_error("OpenSSL has no random bytes");
    }
    return std::string(secret_prefix) + base64_encode(key);
}

std::string sign_webhook(
    std::string_view key, std::string_view id, std::int64_t timestamp, std::string_view body
) {
    return signature_of(key, id, std::to_string(timestamp), body);
}

base::Result<> verify_webhook(
    std::span<const std::string> keys,
    const WebhookHeaders& headers,
    std::string_view body,
    base::WallTime received
) {
    if (const auto checked = check_headers(headers, received); !checked) {
        return checked;
    }
    auto given = base::split(headers.signature, ' ');
    given.resize(std::min(given.size(), max_signatures));
    bool fits = false;
    for (const auto& key : keys) {
        const auto expected = signature_of(key, headers.id, headers.timestamp, body);
        for (const auto& signature : given) {
            // No early end: the time must not tell which one fitted.
            fits = equal_constant_time(signature, expected) || fits;
        }
    }
    if (!fits) {
        return base::fail(
            base::Errc::forbidden, "webhook-signature does not fit the body and the secret"
        );
    }
    return {};
}

}  // namespace trunkline::crypto
