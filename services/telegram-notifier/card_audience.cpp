#include "card_audience.hpp"

#include <utility>

#include "audience.hpp"
#include "card_updates.hpp"

namespace trunkline::telegram {

asio::awaitable<base::Result<bool>> CardAudience::shows(
    const tenants::Enterprise& enterprise,
    const tenants::Subscriber& subscriber,
    bool has_card,
    const call::Call& call,
    const call::CardOptions& options
) {
    const auto until = quiet_until(subscriber.wants, options.now, enterprise.timezone);
    const auto how = showing(subscriber.wants, call, has_card, until.has_value());
    if (how == Showing::digest && until) {
        DigestItem item;
        item.call_uuid = call.uuid;
        item.ended_at = call.ended_at.value_or(options.now);
        item.answered = call.answered;
        item.text = call::card_text(call, options);
        const auto added = co_await digests_.add(
            enterprise.number,
            subscriber.chat_id,
            bot_id(enterprise.bot_token),
            std::move(item),
            *until
        );
        if (!added) {
            co_return std::unexpected(added.error());
        }
        co_return false;
    }
    // A correction of a call that the digest has told, or will tell in a moment, is no new card.
    const bool may_be_told = how == Showing::card && !has_card && call.phase == call::Phase::done &&
                             subscriber.wants.quiet_from;
    if (!may_be_told) {
        co_return how == Showing::card;
    }
    const auto is_told = co_await digests_.has(enterprise.number, subscriber.chat_id, call.uuid);
    if (!is_told) {
        co_return std::unexpected(is_told.error());
    }
    co_return !*is_told;
}

asio::awaitable<base::Result<bool>> CardAudience::renew_keyboard(
    std::string enterprise, std::int64_t chat, std::string call_uuid, std::string keyboard
) {
    const auto rows = co_await pool_.execute(
        "UPDATE telegram_messages SET keyboard = $4, wanted_version = wanted_version + 1, "
        "wanted_at "
        "= now(), updated_at = now(), next_attempt_at = CASE WHEN in_flight_since IS NULL AND "
        "attempts = 0 THEN now() ELSE next_attempt_at END WHERE enterprise_number = $1 AND "
        "call_uuid = $2::uuid AND chat_id = $3 AND is_final AND keyboard <> $4",
        pg::Params::of(enterprise, call_uuid, chat, keyboard)
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    co_return rows->affected() > 0;
}

}  // namespace trunkline::telegram
