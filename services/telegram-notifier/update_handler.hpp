#pragma once

#include <optional>
#include <string>

#include "base/log.hpp"
#include "card_buttons.hpp"
#include "courier.hpp"
#include "net/task_group.hpp"
#include "people_store.hpp"
#include "pg/pool.hpp"
#include "tenants/directory.hpp"
#include "update.hpp"

namespace trunkline::telegram {

/// Acts on what people do in Telegram: commands, buttons, blocking the bot. One executor.
class UpdateHandler {
public:
    UpdateHandler(
        asio::any_io_executor executor,
        pg::Pool& pool,
        tenants::Directory& directory,
        Courier& courier,
        PbxCalls& pbx
    );

    /// Once per bot and update_id, whoever brings it and how often. The effect is committed when
    /// this returns; what the bot says to it follows by itself. An error: nothing was done, bring
    /// it again. A press that cannot be acted on now is answered so, and is over.
    asio::awaitable<base::Result<>> take(BotIdentity bot, Update update);

    /// Lets what is being said end until `deadline`.
    asio::awaitable<void> drain(net::Deadline deadline);

private:
    /// What is to be said and done once the effect is committed.
    struct Reply {
        std::optional<Menu> message;  ///< To the chat.
        std::optional<Menu> edit;     ///< Of the message that carries the pressed button.
        std::vector<Menu> more;       ///< Further messages.
        bool answers = false;         ///< A button waits for its answer.
        std::string answer;
        std::optional<PbxCalls::Order> order;  ///< Answered when it is placed.
        std::string called;                    ///< What to say then.
        std::string not_called;                ///< What to say if it cannot be.
        std::string story_of;                  ///< The call's uuid.
        std::string enterprise;
    };

    asio::awaitable<base::Result<Reply>> act(pg::Session& session, BotIdentity bot, Update update);
    asio::awaitable<base::Result<Reply>> on_text(
        PeopleStore& people, BotIdentity bot, Update update
    );
    asio::awaitable<base::Result<Reply>> on_start(
        PeopleStore& people, Update update, std::string code
    );
    asio::awaitable<base::Result<Reply>> on_button(
        PeopleStore& people, pg::Session& session, Update update
    );
    asio::awaitable<base::Result<Reply>> on_settings(
        PeopleStore& people, Update update, SettingsAction action
    );
    asio::awaitable<base::Result<Reply>> on_card_button(
        PeopleStore& people, pg::Session& session, Update update, ButtonAction action
    );
    asio::awaitable<base::Result<Reply>> on_membership(PeopleStore& people, Update update);

    asio::awaitable<void> perform(BotIdentity bot, Update update, Reply reply);
    asio::awaitable<void> say(BotIdentity bot, Update update, Menu menu);
    asio::awaitable<void> call_back(BotIdentity bot, Update update, Reply reply);
    asio::awaitable<void> tell_story(BotIdentity bot, Update update, Reply reply);
    std::string name_of(const std::string& enterprise) const;

    pg::Pool& pool_;
    tenants::Directory& directory_;
    Courier& courier_;
    PbxCalls& pbx_;
    base::Logger logger_{"telegram"};
    net::TaskGroup replies_;
};

}  // namespace trunkline::telegram
