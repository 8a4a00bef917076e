#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "call/call.hpp"
#include "pbx_calls.hpp"
#include "recordings/link.hpp"
#include "tenants/enterprise.hpp"

namespace trunkline::telegram {

/// What a button under a card asks for. Its data names the call alone: the chat it was pressed in
/// and the bot it came through say whose call it may be.
struct ButtonAction {
    enum class Kind { call_back, story } kind = Kind::call_back;
    std::string call_uuid;
};
std::optional<ButtonAction> parse_button_action(std::string_view data);

/// Whom to ring first when a call is called back: the subscriber's own extension, else who talked
/// last, else who rang first. Empty: nobody.
std::string callback_extension(
    const tenants::Preferences& wants,
    const std::vector<std::string>& talkers,
    const std::vector<std::string>& rang
);

/// The keyboard of a call's final text.
class CardButtons {
public:
    CardButtons(
        std::string public_url, std::optional<recordings::LinkSigner> signer, const PbxCalls& pbx
    )
        : public_url_(std::move(public_url)), signer_(std::move(signer)), pbx_(pbx) {}

    /// reply_markup; empty while the call goes on, and when no button fits. The same call always
    /// gives the same text, so that an edit that changes nothing is none.
    std::string of(
        const tenants::Enterprise& enterprise,
        const tenants::Subscriber& subscriber,
        const call::Call& call
    ) const;

private:
    std::string recording_link(const tenants::Enterprise& enterprise, const call::Call& call) const;

    std::string public_url_;
    std::optional<recordings::LinkSigner> signer_;
    const PbxCalls& pbx_;
};

}  // namespace trunkline::telegram
