#pragma once

#include "card_store.hpp"
#include "courier.hpp"
#include "httpd/router.hpp"
#include "stats.hpp"
#include "tenants/directory.hpp"

namespace trunkline::telegram {

/// GET /messages/{unique_id}?enterprise=: a call's cards and every request that was made for them.
/// `enterprise` is a number, Token or name.
httpd::Handler get_messages(CardStore& store, tenants::Directory& directory);
/// GET /stats
httpd::Handler get_stats(Stats& stats);
/// POST /internal/test-message {"enterprise":"0367","chat_id":1,"text":"..."}: one message by the
/// enterprise's bot, as soon as the chat's limits allow.
httpd::Handler send_test_message(Courier& courier, tenants::Directory& directory);

}  // namespace trunkline::telegram
