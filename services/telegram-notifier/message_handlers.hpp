#pragma once

#include "bot_api.hpp"
#include "card_store.hpp"
#include "httpd/router.hpp"
#include "tenants/directory.hpp"

namespace trunkline::telegram {

/// GET /messages/{unique_id}?enterprise=: a call's cards and every request that was made for them.
httpd::Handler get_messages(CardStore& store);
/// GET /stats
httpd::Handler get_stats(CardStore& store);
/// POST /internal/test-message {"enterprise":"0367","chat_id":1,"text":"..."}: one message by the
/// enterprise's bot, at once.
httpd::Handler send_test_message(BotApi& api, tenants::Directory& directory);

}  // namespace trunkline::telegram
