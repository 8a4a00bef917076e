#include "bitrix24_tokens.hpp"

#include <utility>

namespace trunkline::sandbox {

Bitrix24Tokens::Bitrix24Tokens(std::string portal, const base::Clock& clock)
    : portal_(std::move(portal)), clock_(clock) {
    issue();
}

std::string Bitrix24Tokens::access_of(std::uint64_t number) const {
    return "sandbox-bitrix24-access-" + portal_ + "-" + std::to_string(number);
}

std::string Bitrix24Tokens::refresh_of(std::uint64_t number) const {
    return "sandbox-bitrix24-refresh-" + portal_ + "-" + std::to_string(number);
}

Bitrix24Tokens::Standing Bitrix24Tokens::standing_of(std::string_view access) const {
    if (is_revoked_) {
        return Standing::unknown;
    }
    if (access == access_of(number_)) {
        return clock_.now() < expires_at_ ? Standing::valid : Standing::expired;
    }
    for (std::uint64_t old = 1; old < number_; ++old) {
        if (access == access_of(old)) {
            return Standing::expired;
        }
    }
    return Standing::unknown;
}

Bitrix24Tokens::Pair Bitrix24Tokens::issue() {
    ++number_;
    is_revoked_ = false;
    expires_at_ = clock_.now() + life_;
    return {access_of(number_), refresh_of(number_), life_};
}

std::optional<Bitrix24Tokens::Pair> Bitrix24Tokens::refresh(std::string_view token) {
    if (is_revoked_ || token != refresh_of(number_)) {
        return std::nullopt;
    }
    ++refreshes_;
    return issue();
}

void Bitrix24Tokens::expire() { expires_at_ = clock_.now(); }

void Bitrix24Tokens::revoke() { is_revoked_ = true; }

}  // namespace trunkline::sandbox
