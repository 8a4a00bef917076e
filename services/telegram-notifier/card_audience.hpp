#pragma once

#include <string>

#include "base/error.hpp"
#include "call/card.hpp"
#include "card_buttons.hpp"
#include "digest_store.hpp"
#include "net/asio.hpp"
#include "pg/pool.hpp"
#include "tenants/enterprise.hpp"

namespace trunkline::telegram {

/// Who sees a card of a call, and with which buttons: asked where a call's change is fanned out to
/// the chats.
class CardAudience {
public:
    CardAudience(pg::Pool& pool, DigestStore& digests, const CardButtons& buttons)
        : pool_(pool), digests_(digests), buttons_(buttons) {}

    /// Whether this state of the call goes to the subscriber as a card. What belongs into their
    /// digest instead has been written there. `options` as for the card.
    asio::awaitable<base::Result<bool>> shows(
        const tenants::Enterprise& enterprise,
        const tenants::Subscriber& subscriber,
        bool has_card,
        const call::Call& call,
        const call::CardOptions& options
    );

    /// reply_markup for the state; empty but for the final one.
    std::string keyboard(
        const tenants::Enterprise& enterprise,
        const tenants::Subscriber& subscriber,
        const call::Call& call
    ) const {
        return buttons_.of(enterprise, subscriber, call);
    }

    /// A final card whose text stays as it is gets other buttons, such as a recording that was told
    /// late. True: there is something to send.
    asio::awaitable<base::Result<bool>> renew_keyboard(
        std::string enterprise, std::int64_t chat, std::string call_uuid, std::string keyboard
    );

private:
    pg::Pool& pool_;
    DigestStore& digests_;
    const CardButtons& buttons_;
};

}  // namespace trunkline::telegram
