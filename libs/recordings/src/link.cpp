#include "recordings/link.hpp"

#include <charconv>
#include <cstdint>
#include <optional>

#include "base/text.hpp"
#include "crypto/digest.hpp"
#include "crypto/encoding.hpp"

namespace trunkline::recordings {
namespace {

constexpr std::size_t key_size = 32;
// Until the year 9999: keeps the arithmetic of times far from its limits.
constexpr std::int64_t latest_expiry = 253'402'300'799;

std::optional<std::chrono::sys_seconds> parse_expiry(std::string_view text) {
    std::int64_t seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size() || seconds < 0 ||
        seconds > latest_expiry || text != std::to_string(seconds)) {
        return std::nullopt;
    }
    return std::chrono::sys_seconds(std::chrono::seconds(seconds));
}

std::string expiry_text(std::chrono::sys_seconds expires) {
    return std::to_string(expires.time_since_epoch().count());
}

}  // namespace

bool gets_link(std::string_view policy, bool answered) {
    return policy == "all" || (policy == "answered" && answered);
}

std::string plain_link(std::string_view public_url, std::string_view uuid) {
    while (public_url.ends_with('/')) {
        public_url.remove_suffix(1);
    }
    if (public_url.empty()) {
        return {};
    }
    return std::string(public_url) + "/recordings/" + std::string(uuid);
}

std::chrono::sys_seconds default_expiry(base::WallTime now) {
    return std::chrono::floor<std::chrono::seconds>(now) + default_validity;
}

base::Result<LinkSigner> LinkSigner::from_secrets_key(std::string_view secrets_key) {
    if (secrets_key.empty()) {
        return base::fail(base::Errc::invalid_input, "SECRETS_KEY is not set");
    }
    const auto raw = crypto::base64_decode(secrets_key);
    if (!raw || raw->size() != key_size) {
        return base::fail(base::Errc::invalid_input, "SECRETS_KEY is not base64 of 32 bytes");
    }
    // A key of its own: a link's signature must be of no use anywhere else.
    return LinkSigner(crypto::hmac_sha256(*raw, "trunkline recording links, version 1"));
}

std::string LinkSigner::signature(const Grant& grant) const {
    // No field but the last can hold a line break, so two grants never give one text.
    const auto text = base::to_lower_ascii(grant.uuid) + "\n" + expiry_text(grant.expires) + "\n" +
                      std::string(grant.enterprise_number);
    return crypto::base64url_encode(crypto::hmac_sha256(key_, text));
}

std::string LinkSigner::signed_link(std::string_view plain, const Grant& grant) const {
    if (plain.empty()) {
        return {};
    }
    return std::string(plain) + "?exp=" + expiry_text(grant.expires) + "&sig=" + signature(grant);
}

base::Result<> LinkSigner::check(
    std::string_view enterprise_number,
    std::string_view uuid,
    std::string_view exp,
    std::string_view sig,
    base::WallTime now
) const {
    const auto expires = parse_expiry(exp);
    if (!expires) {
        return base::fail(base::Errc::forbidden, "exp is not a time in Unix seconds");
    }
    // The signature first: who made an expiry up learns nothing from it.
    const auto right = signature({enterprise_number, uuid, *expires});
    if (!crypto::equal_constant_time(right, sig)) {
        return base::fail(base::Errc::forbidden, "the link's signature is wrong");
    }
    if (now >= *expires) {
        return base::fail(
            base::Errc::forbidden,
            "the link has expired at " + base::format_iso8601(*expires) + "; ask for a new one"
        );
    }
    return {};
}

}  // namespace trunkline::recordings
