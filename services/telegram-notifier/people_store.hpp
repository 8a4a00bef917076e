#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "pg/pool.hpp"
#include "settings_menu.hpp"
#include "update.hpp"

namespace trunkline::telegram {

/// Rows of telegram_users and telegram_invites as updates change them. Every statement runs in the
/// caller's transaction, the one that also says that the update was acted on, and is bound to the
/// enterprises of one bot (by its token).
class PeopleStore {
public:
    PeopleStore(pg::Session& session, std::string bot_token)
        : session_(session), bot_token_(std::move(bot_token)) {}

    struct Joined {
        enum class Outcome {
            joined,
            already,
            wrong_code,
            for_group,
            for_person
        } outcome = Outcome::wrong_code;
        std::string enterprise;
        call::Language language = call::Language::ru;
    };
    /// Uses up an invite. A code that does not fit the kind of chat stays usable; one that this
    /// very chat has used says `already`.
    asio::awaitable<base::Result<Joined>> join(
        std::string code, UpdateChat chat, std::optional<std::int64_t> thread
    );

    /// The chat's subscriptions at this bot's enterprises, inactive ones too.
    asio::awaitable<base::Result<std::vector<Subscription>>> of_chat(std::int64_t chat);
    /// Writes what people choose: language and preferences.
    asio::awaitable<base::Result<>> save(Subscription subscription);

    /// The chat wants no more (`left`), or cannot be reached (Telegram's words).
    asio::awaitable<base::Result<>> switch_off(std::int64_t chat, std::string reason);
    /// `even_left`: also those who had left by themselves. How many came back.
    asio::awaitable<base::Result<std::size_t>> switch_on(std::int64_t chat, bool even_left);
    /// A group became a supergroup.
    asio::awaitable<base::Result<>> move(std::int64_t from, std::int64_t to);

private:
    asio::awaitable<base::Result<pg::Rows>> execute(std::string sql, pg::Params params);

    pg::Session& session_;
    std::string bot_token_;
};

/// Why a subscriber who left by themselves is inactive.
inline constexpr auto left_reason = "left";

}  // namespace trunkline::telegram
