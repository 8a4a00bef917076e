#include "card_updates.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/log.hpp"

namespace trunkline::telegram {
namespace {

constexpr json::Limits update_limits{.max_bytes = std::size_t{256} * 1024, .max_depth = 32};

call::CardState state_in(
    const std::vector<std::pair<std::int64_t, call::CardState>>& states, std::int64_t chat
) {
    const auto found =
        std::ranges::find(states, chat, &std::pair<std::int64_t, call::CardState>::first);
    return found == states.end() ? call::CardState{} : found->second;
}

}  // namespace

std::int64_t bot_id(const std::string& token) {
    std::int64_t id = 0;
    std::from_chars(token.data(), token.data() + std::min(token.find(':'), token.size()), id);
    return id;
}

CardUpdates::CardUpdates(
    CardStore& store,
    Names& names,
    tenants::Directory& directory,
    CardAudience& audience,
    std::function<void()> wake_sender
)
    : store_(store),
      names_(names),
      directory_(directory),
      audience_(audience),
      wake_sender_(std::move(wake_sender)) {}

outbox::WorkerSettings CardUpdates::worker_settings() {
    outbox::WorkerSettings settings;
    settings.queue = "telegram";
    settings.concurrency = 64;
    settings.per_lane = 32;
    settings.lease = std::chrono::milliseconds(15'000);
    settings.schedule.first = std::chrono::milliseconds(200);
    settings.schedule.longest = std::chrono::milliseconds(10'000);
    settings.schedule.give_up_after = std::chrono::hours(48);
    return settings;
}

asio::awaitable<outbox::Verdict> CardUpdates::take(const outbox::Item& item) {
    const auto document = json::parse(item.message.payload, update_limits);
    if (!document) {
        co_return outbox::Verdict::dead(document.error().detail);
    }
    const auto update = contract::card_update_from_json(document->root());
    if (!update) {
        co_return outbox::Verdict::dead(base::describe(update.error()));
    }
    const auto enterprise = co_await directory_.find_or_load(
        update->enterprise_number, net::deadline_in(std::chrono::seconds(5))
    );
    if (!enterprise) {
        co_return directory_.is_loaded()
            ? outbox::Verdict::dead("the enterprise is gone")
            : outbox::Verdict::retry("the enterprises are not read yet");
    }
    if (enterprise->bot_token.empty() || enterprise->subscribers.empty()) {
        co_return outbox::Verdict::done();
    }
    const auto states = co_await store_.states(enterprise->number, update->call.uuid);
    if (!states) {
        co_return outbox::Verdict::retry(base::describe(states.error()));
    }
    call::CardOptions options;
    options.now = base::system_clock().now();
    options.names = co_await names_for(*enterprise, update->call);
    std::vector<WantedCard> cards;
    for (const auto& subscriber : enterprise->subscribers) {
        options.language = call::parse_language(subscriber.language).value_or(call::Language::ru);
        const auto before = state_in(*states, subscriber.chat_id);
        const bool has_card = before.phase != call::Phase::none;
        const auto is_shown =
            co_await audience_.shows(*enterprise, subscriber, has_card, update->call, options);
        if (!is_shown) {
            co_return outbox::Verdict::retry(base::describe(is_shown.error()));
        }
        if (!*is_shown) {
            continue;
        }
        auto keyboard = audience_.keyboard(*enterprise, subscriber, update->call);
        auto step = call::next_card(before, update->call, options);
        if (step.op == call::CardOp::none) {
            // The same words, but perhaps a recording by now.
            const bool is_news = before.phase == call::Phase::done && !keyboard.empty() &&
                                 update->call.revision > before.revision;
            if (is_news) {
                const auto renewed = co_await audience_.renew_keyboard(
                    enterprise->number, subscriber.chat_id, update->call.uuid, std::move(keyboard)
                );
                if (!renewed) {
                    co_return outbox::Verdict::retry(base::describe(renewed.error()));
                }
                wake_sender_();
            }
            continue;
        }
        WantedCard card;
        card.key = {enterprise->number, update->call.uuid, subscriber.chat_id};
        card.unique_id = update->call.unique_id;
        card.bot = bot_id(enterprise->bot_token);
        card.text = std::move(step.text);
        card.keyboard = std::move(keyboard);
        card.state = std::move(step.state);
        card.is_final = update->call.phase == call::Phase::done;
        card.event_at = update->received_at;
        card.trace_id = item.message.trace_id;
        cards.push_back(std::move(card));
    }
    if (cards.empty()) {
        co_return outbox::Verdict::done();
    }
    const auto wanted = co_await store_.want(std::move(cards));
    if (!wanted) {
        co_return outbox::Verdict::retry(base::describe(wanted.error()));
    }
    wake_sender_();
    co_return outbox::Verdict::done();
}

asio::awaitable<call::CardNames> CardUpdates::names_for(
    const tenants::Enterprise& enterprise, const call::Call& call
) {
    call::CardNames names;
    for (const auto& [extension, manager] : enterprise.managers) {
        names.managers.emplace(extension, manager.full_name);
    }
    if (const auto line = enterprise.lines.find(call.line); line != enterprise.lines.end()) {
        names.line = line->second.name;
    }
    if (call.direction != call::Direction::internal) {
        names.customer = co_await names_.customer(enterprise.number, call.phone);
    }
    co_return names;
}

}  // namespace trunkline::telegram
