#include "update_handler.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <utility>

#include "base/text.hpp"
#include "bot_texts.hpp"
#include "story/reader.hpp"
#include "story/story.hpp"

namespace trunkline::telegram {
namespace {

constexpr auto patience = std::chrono::milliseconds(20'000);
/// Whoever floods the bot gets no more answers, and cards keep their turns.
constexpr std::size_t max_replies = 64;
constexpr std::size_t max_menus = 5;
constexpr std::size_t max_story = 3900;  ///< Bytes, so also characters.

Menu said(std::string_view text) { return {std::string(text), {}}; }

call::Language language_of(const std::vector<Subscription>& all) {
    return all.empty() ? call::Language::ru : all.front().language;
}

const Subscription* active_one(const std::vector<Subscription>& all, std::string_view enterprise) {
    const auto found = std::ranges::find_if(all, [&](const auto& each) {
        return each.active && each.enterprise == enterprise;
    });
    return found == all.end() ? nullptr : &*found;
}

/// Whole lines from the front, as many as a message holds.
std::string fitting(std::string text) {
    if (text.size() <= max_story) {
        return text;
    }
    const auto end = text.rfind('\n', max_story);
    text.resize(end == std::string::npos ? 0 : end);
    return text + "\n…";
}

}  // namespace

UpdateHandler::UpdateHandler(
    asio::any_io_executor executor,
    pg::Pool& pool,
    tenants::Directory& directory,
    Courier& courier,
    PbxCalls& pbx
)
    : pool_(pool),
      directory_(directory),
      courier_(courier),
      pbx_(pbx),
      replies_(std::move(executor), "replies") {}

asio::awaitable<void> UpdateHandler::drain(net::Deadline deadline) {
    co_await replies_.drain(deadline);
}

std::string UpdateHandler::name_of(const std::string& enterprise) const {
    const auto known = directory_.by_number(enterprise);
    const auto& name = known && !known->name.empty() ? known->name : enterprise;
    return call::escape_html(name);
}

asio::awaitable<base::Result<>> UpdateHandler::take(BotIdentity bot, Update update) {
    std::function<asio::awaitable<base::Result<Reply>>(pg::Session&)> body =
        [this, bot, update](pg::Session& session) { return act(session, bot, update); };
    auto reply = co_await pool_.transaction<Reply>(std::move(body));
    if (!reply) {
        if (update.kind != Update::Kind::button) {
            co_return std::unexpected(reply.error());
        }
        // A button that spins until the database is back would be pressed again, and again.
        logger_.warning("a press has to be repeated: {}", base::describe(reply.error()));
        std::string later(bot_texts(call::Language::ru).later);
        replies_.spawn("later", courier_.answer(std::move(bot), update.callback_id, later));
        co_return base::Result<>{};
    }
    const bool says_something = reply->message || reply->edit || reply->answers;
    if (!says_something) {
        co_return base::Result<>{};
    }
    if (replies_.size() >= max_replies && !reply->answers) {
        logger_.warning("too much to say: update {} of bot {} stays unanswered", update.id, bot.id);
        co_return base::Result<>{};
    }
    replies_.spawn("reply", perform(std::move(bot), std::move(update), std::move(*reply)));
    co_return base::Result<>{};
}

asio::awaitable<base::Result<UpdateHandler::Reply>> UpdateHandler::act(
    pg::Session& session, BotIdentity bot, Update update
) {
    const auto taken = co_await session.execute(
        "INSERT INTO telegram_updates (bot_id, update_id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        pg::Params::of(bot.id, update.id)
    );
    if (!taken) {
        co_return std::unexpected(taken.error());
    }
    if (taken->affected() == 0) {
        co_return Reply{};
    }
    PeopleStore people(session, bot.token);
    switch (update.kind) {
        case Update::Kind::text:
            co_return co_await on_text(people, std::move(bot), std::move(update));
        case Update::Kind::button:
            co_return co_await on_button(people, session, std::move(update));
        case Update::Kind::membership:
            co_return co_await on_membership(people, std::move(update));
        case Update::Kind::moved: {
            const auto moved = co_await people.move(update.chat.id, update.new_chat);
            if (!moved) {
                co_return std::unexpected(moved.error());
            }
            break;
        }
        case Update::Kind::other:
            break;
    }
    co_return Reply{};
}

asio::awaitable<base::Result<UpdateHandler::Reply>> UpdateHandler::on_text(
    PeopleStore& people, BotIdentity bot, Update update
) {
    const auto command = parse_command(update.text, bot.username);
    if (!command) {
        co_return Reply{};
    }
    if (command->name == "start") {
        co_return co_await on_start(people, std::move(update), command->argument);
    }
    const auto all = co_await people.of_chat(update.chat.id);
    if (!all) {
        co_return std::unexpected(all.error());
    }
    const auto& texts = bot_texts(language_of(*all));
    const bool is_active = std::ranges::any_of(*all, &Subscription::active);
    Reply reply;
    if (command->name == "help") {
        reply.message = said(texts.explain);
    } else if (command->name != "stop" && command->name != "settings") {
        co_return reply;
    } else if (!is_active) {
        reply.message = said(texts.not_subscribed);
    } else if (command->name == "stop") {
        const auto off = co_await people.switch_off(update.chat.id, left_reason);
        if (!off) {
            co_return std::unexpected(off.error());
        }
        logger_.info("chat {} has left bot {}", update.chat.id, bot.id);
        reply.message = said(texts.left);
    } else {
        for (const auto& each : *all) {
            const auto enterprise = directory_.by_number(each.enterprise);
            if (enterprise && each.active && reply.more.size() < max_menus) {
                reply.more.push_back(settings_menu(SettingsAction{}, *enterprise, each));
            }
        }
        if (!reply.more.empty()) {
            reply.message = std::move(reply.more.front());
            reply.more.erase(reply.more.begin());
        }
    }
    co_return reply;
}

asio::awaitable<base::Result<UpdateHandler::Reply>> UpdateHandler::on_start(
    PeopleStore& people, Update update, std::string code
) {
    const auto all = co_await people.of_chat(update.chat.id);
    if (!all) {
        co_return std::unexpected(all.error());
    }
    const auto& texts = bot_texts(language_of(*all));
    Reply reply;
    if (code.empty()) {
        const auto back = co_await people.switch_on(update.chat.id, true);
        if (!back) {
            co_return std::unexpected(back.error());
        }
        reply.message =
            all->empty() ? said(texts.explain)
            : *back > 0
                ? said(texts.welcome_back)
                : said(fmt::format(fmt::runtime(texts.already), name_of(all->front().enterprise)));
        co_return reply;
    }
    if (!is_start_code(code)) {
        reply.message = said(texts.wrong_code);
        co_return reply;
    }
    const auto joined = co_await people.join(std::move(code), update.chat, update.thread);
    if (!joined) {
        co_return std::unexpected(joined.error());
    }
    using Outcome = PeopleStore::Joined::Outcome;
    switch (joined->outcome) {
        case Outcome::joined: {
            const auto& own = bot_texts(joined->language);
            const auto text = update.chat.is_private ? own.welcome : own.welcome_group;
            logger_.info("chat {} has joined {}", update.chat.id, joined->enterprise);
            reply.message = said(fmt::format(fmt::runtime(text), name_of(joined->enterprise)));
            break;
        }
        case Outcome::already: {
            // The same link once more: whoever had left comes back.
            const auto back = co_await people.switch_on(update.chat.id, true);
            if (!back) {
                co_return std::unexpected(back.error());
            }
            reply.message =
                said(fmt::format(fmt::runtime(texts.already), name_of(joined->enterprise)));
            break;
        }
        case Outcome::for_group:
            reply.message = said(texts.code_is_for_group);
            break;
        case Outcome::for_person:
            reply.message = said(texts.code_is_for_person);
            break;
        case Outcome::wrong_code:
            reply.message = said(texts.wrong_code);
            break;
    }
    co_return reply;
}

asio::awaitable<base::Result<UpdateHandler::Reply>> UpdateHandler::on_button(
    PeopleStore& people, pg::Session& session, Update update
) {
    if (auto action = parse_settings_action(update.data)) {
        co_return co_await on_settings(people, std::move(update), std::move(*action));
    }
    if (auto action = parse_button_action(update.data)) {
        co_return co_await on_card_button(people, session, std::move(update), std::move(*action));
    }
    Reply reply;
    reply.answers = true;
    reply.answer = bot_texts(call::Language::ru).outdated;
    co_return reply;
}

asio::awaitable<base::Result<UpdateHandler::Reply>> UpdateHandler::on_settings(
    PeopleStore& people, Update update, SettingsAction action
) {
    const auto all = co_await people.of_chat(update.chat.id);
    if (!all) {
        co_return std::unexpected(all.error());
    }
    Reply reply;
    reply.answers = true;
    const auto* found = active_one(*all, action.enterprise);
    const auto enterprise = directory_.by_number(action.enterprise);
    if (found == nullptr || !enterprise) {
        reply.answer = bot_texts(language_of(*all)).not_allowed;
        co_return reply;
    }
    auto subscription = *found;
    if (apply(action, *enterprise, subscription)) {
        const auto saved = co_await people.save(subscription);
        if (!saved) {
            co_return std::unexpected(saved.error());
        }
        reply.answer = bot_texts(subscription.language).saved;
    }
    if (update.message != 0) {
        reply.edit = settings_menu(action, *enterprise, subscription);
    }
    co_return reply;
}

asio::awaitable<base::Result<UpdateHandler::Reply>> UpdateHandler::on_card_button(
    PeopleStore& people, pg::Session& session, Update update, ButtonAction action
) {
    const auto all = co_await people.of_chat(update.chat.id);
    if (!all) {
        co_return std::unexpected(all.error());
    }
    const auto& texts = bot_texts(language_of(*all));
    Reply reply;
    reply.answers = true;
    reply.answer = texts.not_allowed;
    std::vector<std::string> enterprises;
    for (const auto& each : *all) {
        if (each.active) {
            enterprises.push_back(each.enterprise);
        }
    }
    // The chat must have a card of this very call.
    const auto rows = co_await session.execute(
        "SELECT c.enterprise_number, c.phone, c.call_type, array_to_string(c.talkers, ',') AS "
        "talkers, array_to_string(c.extensions, ',') AS extensions FROM telegram_messages t JOIN "
        "calls c ON c.enterprise_number = t.enterprise_number AND c.uuid = t.call_uuid WHERE "
        "t.enterprise_number = ANY($1) AND t.call_uuid = $2::uuid AND t.chat_id = $3",
        pg::Params::of(enterprises, action.call_uuid, update.chat.id)
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    if (rows->empty()) {
        co_return reply;
    }
    const auto row = rows->front();
    const auto* subscription = active_one(*all, row.text("enterprise_number"));
    reply.enterprise = subscription->enterprise;
    if (action.kind == ButtonAction::Kind::story) {
        if (subscription->is_admin) {
            reply.answer.clear();
            reply.story_of = action.call_uuid;
        }
        co_return reply;
    }
    PbxCalls::Order order;
    order.enterprise = subscription->enterprise;
    order.extension = callback_extension(
        subscription->wants,
        base::split(row.text("talkers"), ','),
        base::split(row.text("extensions"), ',')
    );
    order.phone = row.text("phone");
    order.call_uuid = action.call_uuid;
    order.chat = update.chat.id;
    reply.called = fmt::format(fmt::runtime(texts.calling), order.extension);
    reply.not_called = texts.cannot_call;
    reply.answer = texts.cannot_call;
    const bool is_outside = row.integer("call_type") != 2 && !order.phone.empty();
    if (is_outside && !order.extension.empty() && pbx_.can_call(order.enterprise)) {
        reply.order = std::move(order);
    }
    co_return reply;
}

asio::awaitable<base::Result<UpdateHandler::Reply>> UpdateHandler::on_membership(
    PeopleStore& people, Update update
) {
    const auto& status = update.status;
    base::Result<> done;
    if (status == "kicked" || status == "left") {
        done = co_await people.switch_off(
            update.chat.id,
            update.chat.is_private ? "bot was blocked by the user" : "bot was taken out"
        );
    } else if (status == "member" || status == "administrator") {
        const auto back = co_await people.switch_on(update.chat.id, false);
        if (!back) {
            done = std::unexpected(back.error());
        }
    }
    if (!done) {
        co_return std::unexpected(done.error());
    }
    logger_.info("chat {}: the bot is {} there", update.chat.id, status);
    co_return Reply{};
}

asio::awaitable<void> UpdateHandler::perform(BotIdentity bot, Update update, Reply reply) {
    if (reply.order) {
        co_await call_back(bot, update, reply);
    } else if (reply.answers) {
        co_await courier_.answer(bot, update.callback_id, reply.answer);
    }
    if (reply.edit) {
        auto body =
            edit_body(update.chat.id, update.message, reply.edit->text, reply.edit->keyboard);
        const auto done = co_await courier_.deliver(
            bot, update.chat.id, "editMessageText", std::move(body), patience
        );
        if (done.kind != Reaction::Kind::done) {
            logger_.info("settings in {} could not be shown: {}", update.chat.id, done.reason);
        }
    }
    if (reply.message) {
        co_await say(bot, update, std::move(*reply.message));
    }
    for (auto& menu : reply.more) {
        co_await say(bot, update, std::move(menu));
    }
    if (!reply.story_of.empty()) {
        co_await tell_story(std::move(bot), std::move(update), std::move(reply));
    }
}

asio::awaitable<void> UpdateHandler::say(BotIdentity bot, Update update, Menu menu) {
    const auto chat = update.chat.id;
    auto body = message_body(chat, update.thread, menu.text, menu.keyboard);
    const auto done =
        co_await courier_.deliver(std::move(bot), chat, "sendMessage", std::move(body), patience);
    if (done.kind != Reaction::Kind::done) {
        logger_.info("chat {} could not be answered: {}", chat, done.reason);
    }
}

asio::awaitable<void> UpdateHandler::call_back(BotIdentity bot, Update update, Reply reply) {
    const auto placed = co_await pbx_.place(*reply.order);
    logger_.info(
        "{}: call back of {} asked for by chat {}: {}",
        reply.enterprise,
        reply.order->call_uuid,
        update.chat.id,
        placed ? "placed" : base::describe(placed.error())
    );
    const bool is_on_its_way = placed || placed.error().code == base::Errc::conflict;
    auto text = is_on_its_way ? reply.called : reply.not_called;
    co_await courier_.answer(std::move(bot), update.callback_id, std::move(text));
}

asio::awaitable<void> UpdateHandler::tell_story(BotIdentity bot, Update update, Reply reply) {
    const auto records = co_await story::read_records(pool_, reply.story_of, reply.enterprise);
    std::string text(bot_texts(call::Language::ru).later);
    if (records) {
        const auto& zone = records->enterprise.timezone;
        text = story::to_text(
            story::tell(*records, story::StorySettings{}), zone.empty() ? "Europe/Minsk" : zone
        );
    } else {
        logger_.warning(
            "the story of {} cannot be read: {}", reply.story_of, base::describe(records.error())
        );
    }
    const auto chat = update.chat.id;
    auto body = plain_body(chat, update.thread, fitting(std::move(text)));
    const auto done =
        co_await courier_.deliver(std::move(bot), chat, "sendMessage", std::move(body), patience);
    if (done.kind != Reaction::Kind::done) {
        logger_.info("the story could not be told to {}: {}", chat, done.reason);
    }
}

}  // namespace trunkline::telegram
