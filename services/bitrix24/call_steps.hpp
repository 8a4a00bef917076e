#pragma once

#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "api.hpp"
#include "call_note.hpp"
#include "connector/call_notes.hpp"
#include "connector/connector.hpp"
#include "mapping.hpp"
#include "user_cache.hpp"

namespace trunkline::bitrix24 {

/// One step of a call and what it needs to know; lives as long as the step.
struct Work {
    const connector::Step& step;
    Account account;
    UserCache::Pointer users;
    Context context;
    net::Deadline until;

    const call::Call& call() const { return step.call(); }
};

/// A call's way through Bitrix24 (contracts/bitrix24.md section 8). What is about to be sent is
/// noted first, so that a step may be cut off anywhere and asked for again: a register is repeated
/// as it was, and never once a finish was sent; a finish that finds no call after one of unknown
/// outcome has been there before. One executor.
class CallSteps {
public:
    CallSteps(Api& api, UserCache& users, connector::CallNotes& notes)
        : api_(api), users_(users), notes_(notes) {}

    asio::awaitable<connector::Answer> ring(const Work& work);
    asio::awaitable<connector::Answer> answer(const Work& work);
    asio::awaitable<connector::Answer> hang_up(const Work& work);
    asio::awaitable<connector::Answer> update(const Work& work);

private:
    using Noted = base::Result<std::optional<CallNote>>;
    using Registered = std::expected<CallNote, connector::Answer>;

    asio::awaitable<Noted> read(const Work& work);
    /// read(), and for an outbound call without a note that of a click on its number.
    asio::awaitable<Noted> read_or_adopt(const Work& work);
    asio::awaitable<base::Result<>> write(const Work& work, const CallNote& note);
    /// The note of a call that Bitrix24 knows. `begun`: what an earlier step may have registered.
    asio::awaitable<Registered> registered(
        const Work& work, std::optional<CallNote> begun, bool is_shown
    );
    asio::awaitable<Registered> send_register(const Work& work, CallNote note, bool is_shown);
    asio::awaitable<std::optional<std::int64_t>> first_user(const Work& work);
    /// Best effort: whether it was accepted.
    asio::awaitable<bool> change_cards(
        const Work& work,
        const std::string& method,
        const std::string& call_id,
        std::vector<std::int64_t> users
    );
    asio::awaitable<connector::Answer> show_all(const Work& work, CallNote note);
    /// done, or why it is not.
    asio::awaitable<connector::Answer> finish(const Work& work, CallNote& note);
    asio::awaitable<connector::Answer> after_no_call(
        const Work& work, CallNote& note, bool was_tried, std::string detail
    );
    enum class Recorded { yes, no, untold };
    asio::awaitable<Recorded> is_recorded(const Work& work, const std::string& call_id);
    asio::awaitable<connector::Answer> attach_record(const Work& work, CallNote note);
    asio::awaitable<connector::Reply> send(
        const Work& work,
        const std::string& method,
        std::string parameters,
        connector::Priority priority
    );

    Api& api_;
    UserCache& users_;
    connector::CallNotes& notes_;
    base::Logger logger_{"bitrix24"};
};

}  // namespace trunkline::bitrix24
