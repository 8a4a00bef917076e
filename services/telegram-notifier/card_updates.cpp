#include "card_updates.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/log.hpp"
#include "enrichment_log.hpp"
#include "net/sleep.hpp"
#include "numbers/plain.hpp"

namespace trunkline::telegram {
namespace {

constexpr json::Limits update_limits{.max_bytes = std::size_t{256} * 1024, .max_depth = 32};

/// Names that are waited for at once; beyond it a name shows with the call's next state.
constexpr std::size_t most_late = 2'000;
/// Between the tries of a name that 8020 could not tell.
constexpr std::array late_pauses{
    std::chrono::seconds(1),
    std::chrono::seconds(3),
    std::chrono::seconds(10),
    std::chrono::seconds(30)
};
constexpr auto longest_answer = std::chrono::seconds(5);

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

/// All names of a call, asked for at once.
struct CardUpdates::Asked {
    call::CardNames known;
    std::vector<std::pair<std::string, Names::Answer>> managers;  ///< By extension.
    std::optional<Names::Answer> customer;
    std::optional<Names::Answer> line;

    std::vector<Names::Answer> answers() const {
        std::vector<Names::Answer> all;
        all.reserve(managers.size() + 2);
        for (const auto& [extension, answer] : managers) {
            all.push_back(answer);
        }
        for (const auto& answer : {customer, line}) {
            if (answer) {
                all.push_back(*answer);
            }
        }
        return all;
    }
    /// With what was told by now.
    call::CardNames names() const {
        auto names = known;
        for (const auto& [extension, answer] : managers) {
            if (auto name = answer.name(); !name.empty()) {
                names.managers[extension] = std::move(name);
            }
        }
        if (customer) {
            names.customer = customer->name();
        }
        if (line) {
            names.line = line->name();
        }
        return names;
    }
    bool is_complete() const { return std::ranges::all_of(answers(), &Names::Answer::is_known); }
};

CardUpdates::CardUpdates(
    asio::any_io_executor executor,
    CardStore& store,
    Names& names,
    tenants::Directory& directory,
    CardAudience& audience,
    Wanted wanted,
    CardUpdatesSettings settings
)
    : store_(store),
      names_(names),
      directory_(directory),
      audience_(audience),
      wanted_(std::move(wanted)),
      settings_(std::move(settings)),
      late_(std::move(executor), "card_updates") {}

asio::awaitable<void> CardUpdates::stop() {
    late_.cancel();
    co_await late_.join();
}

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
    const auto asked = ask(*enterprise, update->call);
    const auto names_by = net::deadline_in(settings_.name_budget);
    const auto trace_id = item.message.trace_id;
    auto failure = co_await show(*update, asked, names_by, trace_id);
    if (!failure.empty()) {
        co_return outbox::Verdict::retry(std::move(failure));
    }
    if (!asked.is_complete()) {
        wait_for_names(*update, trace_id);
    }
    co_return outbox::Verdict::done();
}

asio::awaitable<std::string> CardUpdates::absorb(const contract::CardUpdate& update) {
    const auto enterprise = directory_.by_number(update.enterprise_number);
    std::vector<std::int64_t> chats;
    for (const auto& subscriber : enterprise->subscribers) {
        chats.push_back(subscriber.chat_id);
    }
    const auto bot = bot_id(enterprise->bot_token);
    const auto absorbed = co_await store_.absorb(
        update.enterprise_number, update.absorbed, update.call.uuid, chats, bot
    );
    if (!absorbed) {
        co_return base::describe(absorbed.error());
    }
    for (const auto& uuid : update.absorbed) {
        for (const auto chat : chats) {
            wanted_(bot, {update.enterprise_number, uuid, chat}, true, {});
        }
    }
    co_return std::string();
}

asio::awaitable<std::string> CardUpdates::show(
    contract::CardUpdate update, const Asked& asked, net::Deadline names_by, std::string trace_id
) {
    const auto enterprise = directory_.by_number(update.enterprise_number);
    if (!enterprise) {
        co_return std::string();
    }
    if (!update.absorbed.empty()) {
        auto failure = co_await absorb(update);
        if (!failure.empty()) {
            co_return failure;
        }
    }
    const auto states = co_await store_.states(enterprise->number, update.call.uuid);
    if (!states) {
        co_return base::describe(states.error());
    }
    for (const auto& answer : asked.answers()) {
        co_await answer.wait(names_by);
    }
    call::CardOptions options;
    options.now = base::system_clock().now();
    options.names = asked.names();
    log_enrichment(*enterprise, update.call, options.names);
    options.final_mode = settings_.final_mode;
    options.show_line = settings_.show_line;
    options.show_recording = settings_.show_recording;
    options.comment_recording = settings_.comment_recording;
    auto& call = update.call;
    if (!call.record_url.empty() && settings_.link) {
        call.record_url = settings_.link(enterprise->number, call);
    }
    std::vector<WantedCard> cards;
    for (const auto& subscriber : enterprise->subscribers) {
        options.language = call::parse_language(subscriber.language).value_or(call::Language::ru);
        const auto before = state_in(*states, subscriber.chat_id);
        const bool has_card = before.phase != call::Phase::none;
        const auto is_shown =
            co_await audience_.shows(*enterprise, subscriber, has_card, call, options);
        if (!is_shown) {
            co_return base::describe(is_shown.error());
        }
        if (!*is_shown) {
            continue;
        }
        auto keyboard = audience_.keyboard(*enterprise, subscriber, call);
        auto step = call::next_card(before, call, options);
        if (step.op == call::CardOp::none) {
            // The same words, but perhaps a recording by now.
            const bool is_news = before.phase == call::Phase::done && !keyboard.empty() &&
                                 call.revision > before.revision;
            if (is_news) {
                const auto renewed = co_await audience_.renew_keyboard(
                    enterprise->number, subscriber.chat_id, call.uuid, std::move(keyboard)
                );
                if (!renewed) {
                    co_return base::describe(renewed.error());
                }
                wanted_(
                    bot_id(enterprise->bot_token),
                    {enterprise->number, call.uuid, subscriber.chat_id},
                    true,
                    {}
                );
            }
            continue;
        }
        WantedCard card;
        card.key = {enterprise->number, call.uuid, subscriber.chat_id};
        card.unique_id = call.unique_id;
        card.bot = bot_id(enterprise->bot_token);
        if (step.op == call::CardOp::comment) {
            card.comment = std::move(step.text);
        }
        card.state = std::move(step.state);
        card.keyboard = std::move(keyboard);
        card.phone = call.direction == call::Direction::internal ? "" : call.phone;
        card.is_final = call.phase == call::Phase::done;
        card.event_at = update.received_at;
        if (update.unsettled && card.is_final) {
            card.hold = settings_.settle;
        }
        card.trace_id = trace_id;
        cards.push_back(std::move(card));
    }
    if (cards.empty()) {
        co_return std::string();
    }
    const auto wanted = co_await store_.want(cards);
    if (!wanted) {
        co_return base::describe(wanted.error());
    }
    for (const auto& card : cards) {
        wanted_(card.bot, card.key, card.is_final, card.hold);
    }
    co_return std::string();
}

/// People's own entries come first; what they lack 8020 may know from a CRM.
CardUpdates::Asked CardUpdates::ask(const tenants::Enterprise& enterprise, const call::Call& call) {
    Asked asked;
    for (const auto& [extension, manager] : enterprise.managers) {
        asked.known.managers.emplace(extension, manager.full_name);
    }
    std::vector<std::string> inside = call.rang;
    inside.insert(inside.end(), call.talkers.begin(), call.talkers.end());
    inside.insert(inside.end(), {call.talker, call.caller, call.callee});
    std::ranges::sort(inside);
    const auto repeated = std::ranges::unique(inside);
    inside.erase(repeated.begin(), repeated.end());
    for (const auto& number : inside) {
        const bool is_extension = numbers::kind_of(number) == numbers::NumberKind::internal;
        const auto known = asked.known.managers.find(number);
        if (is_extension && (known == asked.known.managers.end() || known->second.empty())) {
            asked.managers.emplace_back(number, names_.manager(enterprise.number, number));
        }
    }
    if (const auto line = enterprise.lines.find(call.line); line != enterprise.lines.end()) {
        asked.known.line = line->second.name;
    }
    const bool shows_line =
        settings_.show_line || call.rang.empty() || call.phase == call::Phase::ringing_start;
    if (asked.known.line.empty() && !call.line.empty() && shows_line) {
        asked.line = names_.line(enterprise.number, call.line);
    }
    if (call.direction != call::Direction::internal) {
        asked.customer = names_.customer(enterprise.number, call.phone);
    }
    return asked;
}

void CardUpdates::wait_for_names(contract::CardUpdate update, std::string trace_id) {
    if (late_.size() < most_late) {
        late_.spawn("late names", add_late_names(std::move(update), std::move(trace_id)));
    }
}

asio::awaitable<void> CardUpdates::add_late_names(
    contract::CardUpdate update, std::string trace_id
) {
    update.absorbed.clear();
    for (const auto pause : late_pauses) {
        const auto enterprise = directory_.by_number(update.enterprise_number);
        if (!enterprise) {
            co_return;
        }
        const auto asked = ask(*enterprise, update.call);
        const auto names_by = net::deadline_in(longest_answer);
        for (const auto& answer : asked.answers()) {
            co_await answer.wait(names_by);
        }
        // A call that has moved on meanwhile has its names from then.
        const auto failure = co_await show(update, asked, names_by, trace_id);
        if (failure.empty() && asked.is_complete()) {
            co_return;
        }
        co_await net::sleep_for(pause);
    }
}

}  // namespace trunkline::telegram
