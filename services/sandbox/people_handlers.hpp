#pragma once

#include "httpd/router.hpp"
#include "state.hpp"

namespace trunkline::sandbox {

// The user's side of Telegram, played by tests and by the page. Bodies name the bot and the chat;
// a chat below zero is a group.

/// `{"bot_id":1,"chat_id":5,"text":"/start CODE"}`, optionally `user_id`, `first_name`,
/// `language_code`, `title`, `thread_id`: somebody writes to the bot.
httpd::Handler write_to_bot(State& state);
/// `{"bot_id":1,"chat_id":5,"message_id":7,"data":"s:m::0367"}` (or `button`, its text): somebody
/// presses a button that the message has now. 409 if it has none such.
httpd::Handler press_button(State& state);
/// `{"bot_id":1,"chat_id":5,"status":"kicked"}`: the bot is blocked, unblocked, added, thrown out.
httpd::Handler change_membership(State& state);
/// Every press, with the bot's answer to it.
httpd::Handler get_presses(State& state);

}  // namespace trunkline::sandbox
