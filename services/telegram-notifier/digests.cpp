#include "digests.hpp"

#include <algorithm>
#include <utility>

#include "card_updates.hpp"
#include "net/backoff.hpp"
#include "net/sleep.hpp"
#include "people_store.hpp"

namespace trunkline::telegram {
namespace {

constexpr auto poll = std::chrono::milliseconds(1'000);
constexpr auto lease = std::chrono::milliseconds(60'000);
constexpr auto patience = std::chrono::milliseconds(25'000);
constexpr int at_once = 16;
constexpr net::BackoffPolicy retry_policy{
    .initial = std::chrono::milliseconds(2'000),
    .maximum = std::chrono::milliseconds(60'000),
    .factor = 2.0,
    .jitter = 0.3
};

const tenants::Subscriber* subscriber_of(const tenants::Enterprise& enterprise, std::int64_t chat) {
    const auto found =
        std::ranges::find(enterprise.subscribers, chat, &tenants::Subscriber::chat_id);
    return found == enterprise.subscribers.end() ? nullptr : &*found;
}

}  // namespace

Digests::Digests(
    const asio::any_io_executor& executor,
    pg::Pool& pool,
    DigestStore& store,
    Courier& courier,
    tenants::Directory& directory,
    metrics::Registry& registry
)
    : pool_(pool),
      store_(store),
      courier_(courier),
      directory_(directory),
      sent_(registry.counter("telegram_digests_total", "Digests that chats took", {})),
      possible_doubles_(registry.counter(
          "telegram_possible_doubles_total",
          "Messages sent again because the first one's outcome stayed unknown",
          {}
      )),
      loop_(executor, "digests"),
      sends_(executor, "digests") {}

void Digests::start() { loop_.spawn("claim", run()); }

asio::awaitable<void> Digests::drain(net::Deadline deadline) {
    loop_.cancel();
    co_await loop_.join();
    co_await sends_.drain(deadline);
}

asio::awaitable<void> Digests::run() {
    for (;;) {
        if (directory_.is_loaded() && sends_.size() < at_once) {
            auto claimed = co_await store_.claim(at_once, lease);
            if (claimed) {
                for (auto& digest : *claimed) {
                    sends_.spawn("digest", send(std::move(digest)));
                }
            } else {
                logger_.debug("digests cannot be claimed: {}", base::describe(claimed.error()));
            }
        }
        co_await net::sleep_for(poll);
    }
}

asio::awaitable<void> Digests::send(ClaimedDigest digest) {
    const auto enterprise = directory_.by_number(digest.enterprise);
    const auto* subscriber = enterprise ? subscriber_of(*enterprise, digest.chat) : nullptr;
    const bool is_there = subscriber != nullptr && bot_id(enterprise->bot_token) == digest.bot;
    if (!is_there || digest.items.empty()) {
        const auto dropped = co_await store_.drop(digest);
        if (!dropped) {
            logger_.warning("a digest stays: {}", base::describe(dropped.error()));
        }
        co_return;
    }
    if (digest.outcome_unknown) {
        possible_doubles_.add();
        logger_.warning("the outcome of a digest to {} is unknown, it may double", digest.chat);
    }
    const auto language = call::parse_language(subscriber->language).value_or(call::Language::ru);
    const auto text = digest_text(digest.items, language, enterprise->timezone);
    const BotIdentity bot{digest.bot, enterprise->bot_token, {}};
    auto body = message_body(digest.chat, subscriber->thread_id, text);
    auto reaction =
        co_await courier_.deliver(bot, digest.chat, "sendMessage", std::move(body), patience);
    logger_.info(
        "{} digest of {} calls to {}: {}",
        digest.enterprise,
        digest.items.size(),
        digest.chat,
        reaction.kind == Reaction::Kind::done ? "sent" : reaction.reason
    );
    const auto kept = co_await obey(std::move(digest), bot, std::move(reaction));
    if (!kept) {
        logger_.warning("a digest's end could not be kept: {}", base::describe(kept.error()));
    }
}

asio::awaitable<base::Result<>> Digests::obey(
    ClaimedDigest digest, BotIdentity bot, Reaction reaction
) {
    using Kind = Reaction::Kind;
    const auto pause = net::backoff_pause(retry_policy, static_cast<unsigned>(digest.attempts));
    switch (reaction.kind) {
        case Kind::done:
            sent_.add();
            co_return co_await store_.told(std::move(digest));
        case Kind::retry_unknown:
            // Once more at the most: twice the same is enough.
            if (digest.outcome_unknown) {
                co_return co_await store_.told(std::move(digest));
            }
            co_return co_await store_.postpone(std::move(digest), pause, true);
        case Kind::wait:
        case Kind::conflict:
        case Kind::retry:
        case Kind::stop_bot: {
            const bool unknown = digest.outcome_unknown;
            co_return co_await store_.postpone(
                std::move(digest), std::max(pause, reaction.retry_after), unknown
            );
        }
        case Kind::chat_unknown:
            // Once may be Telegram's mistake.
            if (digest.attempts < 2) {
                co_return co_await store_.postpone(std::move(digest), pause, false);
            }
            break;
        default:
            break;
    }
    auto session = co_await pool_.acquire();
    if (!session) {
        co_return std::unexpected(session.error());
    }
    PeopleStore people(*session, bot.token);
    if (reaction.kind == Kind::chat_moved) {
        co_return co_await people.move(digest.chat, reaction.new_chat);
    }
    if (reaction.kind == Kind::drop_chat || reaction.kind == Kind::chat_unknown) {
        const auto off = co_await people.switch_off(digest.chat, reaction.reason);
        if (!off) {
            co_return off;
        }
    } else {
        logger_.error("a digest to {} is refused: {}", digest.chat, reaction.reason);
    }
    co_return co_await store_.drop(std::move(digest));
}

}  // namespace trunkline::telegram
