#pragma once

#include "bot_api.hpp"
#include "card_store.hpp"
#include "httpd/router.hpp"
#include "tenants/directory.hpp"

namespace trunkline::telegram {

httpd::Router routes(CardStore& store, BotApi& api, tenants::Directory& directory);

}  // namespace trunkline::telegram
