#pragma once

#include "bots.hpp"
#include "httpd/router.hpp"
#include "update_handler.hpp"

namespace trunkline::telegram {

/// `POST /telegram/hooks/{key}`: an update that Telegram brings. Nothing is done without the bot's
/// secret token. 2xx says that it was acted on, now or before; anything else makes Telegram repeat.
httpd::Handler take_update(Bots& bots, UpdateHandler& handler);

}  // namespace trunkline::telegram
